// Workers decompose a picture while the page stays free; here their answers are gathered.

const TILES_A_BLOCK = 1024;
const MOST_WORKERS = 4;
const WORKER_PARTS = [
  clamp,
  tileStarts,
  tilingOf,
  rankUnits,
  sortActive,
  errorsOfTile,
  hullSteps,
  emptyBlock,
  trimBlock,
  cutTile,
  encodeRows,
  workOn,
  sweepRanks,
  prepareSums,
  moveSums,
  meanCanvas,
  byteOf,
  signedByteOf,
  paintMean,
];

// Decompose the picture of `job` { picture, height, width, patchSize, stride, weights }. onBlock() is called after
// each block of tiles, onQuality() once the quality at every rank is known. Returns what grows:
// { tiling, units, blocks, tilesDone, deepest, done, squared, activeAt, stop }; blocks are in order of the picture.
function startCoding(job, onBlock, onQuality, onFailure) {
  const tiling = tilingOf(job);
  const units = job.weights.length / (3 * job.patchSize ** 2);
  const totals = () => new Float64Array(units + 1);
  const coding = { tiling, units, blocks: [], tilesDone: 0, deepest: 0, done: false, qualityKnown: false };
  Object.assign(coding, { squared: totals(), activeAt: totals() });
  const rows = Math.max(1, Math.floor(TILES_A_BLOCK / tiling.across.length));
  const shares = [];
  for (let from = 0; from < tiling.down.length; from += rows) {
    shares.push([from, Math.min(from + rows, tiling.down.length)]);
  }
  const processors = Math.min(MOST_WORKERS, navigator.hardwareConcurrency || 2);
  const workers = tiling.overlapping ? 1 : Math.min(processors, shares.length);
  const source = `const OPAQUE = ${OPAQUE};
    ${WORKER_PARTS.map(String).join("\n")}
    onmessage = ({ data }) => workOn(data, (message, buffers) => postMessage(message, buffers ?? []));`;
  const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const take = ({ data }) => {
    if (data.block) {
      takeBlock(coding, job, data.block);
      coding.qualityKnown = coding.done && !tiling.overlapping;
      onBlock();
    } else {
      Object.assign(coding, { squared: data.squared, qualityKnown: true });
    }
    if (!coding.qualityKnown) return;
    coding.stop(); // their memory is large
    onQuality();
  };
  const team = Array.from({ length: workers }, (_, w) => {
    const worker = new Worker(address);
    worker.onmessage = take;
    worker.onerror = onFailure;
    worker.postMessage({ ...job, shares: shares.filter((_, i) => i % workers === w) });
    return worker;
  });
  coding.stop = () => {
    for (const worker of team) worker.terminate();
    URL.revokeObjectURL(address);
  };
  return coding;
}

function takeBlock(coding, job, block) {
  const { blocks, tiling } = coding;
  block.first = block.from * tiling.across.length; // number of its first tile
  prepareSums(block, job.patchSize);
  blocks.push(block);
  blocks.sort((a, b) => a.first - b.first);
  coding.tilesDone += block.tiles;
  for (let i = 0; i < block.tiles; i++) {
    coding.deepest = Math.max(coding.deepest, block.starts[i + 1] - block.starts[i]);
  }
  coding.done = coding.tilesDone === tiling.count;
  for (const name of ["squared", "activeAt"]) {
    block[name].forEach((value, k) => (coding[name][k] += value));
  }
}

// How many units all tiles use together with `rank` each, as far as they have them.
function costOf({ activeAt }, rank) {
  let units = 0;
  activeAt.forEach((tiles, active) => (units += tiles * Math.min(rank, active)));
  return units;
}

// The largest rank that can be had everywhere for a number of units.
function rankFor(coding, budget) {
  let rank = 0;
  while (rank < coding.units && costOf(coding, rank + 1) <= budget) rank += 1;
  return rank;
}

// All steps of all tiles by falling gain, equal ones in order of the tiles: as model/analysis/picture_quality.py has them.
// They are sorted as one number each, whose upper part is the gain and whose lower part is the tile.
function orderSteps({ blocks, tiling }) {
  const count = blocks.reduce((sum, { gains }) => sum + gains.length, 0);
  const keys = new Float64Array(count);
  const places = new Uint32Array(tiling.count); // of each tile's next step in its block
  const TILES = 2 ** 20;
  const [INFINITE, float] = [0x7f800000, new Float32Array(1)];
  const bits = new Uint32Array(float.buffer);
  let at = 0;
  for (const block of blocks) {
    for (let i = 0; i < block.tiles; i++) {
      places[block.first + i] = block.stepStarts[i];
      for (let step = block.stepStarts[i]; step < block.stepStarts[i + 1]; step++) {
        float[0] = block.gains[step];
        keys[at++] = (INFINITE - bits[0]) * TILES + block.first + i;
      }
    }
  }
  keys.sort();
  const blockOf = new Uint16Array(tiling.count);
  blocks.forEach((block, b) => blockOf.fill(b, block.first, block.first + block.tiles));
  const order = {
    tiles: new Uint32Array(count),
    lengths: new Uint16Array(count),
    gains: new Float32Array(count),
  };
  for (let i = 0; i < count; i++) {
    const tile = keys[i] % TILES;
    const block = blocks[blockOf[tile]];
    const step = places[tile]++;
    order.tiles[i] = tile;
    order.lengths[i] = block.lengths[step];
    order.gains[i] = block.gains[step];
  }
  return order;
}

// Spend a number of units where they help most: how many each tile gets. A step that does not fit ends its tile.
function spendUnits(order, count, budget) {
  const ranks = new Uint16Array(count);
  const ended = new Uint8Array(count);
  for (let i = 0, left = budget; i < order.tiles.length && left > 0; i++) {
    const tile = order.tiles[i];
    if (ended[tile]) continue;
    if (order.lengths[i] > left) ended[tile] = 1;
    else {
      ranks[tile] += order.lengths[i];
      left -= order.lengths[i];
    }
  }
  return ranks;
}

// The squared error that is left when as much is spent as each rank from 0 costs everywhere.
function bestSquared(coding, order) {
  const left = new Float64Array(coding.units + 1);
  let [spent, squared, step] = [0, coding.squared[0], 0];
  for (let k = 0; k <= coding.units; k++) {
    for (
      const budget = costOf(coding, k);
      step < order.tiles.length && spent + order.lengths[step] <= budget;
      step++
    ) {
      spent += order.lengths[step];
      squared -= order.lengths[step] * order.gains[step];
    }
    left[k] = Math.max(0, squared);
  }
  return left;
}

// How many units bring each tile's error to `bound` or under it; -1 where all do not.
function unitsNeeded({ blocks, tiling }, bound) {
  const needed = new Int16Array(tiling.count);
  for (const { first, tiles, starts, errors } of blocks) {
    for (let i = 0; i < tiles; i++) {
      const active = starts[i + 1] - starts[i];
      let k = 0;
      while (k <= active && errors[starts[i] + i + k] > bound) k += 1;
      needed[first + i] = k <= active ? k : -1;
    }
  }
  return needed;
}

// The rank at which a unit fires in each tile, 0 where it is silent.
function ranksOfUnit({ blocks, tiling }, unit) {
  const ranks = new Uint16Array(tiling.count);
  for (const { first, tiles, starts, units } of blocks) {
    for (let i = 0; i < tiles; i++) {
      for (let at = starts[i]; at < starts[i + 1]; at++) {
        if (units[at] === unit) ranks[first + i] = at - starts[i] + 1;
      }
    }
  }
  return ranks;
}
