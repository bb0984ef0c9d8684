// Growing lines come from the training that the feed tells of, the others with the page.

function seriesOf({ payload, training }) {
  const growing = payload.live.map(({ name, figure, kind }) => {
    if (!training) return { name, kind, x: [], y: [] };
    const { now, seen, series } = training;
    const ahead = now && now.seen > (seen.at(-1) ?? -1);
    return {
      name,
      kind,
      x: ahead ? [...seen, now.seen] : seen,
      y: ahead ? [...series[figure], now.figures[figure]] : series[figure],
    };
  });
  return [...growing, ...payload.still];
}

function whole({ payload, training }) {
  const compared = payload.still.filter(({ kind }) => kind.startsWith("other"));
  const ends = compared.map(({ x }) => x.at(-1) ?? 0);
  const xMax = training ? Math.max(training.patches, ...ends) : payload.xMax;
  return { xMin: 0, xMax, yMin: 0, yMax: payload.yMax };
}

function drawLive(live) {
  const { parts, payload, training, moment, zoom } = live;
  if (!payload) return;
  const series = seriesOf(live);
  const past = moment && training && moment.run === training.run && !moment.last;
  const at = past ? { x: moment.seen, y: moment.figures[payload.live.at(-1).figure] } : null;
  const view = zoom.view();
  zoom.box = drawChart(parts.chart, {
    ...view,
    xLabel: "patches seen",
    yLabel: payload.yLabel,
    series,
    marker: at && at.x >= view.xMin && at.x <= view.xMax ? at : null,
  });
}

function showLegend({ parts, payload }) {
  parts.legend.replaceChildren(
    ...[...payload.live, ...payload.still].map(({ name, kind }) => {
      const item = document.createElement("span");
      item.className = kind;
      item.textContent = name;
      return item;
    }),
  );
}

function makeLive(parentElement) {
  const parts = byPart(parentElement);
  const live = { parts, payload: null, training: null, moment: null };
  const seen = whileSeen(parts.chart);
  live.draw = () => seen.draw(() => drawLive(live));
  live.zoom = makeZoom(
    parts.chart,
    () => whole(live),
    () => drawLive(live),
  );
  const watcher = new ResizeObserver(live.draw);
  watcher.observe(parts.chart);
  const silences = [
    hear("training", (training) => {
      live.training = training.run ? training : null;
      parts.root.dataset.points = training.seen.length;
      live.draw();
    }),
    hear("moment", (moment) => {
      live.moment = moment;
      live.draw();
    }),
  ];
  live.leave = () => {
    for (const silence of silences) silence();
    watcher.disconnect();
    seen.leave();
  };
  return live;
}

export default function ({ data: bytes, parentElement }) {
  const live = instanceOf(parentElement, () => makeLive(parentElement));
  const { parts } = live;
  live.payload = unpack(bytes);
  parts.root.dataset.testid = live.payload.testId;
  parts.root.dataset.points ??= 0;
  parts.title.textContent = live.payload.title;
  parts.chart.setAttribute(
    "aria-label",
    `${live.payload.title}. Keys: plus and minus zoom, arrows move, 0 shows all.`,
  );
  showLegend(live);
  live.draw();
  return live.leave;
}
