function drawLive(parts, data) {
  drawChart(parts.chart, { ...data, xMin: 0 });
}

export default function ({ data, parentElement }) {
  const live = instanceOf(parentElement, () => {
    const parts = byPart(parentElement);
    const made = { parts, data };
    made.watcher = new ResizeObserver(() => drawLive(parts, made.data));
    made.watcher.observe(parts.chart);
    return made;
  });
  live.data = data;
  const { parts } = live;
  parts.root.dataset.testid = data.testId;
  parts.root.dataset.points = data.series[0]?.x.length ?? 0;
  parts.title.textContent = data.title;
  parts.chart.setAttribute("aria-label", data.title);
  parts.legend.replaceChildren(
    ...data.series.map(({ name, kind }) => {
      const item = document.createElement("span");
      item.className = kind;
      item.textContent = name;
      return item;
    }),
  );
  drawLive(parts, data);
  return () => live.watcher.disconnect();
}
