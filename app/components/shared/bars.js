// A histogram: a chart with bars in it.

import { drawChart } from "./chart.js";
import { setAll, svgNode } from "./svg.js";

/** @import { Chart } from "./chart.js" */

/**
 * @param {SVGSVGElement} svg
 * @param {ArrayLike<number>} heights
 * @param {Omit<Chart, "series" | "bars"> & Partial<Pick<Chart, "series">>} chart
 * @returns {SVGRectElement[]} the bars, one for each of `heights`; those of height 0 are hidden
 */
export function drawBars(svg, heights, chart) {
  const box = drawChart(svg, { series: [], bars: heights, ...chart });
  const width = (box.right - box.left) / heights.length;
  const bars = /** @type {NodeListOf<SVGRectElement>} */ (svg.querySelectorAll("rect.bar"));
  for (const bar of bars) {
    if (Number(bar.dataset.key?.slice("bar ".length)) >= heights.length) bar.remove();
  }
  const barWidth = Math.max(2, width * 0.9);
  return Array.from(heights, (value, i) => {
    const height = (Math.min(value, chart.yMax) / chart.yMax) * (box.bottom - box.top);
    const bar = svgNode(svg, "rect", `bar ${i}`);
    setAll(bar, {
      x: box.left + i * width + Math.max(0, width - barWidth) / 2,
      y: box.bottom - height,
      width: barWidth,
      height,
      class: "bar",
    });
    bar.style.display = value ? "" : "none";
    return bar;
  });
}
