// Numbers to pixels. A picture is row-major RGB; a value of 1 is white, 0 is black.

/**
 * Bring a canvas to a size in pixels and paint it.
 * @param {HTMLCanvasElement} canvas
 * @param {number} rows
 * @param {number} cols
 * @param {(i: number) => number} byteAt gives the i-th of rows x cols x 3 bytes
 */
export function paint(canvas, rows, cols, byteAt) {
  if (canvas.width !== cols || canvas.height !== rows) {
    canvas.width = cols;
    canvas.height = rows;
  }
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = context.createImageData(cols, rows);
  for (let pixel = 0, i = 0; pixel < rows * cols; pixel++) {
    for (let channel = 0; channel < 3; channel++, i++) image.data[4 * pixel + channel] = byteAt(i);
    image.data[4 * pixel + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}

/**
 * @param {number} value of a patch: a byte / 256; Uint8ClampedArray rounds and clips
 */
export const plainByte = (value) => 256 * value;

/**
 * @param {number} value of either sign, grey for none: a full step of brightness either way at 0.5
 */
export const signedByte = (value) => 128 + 256 * value;

/**
 * A filter scaled to its own smallest and largest value, as the paper shows filters.
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array} weights (units, patchSize * patchSize * 3), flat
 * @param {number} unit
 * @param {number} patchSize
 */
export function paintFilter(canvas, weights, unit, patchSize) {
  const inputs = patchSize * patchSize * 3;
  const filter = weights.subarray(unit * inputs, (unit + 1) * inputs);
  let low = Infinity;
  let high = -Infinity;
  for (const weight of filter) {
    if (weight < low) low = weight;
    if (weight > high) high = weight;
  }
  const scale = high > low ? 255 / (high - low) : 0;
  paint(canvas, patchSize, patchSize, (i) => (scale ? (filter[i] - low) * scale : 128));
}
