// Where the patches of a picture lie: as Tiling in model/coding/picture_code.py.

import { clamp } from "../shared/clamp.js";
import { patchStarts } from "../shared/patch_starts.js";

/**
 * The size of a picture and how it is tiled, in pixels.
 * @typedef {object} Shape
 * @property {number} height
 * @property {number} width
 * @property {number} patchSize
 * @property {number} stride from one patch to the next, 1 to `patchSize`
 *
 * @typedef {object} Tiling
 * @property {boolean} overlapping whether a pixel is the mean of all tiles that cover it; else the first one paints it
 * @property {number[]} down upper rows of the tiles, each once
 * @property {number[]} across left columns of the tiles, each once
 * @property {{ down: number[], across: number[] }} own the first row and column inside of a tile that it paints; those
 *   before are an earlier tile's
 * @property {number} count of tiles, which are numbered row by row
 *
 * Upper left pixel of a patch.
 * @typedef {{ row: number, col: number }} Place
 */

/**
 * @param {Shape} shape
 * @returns {Tiling}
 */
export function tilingOf({ height, width, patchSize, stride }) {
  const overlapping = stride < patchSize;
  /** @param {number[]} starts */
  const covered = (starts) =>
    starts.map((at, i) => (overlapping || i === 0 ? 0 : Math.max(0, starts[i - 1] + patchSize - at)));
  const down = patchStarts(height, patchSize, stride);
  const across = patchStarts(width, patchSize, stride);
  const own = { down: covered(down), across: covered(across) };
  return { overlapping, down, across, own, count: down.length * across.length };
}

/**
 * The tile at a pixel: side by side the one that paints it, else the one whose middle is nearest.
 * @param {Tiling} tiling
 * @param {number} patchSize
 * @param {number} row may lie between two pixels
 * @param {number} col
 * @returns {number}
 */
export function tileAt({ down, across, overlapping }, patchSize, row, col) {
  /**
   * @param {number[]} starts
   * @param {number} at
   */
  const nearest = (starts, at) => {
    if (!overlapping) return starts.findIndex((start) => at < start + patchSize);
    const distances = starts.map((start) => Math.abs(start + patchSize / 2 - at));
    return distances.indexOf(Math.min(...distances));
  };
  const [d, a] = [nearest(down, row), nearest(across, col)];
  return Math.max(0, d) * across.length + Math.max(0, a);
}

/**
 * The tile that begins at a place, or else the one that is there.
 * @param {Tiling} tiling
 * @param {number} patchSize
 * @param {Place} place
 * @returns {number}
 */
export function tileFrom(tiling, patchSize, { row, col }) {
  const { down, across } = tiling;
  const [d, a] = [down.indexOf(row), across.indexOf(col)];
  return d >= 0 && a >= 0 ? d * across.length + a : tileAt(tiling, patchSize, row, col);
}

/**
 * @param {Tiling} tiling
 * @param {number} tile
 * @returns {Place}
 */
export function placeOf({ down, across }, tile) {
  return { row: down[Math.floor(tile / across.length)], col: across[tile % across.length] };
}

/**
 * @param {Tiling} tiling
 * @param {number} tile
 * @param {number} down how many tiles further down
 * @param {number} right how many tiles further to the right
 * @returns {number} the tile there, or at the picture's edge
 */
export function tileBeside(tiling, tile, down, right) {
  const columns = tiling.across.length;
  const row = clamp(Math.floor(tile / columns) + down, 0, tiling.down.length - 1);
  const col = clamp((tile % columns) + right, 0, columns - 1);
  return row * columns + col;
}
