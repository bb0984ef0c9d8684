// A small menu beside every chart: the figure as SVG, as PNG for print, or its numbers as CSV.

const PRINT_WIDTH = 2400; // px: 20 cm at 300 dots an inch
const LEGEND_LINE = 20; // of the picture's own units
const DRAWN_BY = [
  "fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin", "opacity", "display",
  "font-size", "font-family", "font-weight", "text-anchor",
];

// Put the menu in the corner of an <svg> once; `chart` is what drawChart drew last, with `bars` if it is a histogram.
function offerChart(svg, chart) {
  svg.chart = chart;
  if (svg.nextElementSibling?.className === "take-away") return;
  let place = svg.parentElement;
  if (place.className !== "chart-place") {
    place = document.createElement("div");
    place.className = "chart-place";
    svg.replaceWith(place);
    place.append(svg);
  }
  const menu = document.createElement("details");
  menu.className = "take-away";
  const title = () => svg.getAttribute("aria-label") || "Chart";
  menu.innerHTML = `<summary aria-label="Take this figure away" title="Take this figure away">⤓</summary><div></div>`;
  const files = {
    PNG: async () => saveFile(await chartAsPng(svg, title()), title(), "png"),
    SVG: () => saveFile(new Blob([chartAsSvg(svg, title())], { type: "image/svg+xml" }), title(), "svg"),
    CSV: () => saveFile(new Blob([chartAsCsv(svg.chart)], { type: "text/csv" }), title(), "csv"),
  };
  for (const [name, save] of Object.entries(files)) {
    const button = document.createElement("button");
    button.textContent = name;
    button.onclick = () => {
      menu.open = false;
      save();
    };
    menu.lastElementChild.append(button);
  }
  menu.onkeydown = (event) => {
    event.stopPropagation(); // space and arrows belong to the menu, not to the player around it
    if (event.key === "Escape") menu.open = false;
  };
  place.append(menu);
}

function saveFile(blob, title, ending) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${title.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "")}.${ending}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// The figure as a text that looks the same without the page: every style written out, the legend below.
function chartAsSvg(svg, title) {
  const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
  const copy = svg.cloneNode(true);
  const originals = svg.querySelectorAll("*");
  copy.querySelectorAll("*").forEach((element, i) => {
    const style = getComputedStyle(originals[i]);
    for (const name of DRAWN_BY) element.style.setProperty(name, style.getPropertyValue(name));
  });
  const add = (name, attributes, text = "") => {
    const made = setAll(document.createElementNS(SVG, name), attributes);
    made.textContent = text;
    copy.appendChild(made);
    return made;
  };
  const style = getComputedStyle(svg);
  const ink = style.getPropertyValue("--ink") || style.color;
  const entries = [...(svg.parentElement.parentElement.querySelector(".legend")?.querySelectorAll("span") ?? [])];
  entries.forEach((entry, i) => {
    const y = height + LEGEND_LINE * (i + 0.5);
    const like = copy.querySelector(`path.line.${entry.className || "main"}`);
    if (like) add("line", { x1: 52, x2: 92, y1: y, y2: y, style: like.getAttribute("style") });
    add("text", { x: 100, y: y + 4, style: `fill:${ink};font-size:12px;font-family:${style.fontFamily}` }, entry.textContent);
  });
  const whole = height + LEGEND_LINE * entries.length;
  const back = setAll(document.createElementNS(SVG, "rect"), {
    width, height: whole, fill: style.getPropertyValue("--st-background-color") || "#fff",
  });
  const name = document.createElementNS(SVG, "title");
  name.textContent = title;
  copy.prepend(name, back);
  setAll(copy, { xmlns: SVG, width, height: whole, viewBox: `0 0 ${width} ${whole}` });
  copy.removeAttribute("style");
  copy.style.backgroundColor = back.getAttribute("fill");
  return new XMLSerializer().serializeToString(copy);
}

async function chartAsPng(svg, title) {
  const text = chartAsSvg(svg, title);
  const picture = new Image();
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await picture.decode();
  const canvas = document.createElement("canvas");
  const scale = PRINT_WIDTH / picture.width;
  canvas.width = PRINT_WIDTH;
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

// One line for each point of each series, or for each bar; `undo` brings a drawn height back to its value.
// A chart of another kind brings its own `table()`: rows, the first with the names of the columns.
function chartAsCsv({ series, bars, table, xMin, xMax, xLabel, yLabel, undo = (y) => y }) {
  const quoted = (text) => `"${String(text).replaceAll('"', '""')}"`;
  if (table) {
    const [names, ...rows] = table();
    return [names.map(quoted), ...rows].map((row) => row.join(",")).join("\n");
  }
  if (bars) {
    const step = (xMax - xMin) / bars.length;
    const rows = Array.from(bars, (height, i) => [xMin + i * step, xMin + (i + 1) * step, undo(height)]);
    return [[`from: ${xLabel}`, `to: ${xLabel}`, yLabel].map(quoted), ...rows].map((row) => row.join(",")).join("\n");
  }
  const rows = series.flatMap(({ name, x, y }) => Array.from(x, (at, i) => [quoted(name), at, undo(y[i])]));
  return [["series", xLabel, yLabel].map(quoted), ...rows].map((row) => row.join(",")).join("\n");
}
