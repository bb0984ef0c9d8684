// Every rank's reconstruction is summed here from weights and activations: no rank asks the server. The patch
// and the weights are told by other components of the page, and so are the units that are switched off.

const RANK_MEMORY = "rankscope-rank";
const FIRST_RANK = 20;

// Over test patches: of the moment that a time scrubber on the page stands at, or of the model the page was made for.
const meanError = ({ moment, payload }) => moment?.errors ?? payload.meanError;

// Take in a new patch, new weights or other units switched off; show nothing until all that is needed is there.
function takeIn(player) {
  const { patch, model, payload, off, parts } = player;
  if (!patch || !model || !payload) return;
  const units = model.weights.length / patch.patch.length;
  if (patch.patchSize !== model.patchSize || units !== meanError(player).length) return;
  const code = encode(patch.patch, model.weights);
  const data = { ...patch, ...model, ...code, meanError: meanError(player) };
  data.errors = errorsByRank(data, off);
  data.length = Math.sqrt(squaredError(data.patch, new Float64Array(data.patch.length)));
  data.ranks = Float64Array.from(data.order, (_, k) => k + 1);
  const first = player.data === null;
  player.data = data;
  player.undisturbed = off.size ? errorsByRank(data, new Set()) : [];
  paint(parts.patch, data.patchSize, data.patchSize, (i) => plainByte(data.patch[i]));
  parts.active.textContent = data.active
    ? `${data.active} of ${units} units are active; after rank ${data.active} nothing changes.`
    : `None of the ${units} units answers to this patch.`;
  player.transport.setRange(units, data.active);
  const told = (player.code = { ...data, off });
  tell("code", told);
  const before = Number(remembered("sessionStorage", RANK_MEMORY)) || FIRST_RANK;
  player.transport.setRank(first ? (payload.rank ?? before) : player.transport.rank);
}

function showRank(player, rank) {
  const { data, parts, off } = player;
  if (!data) return;
  const size = data.patchSize;
  const total = sumOfRanks(data, rank, off);
  const unit = data.order[rank - 1];
  const activation = off.has(unit) ? 0 : data.activations[unit];
  const start = unit * data.patch.length;
  paint(parts.reconstruction, size, size, (i) => plainByte(total[i]));
  paint(parts.residual, size, size, (i) => signedByte(data.patch[i] - clamp(total[i], 0, 1)));
  paint(parts.output, size, size, (i) => signedByte(activation * data.weights[start + i]));
  paintFilter(parts.filter, data.weights, unit, size);
  showNumbers(player, rank, unit);
  showCurve(player, rank);
  remember("sessionStorage", RANK_MEMORY, rank);
  rememberInLink("k", rank);
  tell("rank", { rank, unit, active: data.activations[unit] > 0 });
}

function showNumbers({ data, parts, off }, rank, unit) {
  const error = data.errors[rank - 1];
  const before = rank > 1 ? data.errors[rank - 2] : data.length;
  const activation = data.activations[unit];
  parts.rank.textContent = `${rank} of ${data.order.length}`;
  parts.unit.textContent = off.has(unit) ? `${unit} (off)` : unit;
  parts.activation.textContent = activation > 0 ? activation.toFixed(4) : "0 (not active)";
  parts.error.textContent = error.toFixed(4);
  parts.removed.textContent = data.length ? `${(((before - error) / data.length) * 100).toFixed(1)} %` : "–";
  parts.psnr.textContent = error > 0
    ? `${(-10 * Math.log10(error ** 2 / data.patch.length)).toFixed(1)} dB`
    : "exact";
  parts.sumCaption.textContent = rank === 1 ? "Rank 1 alone" : `Sum of ranks 1–${rank}`;
  parts.filterCaption.textContent = `Filter of unit ${unit}`;
  Object.assign(parts.root.dataset, { rank, ranks: data.order.length, error: error.toFixed(6), unit });
}

