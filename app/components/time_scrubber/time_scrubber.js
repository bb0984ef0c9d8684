// All snapshots are in the browser: moving through the training asks nobody.

// The filters of one snapshot in one picture, a clear pixel between them.
function paintFilters({ data, parts }, at) {
  const { patchSize: size, units } = data;
  const columns = Math.ceil(Math.sqrt(units));
  const canvas = parts.filters;
  canvas.width = columns * (size + 1) - 1;
  canvas.height = Math.ceil(units / columns) * (size + 1) - 1;
  const image = new ImageData(canvas.width, canvas.height);
  let from = at * units * 3 * size * size;
  for (let unit = 0; unit < units; unit++) {
    const top = Math.floor(unit / columns) * (size + 1);
    const left = (unit % columns) * (size + 1);
    for (let pixel = 0; pixel < size * size; pixel++) {
      const to = 4 * ((top + Math.floor(pixel / size)) * canvas.width + left + (pixel % size));
      for (let channel = 0; channel < 3; channel++) image.data[to + channel] = data.filters[from++];
      image.data[to + 3] = 255;
    }
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

const errorsAt = ({ data }, at) => data.errors.subarray(at * data.units, (at + 1) * data.units);

function show(scrubber, number) {
  const { data, parts } = scrubber;
  if (!data) return;
  const at = number - 1;
  const error = data.finals[at];
  paintFilters(scrubber, at);
  parts.words.textContent =
    `After ${data.seen[at].toLocaleString("en")} patches: error with all units ${error.toFixed(3)}, ` +
    `error sum ${errorsAt(scrubber, at).reduce((sum, e) => sum + e, 0).toFixed(1)}.`;
  Object.assign(parts.root.dataset, { seen: data.seen[at], error: error.toFixed(6) });
  showCharts(scrubber, at);
}

function showCharts(scrubber, at) {
  const { data, parts } = scrubber;
  const last = errorsAt(scrubber, data.seen.length - 1);
  drawChart(parts.byRank, {
    xMin: 1,
    xMax: data.units,
    yMax: Math.max(last[0], data.most),
    xLabel: "rank k: number of units summed",
    yLabel: "error",
    series: [
      { name: "last", x: data.ranks, y: last, kind: "reference" },
      { name: "now", x: data.ranks, y: errorsAt(scrubber, at), kind: "main" },
    ],
  });
  drawChart(parts.overTime, {
    xMin: 0,
    xMax: data.seen[data.seen.length - 1],
    yMax: data.most,
    xLabel: "patches seen",
    yLabel: "error",
    series: [{ name: "error", x: data.seen, y: data.finals, kind: "main" }],
    marker: { x: data.seen[at], y: data.finals[at] },
  });
}

function makeScrubber(parentElement) {
  const parts = byPart(parentElement);
  parts.root = parentElement.querySelector("[data-testid=time-scrubber]");
  const scrubber = { parts, data: null };
  scrubber.transport = makeTransport(parts.root, parts, (number) => show(scrubber, number));
  const watcher = new ResizeObserver(() => scrubber.data && showCharts(scrubber, scrubber.transport.rank - 1));
  watcher.observe(parts.byRank);
  scrubber.leave = () => {
    scrubber.transport.stop();
    watcher.disconnect();
  };
  return scrubber;
}

export default function ({ data: bytes, parentElement }) {
  const scrubber = instanceOf(parentElement, () => makeScrubber(parentElement));
  if (scrubber.bytes === bytes) return scrubber.leave;
  scrubber.bytes = bytes;
  const data = (scrubber.data = unpack(bytes));
  data.ranks = Float64Array.from({ length: data.units }, (_, k) => k + 1);
  data.finals = Float64Array.from(data.seen, (_, at) => data.errors[(at + 1) * data.units - 1]);
  data.most = Math.min(2, 1.05 * Math.max(...data.finals));
  const { transport } = scrubber;
  transport.setRange(data.seen.length, data.seen.length);
  transport.setRank(data.seen.length);
  return scrubber.leave;
}
