// What is shown beside the picture besides the residual: numbers of units as colours, and how often each occurs.

import { CIVIDIS, colourAt } from "../shared/colour_scale.js";
import { OPAQUE } from "./sums.js";

/** @import { PictureState } from "../shared/events.js" */
/** @import { Tiling } from "./tiling.js" */

const WHITE = 0xffffffff;
const MOST_BARS = 85;

/** The map's colours as a gradient of CSS. */
export const SCALE_CSS = `linear-gradient(90deg, ${CIVIDIS.map((colour) => `rgb(${colour.join(" ")})`).join(", ")})`;

/**
 * @param {number} share of the largest value, limited to [0, 1]
 * @returns {number} a pixel: alpha, blue, green, red
 */
export function scaleColour(share) {
  const [red, green, blue] = colourAt(CIVIDIS, share).map(Math.round);
  return OPAQUE | (blue << 16) | (green << 8) | red;
}

/**
 * Fill pixels with the value of the tile that paints each: as a colour; negative ones as stripes (a bound is never
 * reached); null as the picture, dimmed (a unit is silent).
 * @param {PictureState} picture
 * @param {Tiling} tiling
 * @param {Uint32Array} pixels (height, width)
 * @param {ArrayLike<number | null>} values (tiles,)
 * @param {number} most the largest value
 */
export function paintMap(picture, { down, across, own }, pixels, values, most) {
  const { height, width, patchSize } = picture;
  const [bottoms, rights] = [endsOf(down, own.down, height), endsOf(across, own.across, width)];
  const stripe = Math.max(1, Math.round(patchSize / 3));
  for (let tile = 0; tile < values.length; tile++) {
    const [d, a] = [Math.floor(tile / across.length), tile % across.length];
    const value = values[tile];
    const colour = scaleColour((value ?? 0) / (most || 1));
    for (let row = down[d] + own.down[d]; row < bottoms[d]; row++) {
      for (let col = across[a] + own.across[a]; col < rights[a]; col++) {
        const at = row * width + col;
        if (value === null) pixels[at] = dimmed(picture.picture, at);
        else if (value < 0) pixels[at] = (row + col) % (2 * stripe) < stripe ? OPAQUE : WHITE;
        else pixels[at] = colour;
      }
    }
  }
}

/**
 * Where the part of a map ends that each row or column of tiles paints.
 * @param {number[]} starts
 * @param {number[]} covered
 * @param {number} length
 */
function endsOf(starts, covered, length) {
  return starts.map((_, i) => starts[i + 1] + covered[i + 1] || length);
}

/**
 * @param {Uint8Array} picture
 * @param {number} at number of a pixel
 */
function dimmed(picture, at) {
  const grey = Math.round((picture[3 * at] + picture[3 * at + 1] + picture[3 * at + 2]) / 9);
  return OPAQUE | (grey * 0x10101);
}

/**
 * @param {ArrayLike<number | null>} values
 * @returns {number} the largest, at least 1
 */
export function largestOf(values) {
  let most = 1;
  for (let i = 0; i < values.length; i++) most = Math.max(most, values[i] ?? 0);
  return most;
}

/**
 * How many tiles have each value from 0 up.
 * @param {ArrayLike<number | null>} values negative ones and null do not count
 * @param {number} most the largest value
 * @returns {{ counts: Float64Array, step: number }} a count for each `step` values that follow each other
 */
export function countValues(values, most) {
  const step = Math.ceil((most + 1) / Math.min(most + 1, MOST_BARS));
  const counts = new Float64Array(Math.ceil((most + 1) / step));
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value !== null && value >= 0) counts[Math.floor(value / step)] += 1;
  }
  return { counts, step };
}
