// Workers decompose a picture while the page stays free.

/** @import { PictureCode } from "./picture_code.js" */
/** @import { Answer, Job } from "./worker.js" */

const TILES_A_BLOCK = 1024;
const MOST_WORKERS = 4;

/**
 * @typedef {object} Handlers
 * @property {() => void} onBlock called when the code has grown by a block
 * @property {() => void} onQuality called once the quality at every rank is known
 * @property {() => void} onFailure
 */

/**
 * Fill a code by workers.
 * @param {PictureCode} code empty
 * @param {string} address of the workers' script, relative to the page's
 * @param {Handlers} handlers
 * @returns {() => void} ends the work
 */
export function decomposeByWorkers(code, address, { onBlock, onQuality, onFailure }) {
  const shares = sharesOf(code);
  const processors = Math.min(MOST_WORKERS, navigator.hardwareConcurrency || 2);
  const count = code.tiling.overlapping ? 1 : Math.min(processors, shares.length);
  const script = new URL(address, document.baseURI);
  const workers = Array.from({ length: count }, () => new Worker(script));
  let stopped = false;
  const stop = () => {
    stopped = true;
    for (const worker of workers) worker.terminate();
  };
  /** @param {MessageEvent<Answer>} message */
  const take = ({ data }) => {
    if (stopped) return; // it had been sent before
    if ("block" in data) code.add(data.block);
    else code.setSquared(data.squared);
    if ("block" in data) onBlock();
    if (!code.qualityKnown) return;
    stop(); // their memory is large
    onQuality();
  };
  workers.forEach((worker, w) => {
    worker.onmessage = take;
    worker.onerror = onFailure;
    /** @type {Job} */
    const job = { ...code.picture, shares: shares.filter((_, i) => i % count === w) };
    worker.postMessage(job);
  });
  return stop;
}

/**
 * @param {PictureCode} code
 * @returns {[number, number][]} ranges of rows of tiles, each with the row after its last one
 */
function sharesOf({ tiling }) {
  const rows = Math.max(1, Math.floor(TILES_A_BLOCK / tiling.across.length));
  /** @type {[number, number][]} */
  const shares = [];
  for (let from = 0; from < tiling.down.length; from += rows) {
    shares.push([from, Math.min(from + rows, tiling.down.length)]);
  }
  return shares;
}
