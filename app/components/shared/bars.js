// A histogram: a chart with bars in it. Returns the bars, one <rect> for each of `heights`; those of height 0 are
// hidden. `chart` is as for drawChart.
function drawBars(svg, heights, chart) {
  const box = drawChart(svg, { series: [], bars: heights, ...chart });
  const width = (box.right - box.left) / heights.length;
  for (const bar of svg.querySelectorAll("rect.bar")) {
    if (Number(bar.dataset.key.slice("bar ".length)) >= heights.length) bar.remove();
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

// Words for a thing drawn: what a pointer resting on it shows, and what a screen reader says.
function describe(node, words) {
  node.setAttribute("aria-label", words);
  svgNode(node, "title", "title").textContent = words;
}
