// What the beats are put together from.

function node(name, className = "", ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

const column = (...children) => node("div", "column", ...children);

// A canvas as large as its place allows, and words under it. Returns { figure, canvas, fit, words(text, quiet) }.
function tile(label, aspect = 1) {
  const canvas = node("canvas");
  canvas.setAttribute("role", "img");
  const fit = node("div", "fit", canvas);
  const caption = node("figcaption");
  const figure = node("figure", "", fit, caption);
  figure.style.flex = "1 1 0";
  fit.style.setProperty("--aspect", aspect);
  const words = (text, quiet = "") => {
    caption.replaceChildren(text, ...(quiet ? [" ", node("small", "", quiet)] : []));
    canvas.setAttribute("aria-label", `${text} ${quiet}`.trim());
  };
  words(label);
  return { figure, canvas, fit, words };
}

// A chart with a title and a legend of [name, kind]; draw(chart) as for drawChart, in type for the back row.
function plot(title, legend = []) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "chart");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", title);
  const names = node("div", "legend");
  const host = node("div", "plot", node("b", "", title), node("div", "chart-place", svg), names);
  const setLegend = (items) =>
    names.replaceChildren(...items.map(([name, kind]) => node("span", kind, name)));
  setLegend(legend);
  const scaled = (chart) => ({ ...chart, scale: typeScale(svg) });
  return {
    host,
    setLegend,
    draw: (chart) => drawChart(svg, scaled(chart)),
    drawBars: (heights, chart) => drawBars(svg, heights, scaled(chart)),
  };
}

// By how much a chart's type of 12 px grows, so that it is a fiftieth of the stage's width.
function typeScale(element) {
  const { width, height } = element.closest(".screen").getBoundingClientRect();
  return Math.max(1, Math.min(width / 100, (1.3333 * height) / 100) / 6);
}

const rankNumbers = (count) => Float64Array.from({ length: count }, (_, k) => k + 1);

// Every filter scaled to bytes by its own smallest and largest value.
function filterBytes(weights, inputs) {
  const bytes = new Uint8ClampedArray(weights.length);
  for (let start = 0; start < weights.length; start += inputs) {
    const filter = weights.subarray(start, start + inputs);
    const low = Math.min(...filter);
    const scale = 255 / (Math.max(...filter) - low || Infinity);
    for (let i = 0; i < inputs; i++) bytes[start + i] = scale ? (filter[i] - low) * scale : 128;
  }
  return bytes;
}

// All filters in one canvas, row by row in `order`, a pixel apart; what lies between shows the page through.
function paintGrid(canvas, bytes, patchSize, order) {
  const inputs = 3 * patchSize ** 2;
  const across = Math.ceil(Math.sqrt(order.length));
  const down = Math.ceil(order.length / across);
  const [width, height] = [across * (patchSize + 1) - 1, down * (patchSize + 1) - 1];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  order.forEach((unit, place) => {
    const top = Math.floor(place / across) * (patchSize + 1);
    const left = (place % across) * (patchSize + 1);
    for (let row = 0, from = unit * inputs; row < patchSize; row++) {
      for (let col = 0, to = 4 * ((top + row) * width + left); col < patchSize; col++, to += 4) {
        for (let channel = 0; channel < 3; channel++) image.data[to + channel] = bytes[from++];
        image.data[to + 3] = 255;
      }
    }
  });
  context.putImageData(image, 0, 0);
}

const percent = (share) => `${Math.round(100 * share)} %`;
const units = (count) => (count === 1 ? "1 unit" : `${count}\u00a0units`);
const millions = (count) => `${+(count / 1e6).toPrecision(3)}\u00a0million`;
