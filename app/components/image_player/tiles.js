// Where the patches of a picture lie, and what the model makes of each: the same as model/coding/picture_code.py and
// model/analysis/picture_quality.py. All of this also runs in workers, so it uses nothing of the page but
// clamp() and the encoder of shared/code.js.

function tileStarts(length, size, stride) {
  const starts = [];
  for (let at = 0; at + size <= length; at += stride) starts.push(at);
  if (starts[starts.length - 1] + size < length) starts.push(length - size);
  return starts;
}

// `own` is how far each row or column of tiles has been covered by the one before it, where they lie side by side.
function tilingOf({ height, width, patchSize, stride }) {
  const overlapping = stride < patchSize;
  const covered = (starts) =>
    starts.map((at, i) => (overlapping || i === 0 ? 0 : Math.max(0, starts[i - 1] + patchSize - at)));
  const down = tileStarts(height, patchSize, stride);
  const across = tileStarts(width, patchSize, stride);
  const own = { down: covered(down), across: covered(across) };
  return { overlapping, down, across, own, count: down.length * across.length };
}

// The squared error of a patch at every rank from 0: over all of it, and over the part that it paints.
function errorsOfTile(tile, weights, order, activations, active, ownRow, ownCol, patchSize) {
  const { patch, total, whole, painted } = tile;
  const inputs = patch.length;
  total.fill(0);
  for (let k = 0; k <= active; k++) {
    const activation = k ? activations[k - 1] : 0;
    const filter = k ? order[k - 1] * inputs : 0;
    let squared = 0;
    for (let j = 0; j < inputs; j++) {
      const sum = (total[j] += activation * weights[filter + j]);
      // Clamped to [0, 1] without a branch, whose outcome a processor could not foresee.
      const residual = patch[j] - 0.5 * (Math.abs(sum) - Math.abs(sum - 1) + 1);
      squared += residual * residual;
    }
    whole[k] = painted[k] = squared;
    if (!ownRow && !ownCol) continue;
    painted[k] = 0;
    for (let row = ownRow; row < patchSize; row++) {
      for (let j = 3 * (row * patchSize + ownCol); j < 3 * (row + 1) * patchSize; j++) {
        const residual = patch[j] - clamp(total[j], 0, 1);
        painted[k] += residual * residual;
      }
    }
  }
}

// The sides of the lower convex hull of errors at ranks 0 to `active`, as steps whose gain a unit falls. Returns
// how many there are.
function hullSteps(errors, active, corners, gains, lengths) {
  let least = 0;
  for (let k = 1; k <= active; k++) if (errors[k] < errors[least]) least = k;
  let last = 0;
  corners[0] = 0;
  for (let k = 1; k <= least; k++) {
    while (last > 0) {
      const [a, b] = [corners[last - 1], corners[last]];
      if ((errors[a] - errors[b]) * (k - b) >= (errors[b] - errors[k]) * (b - a)) break;
      last -= 1;
    }
    corners[++last] = k;
  }
  for (let step = 0; step < last; step++) {
    const [a, b] = [corners[step], corners[step + 1]];
    gains[step] = (errors[a] - errors[b]) / (b - a);
    lengths[step] = b - a;
  }
  return last;
}

// Room for what is known of `tiles` tiles, one after another in flat arrays: each one's active units by rank and their
// activations begin at starts[i], its errors at starts[i] + i (because rank 0 counts), its steps at stepStarts[i].
// The squared error of what is painted, and how many tiles have so many active units, are sums over all of them.
function emptyBlock(from, to, tiles, units) {
  const most = tiles * units;
  const totals = () => new Float64Array(units + 1);
  return {
    from,
    to,
    tiles,
    starts: new Uint32Array(tiles + 1),
    units: new Uint16Array(most),
    activations: new Float32Array(most),
    errors: new Float32Array(most + tiles),
    stepStarts: new Uint32Array(tiles + 1),
    gains: new Float32Array(most),
    lengths: new Uint16Array(most),
    squared: totals(),
    activeAt: totals(),
  };
}

