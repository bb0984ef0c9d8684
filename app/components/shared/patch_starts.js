/**
 * Where patches begin along a side of a picture: as patch_starts in model/coding/picture_code.py.
 * @param {number} length of the side, at least that of a patch
 * @param {number} patchSize
 * @param {number} [stride] from one patch to the next, 1 to `patchSize`; side by side by default
 * @returns {number[]} the last one ends where the picture does
 */
export function patchStarts(length, patchSize, stride = patchSize) {
  /** @type {number[]} */
  const starts = [];
  for (let at = 0; at + patchSize <= length; at += stride) starts.push(at);
  if ((starts.at(-1) ?? 0) + patchSize < length) starts.push(length - patchSize);
  return starts;
}
