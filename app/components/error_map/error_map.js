// The map's columns are snapshots, each as wide as the way to the next; its rows are ranks, the first at the bottom.

// Stops of the viridis scale: its lightness rises evenly, so it reads in grey and with any colour vision.
const STOPS = [
  [68, 1, 84],
  [59, 82, 139],
  [33, 145, 140],
  [94, 201, 98],
  [253, 231, 37],
];

function colourAt(share) {
  const place = clamp(share, 0, 1) * (STOPS.length - 1);
  const i = Math.min(Math.floor(place), STOPS.length - 2);
  return STOPS[i].map((from, channel) => from + (place - i) * (STOPS[i + 1][channel] - from));
}
const COLOURS = Array.from({ length: 256 }, (_, i) => colourAt(i / 255));

// The logarithms of the ends of the scale: the smallest error of all, and a little more than the largest of the
// newest snapshot; the noise at the start lies above it, and would take all colours for itself.
function rangeOf(errors) {
  const low = Math.max(1e-4, Math.min(...errors.map((row) => Math.min(...row))));
  const high = 1.3 * Math.max(...errors.at(-1));
  return [Math.log(low), Math.log(Math.max(high, 1.01 * low))];
}

// The map as a picture, one pixel high for each rank.
function pictureOf({ seen, errors, units, patches }, columns, [low, high]) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: columns, height: units });
  const image = new ImageData(columns, units);
  let snapshot = 0;
  for (let x = 0; x < columns; x++) {
    const at = ((x + 0.5) / columns) * patches;
    while (snapshot + 1 < seen.length && seen[snapshot + 1] <= at) snapshot++;
    if (at > seen.at(-1) + patches / columns) break; // not yet
    for (let k = 0; k < units; k++) {
      const share = (Math.log(Math.max(errors[snapshot][k], 1e-4)) - low) / (high - low);
      const pixel = (units - 1 - k) * columns + x;
      image.data.set([...COLOURS[clamp(Math.round(255 * share), 0, 255)], 255], 4 * pixel);
    }
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas.toDataURL();
}

function paintScale({ parts }) {
  Object.assign(parts.colours, { width: 256, height: 1 });
  const image = new ImageData(256, 1);
  COLOURS.forEach((colour, i) => image.data.set([...colour, 255], 4 * i));
  parts.colours.getContext("2d").putImageData(image, 0, 0);
}

// The moment of this run; what is said of another one is old.
const momentOf = ({ training, moment }) => (training && moment?.run === training.run ? moment : null);

// Every snapshot's error at every rank, to take away.
const tableOf =
  ({ seen, errors }) =>
  () => [
    ["patches seen", "rank k", "error (L2 norm)"],
    ...seen.flatMap((patches, i) => Array.from(errors[i], (error, k) => [patches, k + 1, error])),
  ];

function drawMap(map) {
  const { parts, training } = map;
  const moment = momentOf(map);
  const filled = training?.seen.length > 0;
  const box = drawChart(parts.map, {
    xMin: 0,
    xMax: training?.patches ?? 1,
    yMin: 1,
    yMax: training?.units ?? 169,
    xLabel: "patches seen",
    yLabel: "rank k",
    series: [],
    marker: moment ? { x: Math.min(moment.seen, training.patches), y: 1 } : null,
    table: tableOf(filled ? training : { seen: [], errors: [] }),
  });
  const [width, height] = [box.right - box.left, box.bottom - box.top];
  const picture = svgNode(parts.map, "image", "picture");
  setAll(picture, { x: box.left, y: box.top, width, height, preserveAspectRatio: "none" });
  parts.map.insertBefore(picture, svgNode(parts.map, "line", "marker-line"));
  if (!filled) {
    picture.removeAttribute("href");
    parts.scale.textContent = "";
    return;
  }
  const range = rangeOf(training.errors);
  setAll(picture, { href: pictureOf(training, Math.max(60, Math.round(width)), range) });
  const [low, high] = range.map((end) => Math.exp(end).toPrecision(2));
  parts.scale.textContent = `error ${low} (dark) to ${high} and more (light), on a logarithmic scale`;
}

function drawCurve(map) {
  const { parts, training, author } = map;
  const moment = momentOf(map);
  const now = moment?.errors ?? [];
  const units = training?.units ?? author.x.length;
  const ranks = Array.from({ length: units }, (_, k) => k + 1);
  const comparable = author.x.length === units;
  const most = Math.max(2, Math.min(now[0] ?? 0, 6));
  drawChart(parts.curve, {
    xMin: 1,
    xMax: units,
    yMax: most,
    xLabel: "rank k: number of units summed",
    yLabel: "error (L2 norm)",
    series: [
      { name: "author", x: comparable ? author.x : [], y: author.y, kind: "reference" },
      { name: "now", x: now.length ? ranks : [], y: now, kind: "main" },
    ],
  });
  parts.author.textContent = author.name;
  parts.author.hidden = !comparable;
  const when = moment ? ` after ${moment.seen.toLocaleString("en")} patches` : "";
  parts.words.textContent = `Error by rank${when}`;
}

function makeMap(parentElement) {
  const parts = byPart(parentElement);
  const map = { parts, training: null, moment: null, author: null };
  const seen = whileSeen(parts.root);
  map.draw = () =>
    seen.draw(() => {
      drawMap(map);
      if (map.author) drawCurve(map);
    });
  paintScale(map);
  const watcher = new ResizeObserver(map.draw);
  watcher.observe(parts.curve);
  const silences = [
    hear("training", (training) => {
      map.training = training.run ? training : null;
      parts.root.dataset.columns = training.seen.length;
      map.draw();
    }),
    hear("moment", (moment) => {
      map.moment = moment;
      map.draw();
    }),
  ];
  map.leave = () => {
    for (const silence of silences) silence();
    watcher.disconnect();
    seen.leave();
  };
  return map;
}

export default function ({ data: bytes, parentElement }) {
  const map = instanceOf(parentElement, () => makeMap(parentElement));
  map.author = unpack(bytes).author;
  map.draw();
  return map.leave;
}
