import { clamp } from "./clamp.js";

/**
 * @param {ArrayLike<number>} values
 * @param {number} low
 * @param {number} high
 * @param {number} bars
 * @returns {number[][]} for each bar, the indices of the values in it: from low + i * width up to the next; what lies
 *   outside of the range counts for the nearest bar
 */
export function binned(values, low, high, bars) {
  /** @type {number[][]} */
  const bins = Array.from({ length: bars }, () => []);
  const width = (high - low) / bars || 1;
  for (let i = 0; i < values.length; i++) {
    bins[clamp(Math.floor((values[i] - low) / width), 0, bars - 1)].push(i);
  }
  return bins;
}
