// What the image player draws: the picture, what stands beside it, its numbers and its plots.

const PROGRESS_REST = 300; // ms
const decibels = (squared, values) => -10 * Math.log10(squared / values);
const inWords = (psnr) => (Number.isFinite(psnr) ? `${psnr.toFixed(1)} dB` : "exact");
const grouped = (number) => Math.round(number).toLocaleString("en");

// How many units each tile shall use: the same for all, or one number a tile.
function ranksWanted(player) {
  const { mode, coding, transport } = player;
  if (!coding.done || mode === "rank" || mode === "unit") return transport.rank;
  if (mode === "budget") {
    player.order ??= orderSteps(coding);
    return spendUnits(player.order, coding.tiling.count, player.budget);
  }
  return player.needed.map((units) => (units < 0 ? coding.units : units));
}

// Move all sums to where they shall be and paint what has changed.
function draw(player) {
  const { job, coding, canvas, parts } = player;
  if (!coding?.blocks.length) return;
  const wanted = ranksWanted(player);
  for (const block of coding.blocks) {
    const rankOf = typeof wanted === "number" ? () => wanted : (i) => wanted[block.first + i];
    moveSums(block, job.weights, rankOf);
  }
  let total = { squared: 0, absolute: 0 };
  if (coding.tiling.overlapping) {
    if (!coding.done) return showProgress(player);
    total = paintMean(job, coding.tiling, coding.blocks, player.mean, canvas);
  } else {
    for (const block of coding.blocks) {
      paintOwn(job, coding.tiling, block, canvas);
      for (let i = 0; i < block.tiles; i++) {
        total.squared += block.squaredOf[i];
        total.absolute += block.absoluteOf[i];
      }
    }
  }
  parts.reconstruction.getContext("2d").putImageData(canvas.reconstructionData, 0, 0);
  drawBeside(player);
  if (coding.done) showNumbers(player, total);
  else showProgress(player);
}

// While blocks still come in: the first at once, then only now and then, because the workers need the processors.
function drawLater(player) {
  const wait = player.coding.blocks.length > 1 ? PROGRESS_REST : 0;
  player.drawing ??= setTimeout(() => {
    player.drawing = null;
    if (!player.coding.done) draw(player);
  }, wait);
}

function drawBeside(player) {
  const { job, coding, canvas, parts, mode } = player;
  const { tiling } = coding;
  const view = parts.view.value;
  const context = parts.beside.getContext("2d");
  parts.scale.replaceChildren();
  if (view === "residual") {
    parts.scale.textContent = "grey: nothing is missing";
    context.putImageData(canvas.residualData, 0, 0);
    return;
  }
  if (view === "original") {
    context.drawImage(parts.picture, 0, 0);
    return;
  }
  if (!coding.done) return;
  const values = tileValues(player, view);
  const most = largest(values);
  paintMap(job, tiling, canvas.map, (tile) => values[tile], most);
  context.putImageData(canvas.mapData, 0, 0);
  if (view === "unit") showLegend(parts.scale, "rank 1", `${most}`, "dark grey: silent");
  else
    showLegend(parts.scale, 0, `${most} units`, mode === "needed" && view === "used" ? "striped: never" : "");
}

// The largest of the values that are there, at least 1.
function largest(values) {
  let most = 1;
  for (const value of values) if (value > most) most = value;
  return most;
}

// A number for each tile of the map that is shown; null where a unit is silent, -1 where a bound is never reached.
function tileValues(player, view) {
  const { coding, mode } = player;
  if (view === "unit") return Array.from(player.firing, (rank) => rank || null);
  if (view === "used" && mode === "needed") return player.needed;
  const values = new Int16Array(coding.tiling.count);
  for (const { first, tiles, at, starts } of coding.blocks) {
    for (let i = 0; i < tiles; i++) values[first + i] = view === "used" ? at[i] : starts[i + 1] - starts[i];
  }
  return values;
}

function showProgress({ coding, parts }) {
  const percent = Math.floor((100 * coding.tilesDone) / coding.tiling.count);
  parts.caption.textContent = `Decomposing ${grouped(coding.tiling.count)} patches: ${percent} %`;
}

