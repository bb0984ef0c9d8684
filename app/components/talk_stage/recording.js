// The recorded training that is played where none can run. Without a DOM.

/**
 * @typedef {object} Recording
 * @property {number[]} patches seen, rising, at each point
 * @property {number[]} errors with all units at each point, mean over test patches
 * @property {number[]} framesAt indices of the points whose filters were kept
 * @property {number} seconds that the training took
 *
 * A point of a training. `seconds` since its start, of a recording; `filters` (units, inputs) bytes, flat, null where
 * they are not known.
 * @typedef {object} Frame
 * @property {number} patches
 * @property {number} error
 * @property {number} seconds
 * @property {Uint8Array | Uint8ClampedArray | null} filters
 */

/**
 * @param {Recording} recording
 * @param {Uint8Array} filters (frames, units, inputs), flat
 * @returns {Frame[]} every point, each with the latest filters that were kept
 */
export function recordedFrames({ patches, errors, framesAt, seconds }, filters) {
  const size = filters.length / framesAt.length;
  const all = patches[patches.length - 1];
  let frame = 0;
  return patches.map((seen, i) => {
    while (framesAt[frame + 1] <= i) frame++;
    return {
      patches: seen,
      error: errors[i],
      seconds: (seconds * seen) / all,
      filters: filters.subarray(frame * size, (frame + 1) * size),
    };
  });
}