function trimBlock(block) {
  const used = block.starts[block.tiles];
  const steps = block.stepStarts[block.tiles];
  const sizes = { units: used, activations: used, errors: used + block.tiles, gains: steps, lengths: steps };
  for (const [name, size] of Object.entries(sizes)) block[name] = block[name].slice(0, size);
  return block;
}

function cutTile({ picture, width, patchSize }, top, left, patch) {
  for (let row = 0, j = 0; row < patchSize; row++) {
    let at = 3 * ((top + row) * width + left);
    for (const end = j + 3 * patchSize; j < end; j++, at++) patch[j] = picture[at] / 256;
  }
}

// Decompose the tiles of some rows of tiles and measure them.
function encodeRows(job, tiling, from, to) {
  const { patchSize, weights } = job;
  const inputs = 3 * patchSize ** 2;
  const units = weights.length / inputs;
  const { down, across, own } = tiling;
  const block = emptyBlock(from, to, (to - from) * across.length, units);
  const doubles = (count) => new Float64Array(count);
  const patch = doubles(inputs);
  const tile = { patch, total: doubles(inputs), whole: doubles(units + 1), painted: doubles(units + 1) };
  const preActivations = doubles(units);
  const order = new Uint16Array(units);
  const corners = new Uint16Array(units + 1);
  for (let i = 0; i < block.tiles; i++) {
    const [d, a] = [from + Math.floor(i / across.length), i % across.length];
    cutTile(job, down[d], across[a], patch);
    const active = rankUnits(patch, weights, preActivations, order);
    const start = block.starts[i];
    block.starts[i + 1] = start + active;
    for (let k = 0; k < active; k++) {
      block.units[start + k] = order[k];
      block.activations[start + k] = Math.min(1, preActivations[order[k]]);
    }
    const ranked = block.activations.subarray(start, start + active);
    errorsOfTile(tile, weights, order, ranked, active, own.down[d], own.across[a], patchSize);
    for (let k = 0; k <= active; k++) block.errors[start + i + k] = Math.sqrt(tile.whole[k]);
    const step = block.stepStarts[i];
    const [gains, lengths] = [block.gains.subarray(step), block.lengths.subarray(step)];
    block.stepStarts[i + 1] = step + hullSteps(tile.painted, active, corners, gains, lengths);
    for (let k = 0; k <= units; k++) block.squared[k] += tile.painted[Math.min(k, active)];
    block.activeAt[active] += 1;
  }
  return trimBlock(block);
}

// What a worker does: its share of the rows of tiles, block by block. Where tiles overlap, one worker does them all
// and then puts the picture together at every rank, because its quality can't be told from single tiles.
function workOn(job, post) {
  const tiling = tilingOf(job);
  const exact = { ...job, weights: Float64Array.from(job.weights) };
  const kept = [];
  for (const [from, to] of job.shares) {
    const block = encodeRows(exact, tiling, from, to);
    if (tiling.overlapping) kept.push(block);
    const buffers = Object.values(block)
      .filter((value) => value.buffer)
      .map((value) => value.buffer);
    post({ block }, tiling.overlapping ? [] : buffers);
  }
  if (tiling.overlapping) sweepRanks(job, tiling, kept, post);
}

function sweepRanks(job, tiling, blocks, post) {
  const units = job.weights.length / (3 * job.patchSize ** 2);
  const squared = new Float64Array(units + 1);
  const canvas = meanCanvas(job, tiling);
  const deepest = Math.max(
    ...blocks.map(({ starts, tiles }) => {
      let most = 0;
      for (let i = 0; i < tiles; i++) most = Math.max(most, starts[i + 1] - starts[i]);
      return most;
    }),
  );
  for (const block of blocks) prepareSums(block, job.patchSize);
  for (let k = 0; k <= units; k++) {
    if (k <= deepest) {
      for (const block of blocks) moveSums(block, job.weights, () => k);
      squared[k] = paintMean(job, tiling, blocks, canvas, null).squared;
    } else squared[k] = squared[k - 1];
  }
  post({ squared });
}
