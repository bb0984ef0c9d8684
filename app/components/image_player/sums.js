// Every tile keeps the sum of its first units and moves it rank by rank; the picture is painted from these sums.
// Runs on the page and in workers.

/** @import { PictureState } from "../shared/events.js" */
/** @import { Block } from "./tiles.js" */
/** @import { Tiling } from "./tiling.js" */

/**
 * A block whose tiles have sums.
 * @typedef {object} Sums
 * @property {number} first number of its first tile
 * @property {Float32Array} sums (tiles, inputs), not limited to [0, 1]
 * @property {Uint16Array} at (tiles,) how many units each sum holds
 * @property {Uint8Array} changed (tiles,) 1 where the sum has changed since it was last painted
 * @property {Float64Array} squaredOf (tiles,) squared error of what each tile paints, when it was last painted
 * @property {Float64Array} absoluteOf (tiles,) sum of the absolute errors of the same
 * @typedef {Block & Sums} SummedBlock
 *
 * Pixels of the reconstruction and of the residual, each a 32-bit number: alpha, blue, green, red.
 * @typedef {{ reconstruction: Uint32Array, residual: Uint32Array }} Pixels
 *
 * Sums of errors over all values of a picture.
 * @typedef {{ squared: number, absolute: number }} Errors
 *
 * Room to put a picture together whose tiles overlap. A pixel is covered by as many tiles as the product of those that
 * cover its row and those that cover its column.
 * @typedef {object} MeanRoom
 * @property {Float32Array} values (height, width, 3), flat
 * @property {Uint16Array} coversRow (height,) rows of tiles
 * @property {Uint16Array} coversCol (width,) columns of tiles
 */

export const OPAQUE = 0xff000000;

/**
 * @param {number} value in [0, 1]
 * @returns {number} its byte, rounded
 */
function byteOf(value) {
  const byte = (256 * value + 0.5) | 0;
  return byte - (byte >> 8); // 1 would be 256
}

/**
 * @param {number} difference in [-1, 1]
 * @returns {number} its byte, rounded; no difference is the middle of grey
 */
function signedByteOf(difference) {
  if (difference > 0.494) return 255;
  return difference < -0.5 ? 0 : (128.5 + 256 * difference) | 0;
}

/**
 * @param {Block} block
 * @param {Tiling} tiling
 * @param {number} patchSize
 * @returns {SummedBlock} the block with sums of no units
 */
export function withSums(block, tiling, patchSize) {
  return {
    ...block,
    first: block.from * tiling.across.length,
    sums: new Float32Array(block.tiles * 3 * patchSize ** 2),
    at: new Uint16Array(block.tiles),
    changed: new Uint8Array(block.tiles).fill(1),
    squaredOf: new Float64Array(block.tiles),
    absoluteOf: new Float64Array(block.tiles),
  };
}

/**
 * Bring the sums of a block to other ranks: one unit is added, or taken away, a step. Where it is shorter, a sum begins
 * again from nothing, which also keeps rounding from piling up.
 * @param {SummedBlock} block
 * @param {Float32Array} weights (units, inputs), flat
 * @param {(i: number) => number} rankOf gives the rank of a tile, by its place in the block
 */
export function moveSums(block, weights, rankOf) {
  const { sums, at, starts, units, activations } = block;
  const inputs = sums.length / block.tiles;
  for (let i = 0; i < block.tiles; i++) {
    const start = starts[i];
    const to = Math.min(rankOf(i), starts[i + 1] - start);
    let k = at[i];
    if (k === to) continue;
    const sum = i * inputs;
    if (k - to > to) {
      sums.fill(0, sum, sum + inputs);
      k = 0;
    }
    for (; k < to; k++) {
      const activation = activations[start + k];
      const filter = units[start + k] * inputs;
      for (let j = 0; j < inputs; j++) sums[sum + j] += activation * weights[filter + j];
    }
    for (; k > to; k--) {
      const activation = activations[start + k - 1];
      const filter = units[start + k - 1] * inputs;
      for (let j = 0; j < inputs; j++) sums[sum + j] -= activation * weights[filter + j];
    }
    at[i] = to;
    block.changed[i] = 1;
  }
}

/**
 * Paint what has changed of a block whose tiles lie side by side: each pixel comes from the first tile that covers it.
 * @param {PictureState} picture
 * @param {Tiling} tiling
 * @param {SummedBlock} block
 * @param {Pixels} pixels
 */
export function paintOwn(picture, tiling, block, pixels) {
  for (let i = 0; i < block.tiles; i++) {
    if (!block.changed[i]) continue;
    block.changed[i] = 0;
    paintTile(picture, tiling, block, i, pixels);
  }
}

/**
 * @param {PictureState} picture
 * @param {Tiling} tiling
 * @param {SummedBlock} block
 * @param {number} i the tile's place in the block
 * @param {Pixels} pixels
 */
