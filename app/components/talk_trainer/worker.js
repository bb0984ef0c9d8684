// Trains, and says between draws how it stands.

import { Training } from "./training.js";

/** @import { Material } from "./training.js" */

/**
 * What the page sends.
 * @typedef {{ material: Material, seed: number }} Task
 *
 * What the page is answered. `error`: of all units, mean over test patches; `weights`: (units, inputs), flat.
 * @typedef {{ seen: number, error: number, weights: Float32Array, isOver: boolean }} Standing
 *
 * @typedef {object} WorkerScope
 * @property {((message: MessageEvent<Task>) => void) | null} onmessage
 * @property {(answer: Standing) => void} postMessage
 */

const scope = /** @type {WorkerScope} */ (/** @type {unknown} */ (globalThis));

const OFTEN = 250; // ms of learning between answers

scope.onmessage = ({ data: { material, seed } }) => {
  const training = new Training(material, seed);
  const say = () => {
    const { seen, error, weights, isOver } = training;
    scope.postMessage({ seen, error, weights, isOver });
  };
  say();
  while (!training.isOver) {
    const began = performance.now();
    do training.advance();
    while (!training.isOver && performance.now() - began < OFTEN);
    say();
  }
};
