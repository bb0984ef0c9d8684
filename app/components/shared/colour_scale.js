// Scales of colours that rise in lightness, so that they read in grey and with any colour vision.

import { clamp } from "./clamp.js";

/** @typedef {[number, number, number]} Colour red, green, blue, from 0 to 255 */

/** Stops of cividis: dark blue over grey to yellow.
 * @type {readonly Colour[]} */
export const CIVIDIS = [
  [0, 32, 77],
  [64, 77, 108],
  [124, 123, 120],
  [187, 175, 110],
  [255, 234, 70],
];

/** Stops of viridis: dark violet over green to yellow.
 * @type {readonly Colour[]} */
export const VIRIDIS = [
  [68, 1, 84],
  [59, 82, 139],
  [33, 145, 140],
  [94, 201, 98],
  [253, 231, 37],
];

/**
 * @param {readonly Colour[]} stops at equal distances
 * @param {number} share of the way from the first stop to the last, limited to [0, 1]
 * @returns {Colour} not rounded
 */
export function colourAt(stops, share) {
  const place = clamp(share, 0, 1) * (stops.length - 1);
  const i = Math.min(Math.floor(place), stops.length - 2);
  const [low, high] = [stops[i], stops[i + 1]];
  /** @param {number} channel */
  const between = (channel) => low[channel] + (place - i) * (high[channel] - low[channel]);
  return [between(0), between(1), between(2)];
}
