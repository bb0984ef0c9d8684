/**
 * Every filter scaled to bytes by its own smallest and largest weight; grey if all its weights are equal.
 * @param {Float32Array} weights (units, inputs), flat
 * @param {number} inputs
 * @returns {Uint8ClampedArray} (units, inputs), flat
 */
export function filterBytes(weights, inputs) {
  const bytes = new Uint8ClampedArray(weights.length);
  for (let start = 0; start < weights.length; start += inputs) {
    const filter = weights.subarray(start, start + inputs);
    const low = Math.min(...filter);
    const scale = 255 / (Math.max(...filter) - low || Infinity);
    for (let i = 0; i < inputs; i++) bytes[start + i] = scale ? (filter[i] - low) * scale : 128;
  }
  return bytes;
}