function showNumbers(player, { squared, absolute }) {
  const { job, coding, parts, mode, transport } = player;
  const values = job.picture.length;
  const psnr = decibels(squared, values);
  let spent = 0;
  for (const { at } of coding.blocks) for (const units of at) spent += units;
  player.now = { psnr, spent };
  const head =
    { budget: "Budget", needed: "As many as needed" }[mode] ?? `Rank ${transport.rank} of ${coding.units}`;
  parts.rebuiltLabel.textContent = mode === "rank" || mode === "unit" ? `rank ${transport.rank}` : "rebuilt";
  parts.caption.textContent =
    `${head}: PSNR ${inWords(psnr)}, mean error ${((100 * absolute) / values).toFixed(2)} % of full brightness, ` +
    `${grouped(spent)} units in all, ${(spent / coding.tiling.count).toFixed(1)} a patch`;
  Object.assign(parts.root.dataset, { psnr: psnr.toFixed(4), units: spent });
  showComparison(player);
  whenIdle(player, () => showPlots(player));
}

// The budget beside the same rank everywhere at the same cost.
function showComparison(player) {
  const { job, coding, parts, mode, budget, now } = player;
  if (mode !== "budget" || !coding.qualityKnown) {
    parts.comparison.textContent = "";
    return;
  }
  const rank = rankFor(coding, budget);
  const even = decibels(coding.squared[rank], job.picture.length);
  const more = now.psnr - even;
  parts.comparison.textContent =
    `The same rank everywhere, ${rank}, costs ${grouped(costOf(coding, rank))} units and gives ${inWords(even)}. ` +
    (Number.isFinite(more)
      ? `Spent where they help most: ${more >= 0 ? "+" : "−"}${Math.abs(more).toFixed(2)} dB.`
      : "");
  parts.root.dataset.even = even.toFixed(4);
}

function showPlots(player) {
  const { coding, parts, mode } = player;
  if (!coding?.done) return;
  showCurve(player);
  // The same rank everywhere would be a single bar: how many units are active at all says more.
  const view = { rank: "active", unit: "unit" }[mode] ?? "used";
  const values = tileValues(player, view);
  const words = {
    active: "active units of a patch",
    unit: `rank of unit ${player.unit}`,
    used: "units used by a patch",
  }[view];
  showHistogram(parts.histogram, values, largest(values), words);
  parts.histogramWords.textContent =
    mode === "needed" && player.never ? `${grouped(player.never)} patches never come under the bound` : "";
}

function showCurve(player) {
  const { job, coding, parts, mode, transport, now } = player;
  if (!coding.qualityKnown) return;
  const values = job.picture.length;
  const most = Math.max(1, coding.deepest);
  const ranks = Float64Array.from({ length: most }, (_, k) => k + 1);
  const shown = (squared) => Math.min(99, decibels(squared, values));
  const even = ranks.map((k) => shown(coding.squared[k]));
  const series = [{ name: "even", x: ranks, y: even, kind: "main" }];
  const compared = mode === "budget" && !coding.tiling.overlapping;
  if (compared) {
    player.best ??= bestSquared(coding, player.order);
    series.unshift({ name: "best", x: ranks, y: ranks.map((k) => shown(player.best[k])), kind: "second" });
  } else series.unshift({ name: "best", x: [], y: [], kind: "second" });
  const rank = mode === "rank" || mode === "unit" ? transport.rank : rankFor(coding, now.spent);
  player.box = drawChart(parts.chart, {
    xMin: 1,
    xMax: most,
    yMax: Math.max(1, ...even, ...series[0].y) * 1.08,
    xLabel:
      mode === "budget"
        ? "rank k that the same units would pay for everywhere"
        : "rank k: units summed in every patch",
    yLabel: "PSNR in dB",
    series,
    marker: { x: clamp(rank, 1, most), y: Math.min(99, now.psnr) },
  });
  parts.legend.innerHTML = `<span>same rank everywhere</span>${compared ? '<span class="second">spent where they help most</span>' : ""}`;
}
