// The error by rank over a training as a picture: its columns are snapshots, each as wide as the way to the next; its
// rows are ranks, the first at the bottom.

import { clamp } from "../shared/clamp.js";
import { colourAt, VIRIDIS } from "../shared/colour_scale.js";

/** @import { Colour } from "../shared/colour_scale.js" */

/**
 * @typedef {object} RecordedErrors
 * @property {number[]} seen patches at each snapshot, rising
 * @property {ArrayLike<number>[]} errors (units,) at each snapshot
 * @property {number} units
 * @property {number} patches that the training will have seen at its end
 */

/** @type {readonly Colour[]} */
export const COLOURS = Array.from({ length: 256 }, (_, i) => colourAt(VIRIDIS, i / 255));

const LEAST = 1e-4; // smaller errors count as this one: the scale is logarithmic

/**
 * The errors at the ends of the scale: the smallest of all, and a little more than the largest of the newest snapshot.
 * The noise at the start lies above it; a scale that went so far would have few colours for all the rest.
 * @param {ArrayLike<number>[]} errors of at least one snapshot
 * @returns {[number, number]} the second one is larger
 */
export function rangeOf(errors) {
  const smallest = errors.map((row) => Math.min(...Array.from(row)));
  const low = Math.max(LEAST, Math.min(...smallest));
  const high = 1.3 * Math.max(...Array.from(errors[errors.length - 1]));
  return [low, Math.max(high, 1.01 * low)];
}

/**
 * @param {RecordedErrors} training with at least one snapshot
 * @param {number} columns how wide the picture is
 * @param {[number, number]} range errors at the ends of the scale
 * @returns {Uint8ClampedArray<ArrayBuffer>} (units, columns, 4) RGBA; transparent where nothing is recorded yet
 */
export function mapPixels({ seen, errors, units, patches }, columns, range) {
  const [low, high] = range.map(Math.log);
  const pixels = new Uint8ClampedArray(4 * units * columns);
  const lastSeen = seen[seen.length - 1];
  let snapshot = 0;
  for (let x = 0; x < columns; x++) {
    const at = ((x + 0.5) / columns) * patches;
    while (snapshot + 1 < seen.length && seen[snapshot + 1] <= at) snapshot++;
    if (at > lastSeen + patches / columns) break;
    for (let k = 0; k < units; k++) {
      const share = (Math.log(Math.max(errors[snapshot][k], LEAST)) - low) / (high - low);
      const pixel = (units - 1 - k) * columns + x;
      pixels.set([...COLOURS[clamp(Math.round(255 * share), 0, 255)], 255], 4 * pixel);
    }
  }
  return pixels;
}