function showCurve(player, rank) {
  const { data, parts, payload, undisturbed } = player;
  const ranks = data.order.length;
  const [low, high] = [payload.band.subarray(0, ranks), payload.band.subarray(ranks)];
  const mean = data.meanError;
  const most = Math.max(data.errors[0], undisturbed[0] ?? 0, mean[0], high[0] ?? 0, 0.1);
  player.box = drawChart(parts.chart, {
    xMin: 1,
    xMax: ranks,
    yMax: most * 1.05,
    xLabel: "rank k: number of units summed",
    yLabel: "error",
    band: high.length ? { x: data.ranks, low, high } : null,
    series: [
      { name: "mean", x: data.ranks, y: mean, kind: "second" },
      { name: "undisturbed", x: undisturbed.length ? data.ranks : [], y: undisturbed, kind: "reference" },
      { name: "patch", x: data.ranks, y: data.errors, kind: "main" },
    ],
    marker: { x: rank, y: data.errors[rank - 1] },
    pointedAt: player.pointedAt.filter((u) => u < ranks).map((u) => data.rankOf[u]).filter((k) => k <= data.active),
  });
}

// To the first rank whose error is under the chosen value; says so where there is none.
function jump(player) {
  const { data, parts, transport } = player;
  const goal = Number(parts.goal.value);
  const found = data.errors.findIndex((error) => error < goal);
  const least = Math.min(...data.errors);
  parts.outcome.textContent = found >= 0
    ? `${found + 1} ${found ? "units are" : "unit is"} enough`
    : `never: the least is ${least.toFixed(3)}`;
  transport.stop();
  if (found >= 0) transport.setRank(found + 1);
}

function makePlayer(parentElement) {
  const parts = byPart(parentElement);
  parts.root = parentElement.querySelector("[data-testid=rank-player]");
  const player = { parts, data: null, off: new Set(), undisturbed: [], pointedAt: [] };
  const { transport } = Object.assign(player, {
    transport: makeTransport(parts.root, parts, (rank) => showRank(player, rank)),
  });
  const goTo = (rank) => {
    if (!player.data) return; // it will begin at the rank that the page remembers
    transport.stop();
    transport.setRank(rank);
  };
  const pick = (event) => {
    if (!player.data) return;
    const { left, right } = player.box;
    const share = (event.clientX - parts.chart.getBoundingClientRect().left - left) / (right - left);
    goTo(1 + share * (player.data.order.length - 1));
  };
  parts.chart.onpointerdown = (event) => {
    parts.chart.setPointerCapture(event.pointerId);
    pick(event);
  };
  parts.chart.onpointermove = (event) => event.buttons && pick(event);
  parts.jump.onclick = () => player.data && jump(player);
  parts.goal.onkeydown = (event) => {
    event.stopPropagation(); // its arrow keys are its own
    if (event.key === "Enter" && player.data) jump(player);
  };
  listen(player, goTo);
  return player;
}

function listen(player, goTo) {
  const seen = whileSeen(player.parts.root);
  const silences = [
    seen.leave,
    hear("moment", (moment) => {
      player.moment = moment;
      player.parts.meanWords.textContent = "mean of 400 test patches at this moment of the training";
    }),
    hear("patch", (patch) => takeIn(Object.assign(player, { patch }))),
    hear("model", (model) => {
      player.model = model;
      if (player.moment) seen.draw(() => takeIn(player)); // it moves several times a second
      else takeIn(player);
    }),
    hear("off", ({ units }) => takeIn(Object.assign(player, { off: units }))),
    hear("go-to-rank", ({ rank }) => goTo(rank)),
    hear("go-to-unit", ({ unit }) => goTo(player.data?.rankOf[unit])),
    hear("hover", ({ units }) => {
      player.pointedAt = units;
      if (player.data) showCurve(player, player.transport.rank);
    }),
  ];
  const watcher = new ResizeObserver(() => player.data && showCurve(player, player.transport.rank));
  watcher.observe(player.parts.chart);
  player.leave = () => {
    player.transport.stop();
    for (const silence of silences) silence();
    watcher.disconnect();
    forget("code", player.code);
    forget("place", player.toldPlace);
  };
}

export default function ({ data: bytes, parentElement }) {
  const player = instanceOf(parentElement, () => makePlayer(parentElement));
  player.payload = unpack(bytes);
  const [row, col] = player.payload.place ?? [];
  if (row !== undefined) tell("place", (player.toldPlace = { row, col }));
  takeIn(player);
  return player.leave;
}
