/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 * @returns {number} `value` limited to [low, high].
 */
export function clamp(value, low, high) {
  return Math.min(high, Math.max(low, value));
}