function paintTile({ picture, width, patchSize }, tiling, block, i, { reconstruction, residual }) {
  const { across, own } = tiling;
  const { sums } = block;
  const down = block.from + Math.floor(i / across.length);
  const right = i % across.length;
  let squared = 0;
  let absolute = 0;
  for (let row = own.down[down]; row < patchSize; row++) {
    let from = 3 * ((i * patchSize + row) * patchSize + own.across[right]);
    let to = (tiling.down[down] + row) * width + across[right] + own.across[right];
    for (const end = to + patchSize - own.across[right]; to < end; to++, from += 3) {
      const at = 3 * to;
      const [red, green, blue] = [sums[from], sums[from + 1], sums[from + 2]];
      // Limited to [0, 1] without a branch, whose outcome a processor could not foresee.
      const r = 0.5 * (Math.abs(red) - Math.abs(red - 1) + 1);
      const g = 0.5 * (Math.abs(green) - Math.abs(green - 1) + 1);
      const b = 0.5 * (Math.abs(blue) - Math.abs(blue - 1) + 1);
      const missingRed = picture[at] / 256 - r;
      const missingGreen = picture[at + 1] / 256 - g;
      const missingBlue = picture[at + 2] / 256 - b;
      squared += missingRed * missingRed + missingGreen * missingGreen + missingBlue * missingBlue;
      absolute += Math.abs(missingRed) + Math.abs(missingGreen) + Math.abs(missingBlue);
      reconstruction[to] = OPAQUE | (byteOf(b) << 16) | (byteOf(g) << 8) | byteOf(r);
      const [signedRed, signedGreen] = [signedByteOf(missingRed), signedByteOf(missingGreen)];
      residual[to] = OPAQUE | (signedByteOf(missingBlue) << 16) | (signedGreen << 8) | signedRed;
    }
  }
  block.squaredOf[i] = squared;
  block.absoluteOf[i] = absolute;
}

/**
 * @param {PictureState} picture
 * @param {Tiling} tiling
 * @returns {MeanRoom}
 */
export function newMeanRoom({ height, width, patchSize }, { down, across }) {
  /**
   * @param {number} length
   * @param {number[]} starts
   */
  const covers = (length, starts) => {
    const count = new Uint16Array(length);
    for (const start of starts) for (let i = 0; i < patchSize; i++) count[start + i] += 1;
    return count;
  };
  return {
    values: new Float32Array(3 * height * width),
    coversRow: covers(height, down),
    coversCol: covers(width, across),
  };
}

/**
 * Put the picture together where tiles overlap: each pixel is the mean of all that cover it.
 * @param {PictureState} picture
 * @param {Tiling} tiling
 * @param {SummedBlock[]} blocks all of them
 * @param {MeanRoom} room
 * @param {Pixels | null} pixels are filled, if there are any
 * @returns {Errors}
 */
export function paintMean(picture, tiling, blocks, room, pixels) {
  addTiles(picture, tiling, blocks, room.values);
  const { values, coversRow, coversCol } = room;
  let squared = 0;
  let absolute = 0;
  for (let row = 0, pixel = 0, at = 0; row < picture.height; row++) {
    for (let col = 0; col < picture.width; col++, pixel++) {
      const share = 1 / (coversRow[row] * coversCol[col]);
      let [painted, missing] = [OPAQUE, OPAQUE];
      for (let shift = 0; shift < 24; shift += 8, at++) {
        const value = values[at] * share;
        const error = picture.picture[at] / 256 - value;
        squared += error * error;
        absolute += Math.abs(error);
        painted |= byteOf(value) << shift;
        missing |= signedByteOf(error) << shift;
      }
      if (!pixels) continue;
      pixels.reconstruction[pixel] = painted;
      pixels.residual[pixel] = missing;
    }
  }
  return { squared, absolute };
}

/**
 * @param {PictureState} picture
 * @param {Tiling} tiling
 * @param {SummedBlock[]} blocks
 * @param {Float32Array} values is filled with the sum of all tiles that cover each value, each limited to [0, 1]
 */
function addTiles({ width, patchSize }, { down, across }, blocks, values) {
  values.fill(0);
  for (const { from, tiles, sums } of blocks) {
    for (let i = 0, at = 0; i < tiles; i++) {
      const top = down[from + Math.floor(i / across.length)];
      const left = across[i % across.length];
      for (let row = 0; row < patchSize; row++) {
        let to = 3 * ((top + row) * width + left);
        for (const end = to + 3 * patchSize; to < end; to++, at++) {
          const sum = sums[at];
          values[to] += 0.5 * (Math.abs(sum) - Math.abs(sum - 1) + 1);
        }
      }
    }
  }
}

/**
 * The squared error of a picture whose tiles overlap at every rank from 0: it does not follow from those of single
 * tiles, so the picture is put together at every rank.
 * @param {PictureState} picture
 * @param {Tiling} tiling
 * @param {Block[]} encoded all blocks
 * @returns {Float64Array} (units + 1,)
 */
export function squaredByRank(picture, tiling, encoded) {
  const units = picture.weights.length / (3 * picture.patchSize ** 2);
  const squared = new Float64Array(units + 1);
  const room = newMeanRoom(picture, tiling);
  const blocks = encoded.map((block) => withSums(block, tiling, picture.patchSize));
  const deepest = Math.max(...blocks.map(deepestOf));
  for (let k = 0; k <= units; k++) {
    if (k > deepest) {
      squared[k] = squared[k - 1];
      continue;
    }
    for (const block of blocks) moveSums(block, picture.weights, () => k);
    squared[k] = paintMean(picture, tiling, blocks, room, null).squared;
  }
  return squared;
}

/**
 * @param {Block} block
 * @returns {number} the most active units that one of its tiles has
 */
export function deepestOf({ starts, tiles }) {
  let most = 0;
  for (let i = 0; i < tiles; i++) most = Math.max(most, starts[i + 1] - starts[i]);
  return most;
}
