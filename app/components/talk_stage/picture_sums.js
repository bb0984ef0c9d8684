// A whole picture, patch by patch. Without a DOM.

import { clamp } from "../shared/clamp.js";
import { addUnit, cutPatch, squaredError, sumOfRanks } from "../shared/code.js";
import { patchStarts } from "../shared/patch_starts.js";

/** @import { Encoded } from "../shared/code.js" */
/** @import { Encoder } from "../shared/encoder.js" */

/**
 * `pixels` is (height, width, 3) bytes, flat.
 * @typedef {{ pixels: Uint8Array, height: number, width: number }} Picture
 *
 * The code of a patch, and where its upper left pixel is.
 * @typedef {Encoded & { row: number, col: number }} Tile
 */

const MOST_PLACES = 1500; // of a picture, whose units are counted
const NOTHING_OFF = new Set();

/**
 * Every patch side by side, encoded, row by row: as model/coding/picture_code.py cuts a picture.
 * @param {Picture} picture
 * @param {Encoder} encoder
 * @param {number} patchSize
 * @returns {Tile[]}
 */
export function encodeTiles({ pixels, height, width }, { weights, encode }, patchSize) {
  return patchStarts(height, patchSize).flatMap((row) =>
    patchStarts(width, patchSize).map((col) => {
      const patch = cutPatch(pixels, width, row, col, patchSize);
      return { row, col, patch, weights, ...encode(patch) };
    }),
  );
}

/**
 * The picture from the first units of every patch.
 * @param {Picture} picture
 * @param {Tile[]} tiles where two overlap, the first one counts
 * @param {number} patchSize
 * @param {number} rank
 * @returns {{ bytes: Uint8ClampedArray, psnr: number }} (height, width, 3), flat; in dB
 */
export function pictureAt({ pixels, width }, tiles, patchSize, rank) {
  const bytes = new Uint8ClampedArray(pixels.length);
  for (const tile of [...tiles].reverse()) {
    const total = sumOfRanks(tile, rank, NOTHING_OFF);
    for (let i = 0, row = 0; row < patchSize; row++) {
      const start = 3 * ((tile.row + row) * width + tile.col);
      for (let j = 0; j < 3 * patchSize; j++) bytes[start + j] = 256 * clamp(total[i++], 0, 1);
    }
  }
  let squared = 0;
  for (let i = 0; i < bytes.length; i++) squared += ((bytes[i] - pixels[i]) / 256) ** 2;
  return { bytes, psnr: -10 * Math.log10(squared / bytes.length) };
}

/**
 * How many units the patch around each place needs; places are evenly apart, at most about MOST_PLACES.
 * @param {Picture} picture
 * @param {Encoder} encoder
 * @param {number} patchSize
 * @param {number} goal the error to get under
 * @returns {{ counts: number[], rows: number, cols: number, sorted: number[] }} row by row; and by number
 */
export function countUnits({ pixels, height, width }, { weights, encode }, patchSize, goal) {
  const area = (height - patchSize + 1) * (width - patchSize + 1);
  const step = Math.max(1, Math.ceil(Math.sqrt(area / MOST_PLACES)));
  const [down, across] = [height, width].map((length) => patchStarts(length, patchSize, step));
  const counts = down.flatMap((row) =>
    across.map((col) => {
      const patch = cutPatch(pixels, width, row, col, patchSize);
      return unitsUntil({ patch, weights, ...encode(patch) }, goal);
    }),
  );
  return { counts, rows: down.length, cols: across.length, sorted: [...counts].sort((a, b) => a - b) };
}

/**
 * @param {Encoded} encoded
 * @param {number} goal
 * @returns {number} the fewest units whose error is under the goal; all active ones if there is no such number
 */
function unitsUntil({ patch, weights, order, activations, active }, goal) {
  const total = new Float64Array(patch.length);
  for (let k = 0; k < active; k++) {
    addUnit(total, weights, order[k], activations[order[k]]);
    if (squaredError(patch, total) < goal ** 2) return k + 1;
  }
  return Math.max(1, active);
}
