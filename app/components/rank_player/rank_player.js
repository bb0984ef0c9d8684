// Every rank's reconstruction is summed here from weights and activations: no rank asks the server.

const RANK_MEMORY = "rankscope-rank";
const FIRST_RANK = 20;

// e_k for every k (the L2 norm of the residual), and |x| for k = 0.
function errorsByRank(data) {
  const { patch, weights, order, activations } = data;
  const inputs = patch.length;
  const total = new Float64Array(inputs);
  const errors = new Float64Array(order.length);
  for (let k = 0; k < order.length; k++) {
    const unit = order[k];
    if (activations[unit] > 0) addUnit(total, weights, unit, activations[unit]);
    else if (k > 0) {
      errors[k] = errors[k - 1];
      continue;
    }
    errors[k] = Math.sqrt(squaredError(patch, total));
  }
  return errors;
}

function addUnit(total, weights, unit, activation) {
  const start = unit * total.length;
  for (let j = 0; j < total.length; j++) total[j] += activation * weights[start + j];
}

function squaredError(patch, total) {
  let sum = 0;
  for (let j = 0; j < patch.length; j++) sum += (patch[j] - clamp(total[j], 0, 1)) ** 2;
  return sum;
}

function sumOfRanks(data, rank) {
  const total = new Float64Array(data.patch.length);
  for (let k = 0; k < Math.min(rank, data.active); k++) {
    addUnit(total, data.weights, data.order[k], data.activations[data.order[k]]);
  }
  return total;
}

function prepare(bytes) {
  const data = unpack(bytes);
  data.activations = data.preActivations.map((p) => clamp(p, 0, 1));
  data.active = data.activations.filter((a) => a > 0).length;
  data.errors = errorsByRank(data);
  data.length = Math.sqrt(squaredError(data.patch, new Float64Array(data.patch.length)));
  data.ranks = Float64Array.from(data.order, (_, k) => k + 1);
  return data;
}

function showRank(player, rank) {
  const { data, parts } = player;
  const size = data.patchSize;
  const total = sumOfRanks(data, rank);
  const unit = data.order[rank - 1];
  const activation = data.activations[unit];
  const error = data.errors[rank - 1];
  const start = unit * data.patch.length;

  paint(parts.reconstruction, size, size, (i) => plainByte(total[i]));
  paint(parts.residual, size, size, (i) => signedByte(data.patch[i] - clamp(total[i], 0, 1)));
  paint(parts.output, size, size, (i) => signedByte(activation * data.weights[start + i]));
  paintFilter(parts.filter, data.weights, unit, size);

  const before = rank > 1 ? data.errors[rank - 2] : data.length;
  parts.rank.textContent = `${rank} of ${data.order.length}`;
  parts.unit.textContent = unit;
  parts.activation.textContent = activation > 0 ? activation.toFixed(4) : "0 (not active)";
  parts.error.textContent = error.toFixed(4);
  parts.removed.textContent = data.length ? `${(((before - error) / data.length) * 100).toFixed(1)} %` : "–";
  parts.psnr.textContent = error > 0
    ? `${(-10 * Math.log10(error ** 2 / data.patch.length)).toFixed(1)} dB`
    : "exact";
  parts.sumCaption.textContent = rank === 1 ? "Rank 1 alone" : `Sum of ranks 1–${rank}`;
  parts.filterCaption.textContent = `Filter of unit ${unit}`;
  Object.assign(parts.root.dataset, { rank, ranks: data.order.length, error: error.toFixed(6) });
  showCurve(player, rank);

  sessionStorage.setItem(RANK_MEMORY, rank);
  rememberInLink("k", rank);
  tell("rank", { rank, unit, active: activation > 0 });
}

function showCurve(player, rank) {
  const { data, parts } = player;
  const most = Math.max(data.errors[0], data.meanError[0], 0.1);
  player.box = drawChart(parts.chart, {
    xMin: 1,
    xMax: data.order.length,
    yMax: most * 1.05,
    xLabel: "rank k: number of units summed",
    yLabel: "error",
    series: [
      { name: "mean", x: data.ranks, y: data.meanError, kind: "second" },
      { name: "patch", x: data.ranks, y: data.errors, kind: "main" },
    ],
    marker: { x: rank, y: data.errors[rank - 1] },
  });
}

function makePlayer(parentElement) {
  const parts = byPart(parentElement);
  parts.root = parentElement.querySelector("[data-testid=rank-player]");
  const player = { parts, data: null };
  player.transport = makeTransport(parts.root, parts, (rank) => showRank(player, rank));

  const pick = (event) => {
    const { left, right } = player.box;
    const share = (event.clientX - parts.chart.getBoundingClientRect().left - left) / (right - left);
    player.transport.stop();
    player.transport.setRank(1 + share * (player.data.order.length - 1));
  };
  parts.chart.onpointerdown = (event) => {
    parts.chart.setPointerCapture(event.pointerId);
    pick(event);
  };
  parts.chart.onpointermove = (event) => event.buttons && pick(event);

  const silence = hear("go-to-unit", ({ unit }) => {
    player.transport.stop();
    player.transport.setRank(player.data.order.indexOf(unit) + 1);
    parts.root.focus({ preventScroll: true });
  });
  const watcher = new ResizeObserver(() => player.data && showCurve(player, player.transport.rank));
  watcher.observe(parts.chart);
  player.leave = () => {
    player.transport.stop();
    silence();
    watcher.disconnect();
  };
  return player;
}

export default function ({ data: bytes, parentElement }) {
  const player = instanceOf(parentElement, () => makePlayer(parentElement));
  const { parts, transport } = player;
  const first = player.data === null;
  player.data = prepare(bytes);
  const { data } = player;
  paint(parts.patch, data.patchSize, data.patchSize, (i) => plainByte(data.patch[i]));
  parts.active.textContent =
    `${data.active} of ${data.order.length} units are active; after rank ${data.active} nothing changes.`;
  transport.setRange(data.order.length, data.active);
  const remembered = Number(sessionStorage.getItem(RANK_MEMORY)) || FIRST_RANK;
  transport.setRank(first ? (data.rank ?? remembered) : transport.rank);
  return player.leave;
}
