// What the model makes of each tile of a picture: the same as model/coding/picture_code.py and
// model/analysis/picture_quality.py. Runs in workers.

import { clamp } from "../shared/clamp.js";
import { fillPreActivations, rankUnits } from "../shared/code.js";
import { Pursuer } from "../shared/pursuit.js";

/** @import { Floats } from "../shared/code.js" */
/** @import { PictureState } from "../shared/events.js" */
/** @import { Tiling } from "./tiling.js" */

/**
 * The code of some rows of tiles: one tile after another in flat arrays.
 * @typedef {object} Block
 * @property {number} from first row of tiles
 * @property {number} tiles how many
 * @property {Uint32Array} starts (tiles + 1,): tile i has units and activations from starts[i] to starts[i + 1], and
 *   errors from starts[i] + i on, because they begin with rank 0
 * @property {Uint16Array} units the active ones by rank
 * @property {Float32Array} activations theirs
 * @property {Float32Array} errors L2 norm of the residual at ranks 0 to that of the last active unit
 * @property {Uint32Array} stepStarts (tiles + 1,): tile i has steps from stepStarts[i] to stepStarts[i + 1]
 * @property {Float32Array} gains squared error that each unit of a step takes away, on average; falling in a tile
 * @property {Uint16Array} lengths of steps, in units
 * @property {Float64Array} squared (units + 1,): squared error of what the tiles paint, at each rank from 0
 * @property {Float64Array} activeAt (units + 1,): how many tiles have so many active units
 *
 * Room for one tile, used again for the next one.
 * @typedef {object} Room
 * @property {Float64Array} patch (inputs,)
 * @property {Float64Array} total (inputs,)
 * @property {Float64Array} preActivations (units,)
 * @property {Uint16Array} order (units,)
 * @property {Float32Array} activations (units,) by rank
 * @property {Float64Array} whole (units + 1,): squared error at each rank from 0
 * @property {Float64Array} painted the same over the part that the tile paints
 * @property {Uint16Array} corners (units + 1,)
 *
 * How the units of tiles are chosen.
 * @typedef {object} TileEncoder
 * @property {Floats} weights that decode the codes
 * @property {(room: Room) => number} rank fills order and activations of a room from its patch; how many are active
 */

/**
 * @param {Float32Array} weights that decode the codes of a picture, as `Encoder` has them
 * @param {number} inputs
 * @param {boolean} pursuing whether units are chosen one after another
 * @returns {TileEncoder}
 */
export function tileEncoder(weights, inputs, pursuing) {
  const precise = Float64Array.from(weights); // no conversion at every multiplication
  if (!pursuing) return { weights: precise, rank: (room) => rankAtOnce(room, precise) };
  const pursuer = new Pursuer(precise, inputs);
  return {
    weights: precise,
    rank({ patch, preActivations, order, activations }) {
      fillPreActivations(patch, precise, preActivations);
      return pursuer.choose(preActivations, order, activations);
    },
  };
}

/**
 * @param {Room} room
 * @param {Floats} weights
 */
function rankAtOnce({ patch, preActivations, order, activations }, weights) {
  const active = rankUnits(patch, weights, preActivations, order);
  for (let k = 0; k < active; k++) activations[k] = Math.min(1, preActivations[order[k]]);
  return active;
}

/**
 * Decompose the tiles of some rows of tiles and measure them.
 * @param {PictureState} picture
 * @param {Tiling} tiling
 * @param {TileEncoder} encoder
 * @param {number} from first row of tiles
 * @param {number} to the row after the last
 * @returns {Block}
 */
export function encodeRows(picture, tiling, { weights, rank }, from, to) {
  const { patchSize } = picture;
  const units = weights.length / (3 * patchSize ** 2);
  const { down, across, own } = tiling;
  const block = emptyBlock(from, (to - from) * across.length, units);
  const room = newRoom(3 * patchSize ** 2, units);
  const { order, whole, painted } = room;
  for (let i = 0; i < block.tiles; i++) {
    const [d, a] = [from + Math.floor(i / across.length), i % across.length];
    cutTile(picture, down[d], across[a], room.patch);
    const active = rank(room);
    const start = block.starts[i];
    block.starts[i + 1] = start + active;
    block.units.set(order.subarray(0, active), start);
    block.activations.set(room.activations.subarray(0, active), start);
    measureTile(room, weights, active, own.down[d], own.across[a], patchSize);
    for (let k = 0; k <= active; k++) block.errors[start + i + k] = Math.sqrt(whole[k]);
    const step = block.stepStarts[i];
    const [gains, lengths] = [block.gains.subarray(step), block.lengths.subarray(step)];
    block.stepStarts[i + 1] = step + hullSteps(painted, active, room.corners, gains, lengths);
    for (let k = 0; k <= units; k++) block.squared[k] += painted[Math.min(k, active)];
    block.activeAt[active] += 1;
  }
  return trimmed(block);
}

