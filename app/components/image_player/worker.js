// Decomposes its share of a picture, block by block. Where tiles overlap, one worker does them all and then measures
// the whole picture at every rank.

import { squaredByRank } from "./sums.js";
import { encodeRows, tileEncoder } from "./tiles.js";
import { tilingOf } from "./tiling.js";

/** @import { PictureState } from "../shared/events.js" */
/** @import { Block } from "./tiles.js" */

/**
 * What the page sends: the picture, and ranges of rows of tiles, each with the row after its last one.
 * @typedef {PictureState & { shares: [number, number][] }} Job
 *
 * What the page is answered: each share's block, and at last the squared error by rank if tiles overlap.
 * @typedef {{ block: Block } | { squared: Float64Array }} Answer
 *
 * @typedef {object} WorkerScope
 * @property {((message: MessageEvent<Job>) => void) | null} onmessage
 * @property {(answer: Answer, transferred: ArrayBuffer[]) => void} postMessage
 */

const scope = /** @type {WorkerScope} */ (/** @type {unknown} */ (globalThis));

/** @param {Job} job */
function decompose({ shares, ...picture }) {
  const tiling = tilingOf(picture);
  const encoder = tileEncoder(picture.weights, 3 * picture.patchSize ** 2, picture.coder === "pursuit");
  /** @type {Block[]} */
  const kept = [];
  for (const [from, to] of shares) {
    const block = encodeRows(picture, tiling, encoder, from, to);
    if (tiling.overlapping) kept.push(block);
    scope.postMessage({ block }, tiling.overlapping ? [] : buffersOf(block));
  }
  if (tiling.overlapping) scope.postMessage({ squared: squaredByRank(picture, tiling, kept) }, []);
}

/**
 * @param {Block} block
 * @returns {ArrayBuffer[]}
 */
function buffersOf(block) {
  const arrays = Object.values(block).filter((value) => ArrayBuffer.isView(value));
  return arrays.map((array) => /** @type {ArrayBuffer} */ (array.buffer));
}

scope.onmessage = ({ data }) => decompose(data);
