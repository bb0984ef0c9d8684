// A small line chart in SVG whose nodes stay: drawing again moves them, so nothing flickers.

const SVG = "http://www.w3.org/2000/svg";

function svgNode(parent, name, key) {
  let node = parent.querySelector(`:scope > [data-key="${key}"]`);
  if (!node) {
    node = document.createElementNS(SVG, name);
    node.dataset.key = key;
    parent.appendChild(node);
  }
  return node;
}

function setAll(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

// Round steps (1, 2 or 5 times a power of ten) from `low` to `high`, about `count` of them.
function niceTicks(low, high, count) {
  if (!(high > low)) return [low];
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999);
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-6); i * step <= high + step * 1e-3; i++) ticks.push(i * step);
  return ticks;
}

function shortNumber(value) {
  if (value < 0) return `−${shortNumber(-value)}`;
  if (value >= 1e6) return `${+(value / 1e6).toPrecision(3)} M`;
  if (value >= 1e4) return `${+(value / 1e3).toPrecision(3)} k`;
  return String(+value.toPrecision(4));
}

// A line's points from `low` to `high`, with one on each end that the line crosses.
function pointsBetween({ x, y }, low, high) {
  const points = [];
  const crossing = (i, end) => [end, y[i - 1] + ((end - x[i - 1]) / (x[i] - x[i - 1])) * (y[i] - y[i - 1])];
  for (let i = 0; i < x.length; i++) {
    if (i && x[i - 1] < low && x[i] > low) points.push(crossing(i, low));
    if (i && x[i - 1] < high && x[i] > high) points.push(crossing(i, high));
    if (x[i] > high) break;
    if (x[i] >= low) points.push([x[i], y[i]]);
  }
  return points;
}

// Draw `chart` into an <svg>: { xMin, xMax, yMin, yMax, xLabel, yLabel, series: [{ name, x, y, kind }], band, marker,
// pointedAt }. kind is a class: "main", "second", "reference"; yMin is 0 unless it is there; band is an area
// { x, low, high }; pointedAt are places on the x axis; yTicks and yWords(tick) replace the round ones; scale makes
// type and strokes that much larger; undo(y) gives the value behind a height that is drawn on another scale. Returns
// the scale { left, right, top, bottom }.
function drawChart(svg, chart) {
  const width = (svg.clientWidth || 600) / (chart.scale ?? 1);
  const height = (svg.clientHeight || 200) / (chart.scale ?? 1);
  const box = { left: 52, right: width - 12, top: 10, bottom: height - 38 };
  setAll(svg, { viewBox: `0 0 ${width} ${height}` });
  const toX = (x) =>
    box.left + ((x - chart.xMin) / (chart.xMax - chart.xMin || 1)) * (box.right - box.left);
  const yMin = chart.yMin ?? 0;
  const share = (y) => (clamp(y, yMin, chart.yMax) - yMin) / (chart.yMax - yMin);
  const toY = (y) => box.bottom - share(y) * (box.bottom - box.top);

  const grid = svgNode(svg, "g", "grid");
  grid.replaceChildren();
  const text = (x, y, words, anchor) => {
    const node = document.createElementNS(SVG, "text");
    setAll(node, { x, y, "text-anchor": anchor, class: "tick" });
    node.textContent = words;
    grid.appendChild(node);
  };
  for (const tick of chart.yTicks ?? niceTicks(yMin, chart.yMax, 4)) {
    const line = document.createElementNS(SVG, "line");
    setAll(line, { x1: box.left, x2: box.right, y1: toY(tick), y2: toY(tick), class: "grid" });
    grid.appendChild(line);
    text(box.left - 6, toY(tick) + 4, chart.yWords?.(tick) ?? shortNumber(tick), "end");
  }
  const ticks = niceTicks(chart.xMin, chart.xMax, Math.max(3, Math.min(8, width / 110)));
  const ranks = chart.xMin === 1; // the first of them is worth its number
  const step = ticks.length > 1 ? ticks[1] - ticks[0] : 0;
  for (const tick of ranks ? [1, ...ticks.filter((t) => t > 1 && t - 1 > step / 3)] : ticks) {
    text(toX(tick), box.bottom + 15, shortNumber(tick), "middle");
  }
  text((box.left + box.right) / 2, height - 6, chart.xLabel, "middle");
  const yLabel = svgNode(svg, "text", "y-label");
  setAll(yLabel, {
    transform: `translate(12 ${(box.top + box.bottom) / 2}) rotate(-90)`,
    "text-anchor": "middle",
    class: "tick",
  });
  yLabel.textContent = chart.yLabel;

  const { x: bandX, low, high } = chart.band ?? { x: [], low: [], high: [] };
  const edge = (y, i) => `${toX(bandX[i]).toFixed(1)} ${toY(y[i]).toFixed(1)}`;
  const places = Array.from(bandX.keys());
  const outline = [...places.map((i) => edge(high, i)), ...places.reverse().map((i) => edge(low, i))];
  setAll(svgNode(svg, "path", "band"), { d: outline.length ? `M${outline.join("L")}Z` : "", class: "band" });

  const pointedAt = (chart.pointedAt ?? []).map((x) => `M${toX(x).toFixed(1)} ${box.top}V${box.bottom}`);
  setAll(svgNode(svg, "path", "pointed-at"), { d: pointedAt.join(""), class: "pointed-at" });

  for (const series of chart.series) {
    const points = pointsBetween(series, chart.xMin, chart.xMax);
    const path = points.map(([x, y], i) => `${i ? "L" : "M"}${toX(x).toFixed(1)} ${toY(y).toFixed(1)}`).join("");
    setAll(svgNode(svg, "path", `series ${series.name}`), { d: path, class: `line ${series.kind}` });
  }
  offerChart(svg, chart);
  const line = svgNode(svg, "line", "marker-line");
  const dot = svgNode(svg, "circle", "marker");
  for (const node of [line, dot]) node.style.display = chart.marker ? "" : "none";
  if (chart.marker) {
    const [x, y] = [toX(chart.marker.x), toY(chart.marker.y)];
    setAll(line, { x1: x, x2: x, y1: box.top, y2: box.bottom, class: "marker-line" });
    setAll(dot, { cx: x, cy: y, r: 5, class: "marker" });
  }
  return box;
}