/**
 * @param {number} inputs
 * @param {number} units
 * @returns {Room}
 */
function newRoom(inputs, units) {
  return {
    patch: new Float64Array(inputs),
    total: new Float64Array(inputs),
    preActivations: new Float64Array(units),
    order: new Uint16Array(units),
    activations: new Float32Array(units),
    whole: new Float64Array(units + 1),
    painted: new Float64Array(units + 1),
    corners: new Uint16Array(units + 1),
  };
}

/**
 * @param {PictureState} picture
 * @param {number} top
 * @param {number} left
 * @param {Float64Array} patch is filled
 */
function cutTile({ picture, width, patchSize }, top, left, patch) {
  for (let row = 0, j = 0; row < patchSize; row++) {
    let at = 3 * ((top + row) * width + left);
    for (const end = j + 3 * patchSize; j < end; j++, at++) patch[j] = picture[at] / 256;
  }
}

/**
 * Fill the room's squared errors of a tile whose units are ranked.
 * @param {Room} room
 * @param {Floats} weights
 * @param {number} active how many units are active
 * @param {number} ownRow first row inside of the tile that it paints
 * @param {number} ownCol first column inside of the tile that it paints
 * @param {number} patchSize
 */
function measureTile(room, weights, active, ownRow, ownCol, patchSize) {
  const { patch, total, order, activations, whole, painted } = room;
  const inputs = patch.length;
  total.fill(0);
  for (let k = 0; k <= active; k++) {
    const activation = k ? activations[k - 1] : 0;
    const filter = k ? order[k - 1] * inputs : 0;
    let squared = 0;
    for (let j = 0; j < inputs; j++) {
      const sum = total[j] + activation * weights[filter + j];
      total[j] = sum;
      // Limited to [0, 1] without a branch, whose outcome a processor could not foresee.
      const residual = patch[j] - 0.5 * (Math.abs(sum) - Math.abs(sum - 1) + 1);
      squared += residual * residual;
    }
    whole[k] = squared;
    painted[k] = ownRow || ownCol ? squaredOwn(patch, total, ownRow, ownCol, patchSize) : squared;
  }
}

/**
 * @param {Float64Array} patch
 * @param {Float64Array} total
 * @param {number} ownRow
 * @param {number} ownCol
 * @param {number} patchSize
 * @returns {number} squared error of the part of a tile that it paints
 */
function squaredOwn(patch, total, ownRow, ownCol, patchSize) {
  let squared = 0;
  for (let row = ownRow; row < patchSize; row++) {
    for (let j = 3 * (row * patchSize + ownCol); j < 3 * (row + 1) * patchSize; j++) {
      const residual = patch[j] - clamp(total[j], 0, 1);
      squared += residual * residual;
    }
  }
  return squared;
}

/**
 * The sides of the lower convex hull of a tile's squared errors, as steps.
 * @param {ArrayLike<number>} errors at ranks 0 to `active`
 * @param {number} active
 * @param {Uint16Array} corners room for active + 1 ranks
 * @param {Float32Array} gains is filled with what each unit of a step takes away, on average; falling
 * @param {Uint16Array} lengths is filled with how many units each step has
 * @returns {number} how many steps there are
 */
export function hullSteps(errors, active, corners, gains, lengths) {
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

/**
 * A block with room for all units of each tile.
 * @param {number} from
 * @param {number} tiles
 * @param {number} units
 * @returns {Block}
 */
function emptyBlock(from, tiles, units) {
  const most = tiles * units;
  return {
    from,
    tiles,
    starts: new Uint32Array(tiles + 1),
    units: new Uint16Array(most),
    activations: new Float32Array(most),
    errors: new Float32Array(most + tiles),
    stepStarts: new Uint32Array(tiles + 1),
    gains: new Float32Array(most),
    lengths: new Uint16Array(most),
    squared: new Float64Array(units + 1),
    activeAt: new Float64Array(units + 1),
  };
}

/**
 * @param {Block} block
 * @returns {Block} without the room that is left
 */
function trimmed(block) {
  const used = block.starts[block.tiles];
  const steps = block.stepStarts[block.tiles];
  return {
    ...block,
    units: block.units.slice(0, used),
    activations: block.activations.slice(0, used),
    errors: block.errors.slice(0, used + block.tiles),
    gains: block.gains.slice(0, steps),
    lengths: block.lengths.slice(0, steps),
  };
}
