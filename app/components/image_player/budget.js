// Where a number of units helps most: the same as best_ranks in model/analysis/picture_quality.py.

/** @import { PictureCode } from "./picture_code.js" */

/**
 * Steps of all tiles in the order in which they are taken.
 * @typedef {object} Steps
 * @property {Uint32Array} tiles
 * @property {Uint16Array} lengths in units
 * @property {Float32Array} gains squared error that each unit takes away, on average
 */

const MOST_TILES = 2 ** 20;
const INFINITE = 0x7f800000; // the bits of the largest float

/**
 * @param {PictureCode} code
 * @param {number} rank
 * @returns {number} how many units all tiles use together with so many each, as far as they have them
 */
export function costOf({ activeAt }, rank) {
  return activeAt.reduce((units, tiles, active) => units + tiles * Math.min(rank, active), 0);
}

/**
 * @param {PictureCode} code
 * @param {number} budget
 * @returns {number} the largest rank that can be had everywhere for so many units
 */
export function rankFor(code, budget) {
  let rank = 0;
  while (rank < code.units && costOf(code, rank + 1) <= budget) rank += 1;
  return rank;
}

/**
 * All steps of all tiles by falling gain, equal ones in order of the tiles. They are sorted as one number each, whose
 * upper part is the gain and whose lower part is the tile: far faster than with a function.
 * @param {PictureCode} code of at most 2 ** 20 tiles
 * @returns {Steps}
 */
export function orderSteps({ blocks, tiling }) {
  const keys = sortedKeys(blocks);
  const places = new Uint32Array(tiling.count); // of each tile's next step in its block
  const blockOf = new Uint16Array(tiling.count);
  blocks.forEach(({ first, tiles, stepStarts }, b) => {
    places.set(stepStarts.subarray(0, tiles), first);
    blockOf.fill(b, first, first + tiles);
  });
  const steps = {
    tiles: new Uint32Array(keys.length),
    lengths: new Uint16Array(keys.length),
    gains: new Float32Array(keys.length),
  };
  for (let i = 0; i < keys.length; i++) {
    const tile = keys[i] % MOST_TILES;
    const block = blocks[blockOf[tile]];
    const step = places[tile]++;
    steps.tiles[i] = tile;
    steps.lengths[i] = block.lengths[step];
    steps.gains[i] = block.gains[step];
  }
  return steps;
}

/**
 * @param {PictureCode["blocks"]} blocks
 * @returns {Float64Array} one key for each step
 */
function sortedKeys(blocks) {
  const keys = new Float64Array(blocks.reduce((sum, { gains }) => sum + gains.length, 0));
  const float = new Float32Array(1);
  const bits = new Uint32Array(float.buffer);
  let at = 0;
  for (const { first, tiles, stepStarts, gains } of blocks) {
    for (let i = 0; i < tiles; i++) {
      for (let step = stepStarts[i]; step < stepStarts[i + 1]; step++) {
        float[0] = gains[step];
        keys[at++] = (INFINITE - bits[0]) * MOST_TILES + first + i;
      }
    }
  }
  return keys.sort();
}

/**
 * Spend a number of units where they help most. A step that does not fit any more ends its tile.
 * @param {Steps} steps
 * @param {number} count of tiles
 * @param {number} budget
 * @returns {Uint16Array} (tiles,) how many units each tile gets
 */
export function spendUnits(steps, count, budget) {
  const ranks = new Uint16Array(count);
  const ended = new Uint8Array(count);
  for (let i = 0, left = budget; i < steps.tiles.length && left > 0; i++) {
    const tile = steps.tiles[i];
    if (ended[tile]) continue;
    if (steps.lengths[i] > left) ended[tile] = 1;
    else {
      ranks[tile] += steps.lengths[i];
      left -= steps.lengths[i];
    }
  }
  return ranks;
}

/**
 * The squared error that is left when as many units are spent as each rank costs everywhere.
 * @param {PictureCode} code whose tiles lie side by side
 * @param {Steps} steps
 * @returns {Float64Array} (units + 1,) at each rank from 0
 */
export function bestSquared(code, steps) {
  const left = new Float64Array(code.units + 1);
  let spent = 0;
  let squared = code.squared[0];
  let step = 0;
  for (let k = 0; k <= code.units; k++) {
    const budget = costOf(code, k);
    for (; step < steps.tiles.length && spent + steps.lengths[step] <= budget; step++) {
      spent += steps.lengths[step];
      squared -= steps.lengths[step] * steps.gains[step];
    }
    left[k] = Math.max(0, squared);
  }
  return left;
}
