// A small line chart in SVG whose nodes stay: drawing again moves them, so nothing flickers.

import { niceTicks, plotBox, pointsBetween, scalesOf, shortNumber, xTicks } from "./chart_scale.js";
import { newSvgNode, setAll, svgNode } from "./svg.js";
import { offerChart } from "./take_away.js";

/** @import { Box } from "./chart_scale.js" */

/**
 * @typedef {{ x: ArrayLike<number>, low: ArrayLike<number>, high: ArrayLike<number> }} Band
 *
 * @typedef {object} Series
 * @property {string} name as the legend and the table have it; two lines may have the same one
 * @property {ArrayLike<number>} x rising
 * @property {ArrayLike<number>} y
 * @property {string} kind a CSS class: "main", "second", "reference"
 *
 * @typedef {object} Chart
 * @property {number} xMin
 * @property {number} xMax
 * @property {number} [yMin] 0 where it is left out
 * @property {number} yMax
 * @property {string} xLabel
 * @property {string} yLabel
 * @property {Series[]} series
 * @property {Band | null} [band] an area
 * @property {(Band & { kind: string })[]} [bands] several, of the kinds of series
 * @property {{ x: number, y: number } | null} [marker]
 * @property {number[]} [pointedAt] places on the x axis
 * @property {number[]} [yTicks] instead of round ones
 * @property {number[]} [xTicks] instead of round ones
 * @property {(tick: number) => string} [xWords] how a tick of the x axis is written
 * @property {(tick: number) => string} [yWords] how a tick of the y axis is written
 * @property {number} [scale] how much larger type and strokes are
 * @property {ArrayLike<number>} [bars] heights, if it is a histogram
 * @property {(y: number) => number} [undo] the value behind a height that is drawn on another scale
 * @property {() => (string | number)[][]} [table] rows, the first with the names of the columns
 */

/** @typedef {ReturnType<typeof scalesOf>} Scales */

/**
 * @param {SVGSVGElement} svg
 * @param {Chart} chart
 * @returns {Box} where the axes stand
 */
export function drawChart(svg, chart) {
  const width = (svg.clientWidth || 600) / (chart.scale ?? 1);
  const height = (svg.clientHeight || 200) / (chart.scale ?? 1);
  const box = plotBox(width, height);
  setAll(svg, { viewBox: `0 0 ${width} ${height}` });
  const scales = scalesOf({ ...chart, yMin: chart.yMin ?? 0 }, box);
  drawAxes(svg, chart, box, scales, width, height);
  drawBands(svg, chart, scales);
  const pointedAt = (chart.pointedAt ?? []).map(
    (x) => `M${scales.toX(x).toFixed(1)} ${box.top}V${box.bottom}`,
  );
  setAll(svgNode(svg, "path", "pointed-at"), { d: pointedAt.join(""), class: "pointed-at" });
  drawSeries(svg, chart, scales);
  offerChart(svg, chart);
  drawMarker(svg, chart, box, scales);
  return box;
}

/**
 * @param {SVGSVGElement} svg
 * @param {Chart} chart
 * @param {Box} box
 * @param {Scales} scales
 * @param {number} width
 * @param {number} height
 */
function drawAxes(svg, chart, box, { toX, toY }, width, height) {
  const grid = svgNode(svg, "g", "grid");
  grid.replaceChildren();
  /**
   * @param {number} x
   * @param {number} y
   * @param {string} words
   * @param {string} anchor
   */
  const text = (x, y, words, anchor) => {
    const node = setAll(newSvgNode("text"), { x, y, "text-anchor": anchor, class: "tick" });
    node.textContent = words;
    grid.appendChild(node);
  };
  for (const tick of chart.yTicks ?? niceTicks(chart.yMin ?? 0, chart.yMax, 4)) {
    const y = toY(tick);
    grid.appendChild(
      setAll(newSvgNode("line"), { x1: box.left, x2: box.right, y1: y, y2: y, class: "grid" }),
    );
    text(box.left - 6, y + 4, chart.yWords?.(tick) ?? shortNumber(tick), "end");
  }
  for (const tick of chart.xTicks ?? xTicks(chart.xMin, chart.xMax, width)) {
    text(toX(tick), box.bottom + 15, chart.xWords?.(tick) ?? shortNumber(tick), "middle");
  }
  text((box.left + box.right) / 2, height - 6, chart.xLabel, "middle");
  const yLabel = svgNode(svg, "text", "y-label");
  setAll(yLabel, {
    transform: `translate(12 ${(box.top + box.bottom) / 2}) rotate(-90)`,
    "text-anchor": "middle",
    class: "tick",
  });
  yLabel.textContent = chart.yLabel;
}

/**
 * @param {SVGSVGElement} svg
 * @param {Chart} chart
 * @param {Scales} scales
 */
function drawBands(svg, chart, scales) {
  const outline = chart.band ? outlineOf(chart.band, chart, scales) : "";
  setAll(svgNode(svg, "path", "band"), { d: outline, class: "band" });
  if (!chart.bands) return;
  const areas = chart.bands.map((band) =>
    setAll(newSvgNode("path"), { d: outlineOf(band, chart, scales), class: `band ${band.kind}` }),
  );
  svgNode(svg, "g", "bands").replaceChildren(...areas);
}

/**
 * @param {Band} band
 * @param {Chart} chart
 * @param {Scales} scales
 * @returns {string} the area's path, inside of the axes
 */
function outlineOf({ x, low, high }, { xMin, xMax }, { toX, toY }) {
  /**
   * @param {ArrayLike<number>} y
   * @returns {string[]}
   */
  const edge = (y) =>
    pointsBetween({ x, y }, xMin, xMax).map(([x, y]) => `${toX(x).toFixed(1)} ${toY(y).toFixed(1)}`);
  const outline = [...edge(high), ...edge(low).reverse()];
  return outline.length ? `M${outline.join("L")}Z` : "";
}

/**
 * @param {SVGSVGElement} svg
 * @param {Chart} chart
 * @param {Scales} scales
 */
function drawSeries(svg, chart, { toX, toY }) {
  const lines = svgNode(svg, "g", "lines");
  const drawn = chart.series.map((series, i) => {
    const points = pointsBetween(series, chart.xMin, chart.xMax);
    const path = points.map(([x, y], i) => `${i ? "L" : "M"}${toX(x).toFixed(1)} ${toY(y).toFixed(1)}`);
    const alike = chart.series.slice(0, i).filter(({ name }) => name === series.name).length;
    const line = svgNode(lines, "path", `series ${series.name}${alike ? ` (${alike})` : ""}`);
    return setAll(line, { d: path.join(""), class: `line ${series.kind}` });
  });
  for (const line of /** @type {SVGPathElement[]} */ ([...lines.children])) {
    if (!drawn.includes(line)) line.remove();
  }
}

/**
 * @param {SVGSVGElement} svg
 * @param {Chart} chart
 * @param {Box} box
 * @param {Scales} scales
 */
function drawMarker(svg, { marker }, box, { toX, toY }) {
  const line = svgNode(svg, "line", "marker-line");
  const dot = svgNode(svg, "circle", "marker");
  for (const node of [line, dot]) node.style.display = marker ? "" : "none";
  if (!marker) return;
  const [x, y] = [toX(marker.x), toY(marker.y)];
  setAll(line, { x1: x, x2: x, y1: box.top, y2: box.bottom, class: "marker-line" });
  setAll(dot, { cx: x, cy: y, r: 5, class: "marker" });
}
