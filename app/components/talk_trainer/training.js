// A whole training: random patches of some pictures, updates, averaged weights, errors. Without a DOM.

import { addUnit, cutPatch, fillPreActivations, squaredError } from "../shared/code.js";
import { Learner } from "./learner.js";

/** @import { Rule } from "./learner.js" */

/**
 * As `training_payload` in app/talk/payload.py packs it.
 * @typedef {object} Material
 * @property {Rule} rule
 * @property {number} patchSize
 * @property {number} units
 * @property {number} patches to learn from
 * @property {number} batch patches of an update
 * @property {number} step Adam's step size at the start
 * @property {number} decay the step at the end as a share of it
 * @property {number} side height and width of every picture
 * @property {Uint8Array} pictures (count, side, side, 3), flat
 * @property {Uint8Array} test (count, patchSize, patchSize, 3), flat, of other pictures
 */

const BATCHES_A_DRAW = 64; // between two looks at the weights
const AVERAGING = 5; // the model is a running mean over about a fifth of all updates

export class Training {
  /** Patches learned from. */
  seen = 0;
  /** The model as it is shown: the averaged weights, (units, inputs) in pixels, flat. */
  weights;
  #material;
  #random;
  #learner;
  #test;

  /**
   * @param {Material} material
   * @param {number} seed a whole number
   */
  constructor(material, seed) {
    const { rule, patchSize, units, test } = material;
    this.#material = material;
    this.#random = randomNumbers(seed);
    this.#test = Float32Array.from(test, (value) => value / 256);
    this.weights = noise(units, 3 * patchSize ** 2, this.#random);
    this.#learner = new Learner(rule, this.weights, patchSize);
  }

  get isOver() {
    return this.seen >= this.#material.patches;
  }

  /** Learn from one draw of patches. */
  advance() {
    const { patches, batch, step, decay } = this.#material;
    const draw = Math.floor(this.seen / (batch * BATCHES_A_DRAW));
    for (let i = 0; i < BATCHES_A_DRAW && !this.isOver; i++) {
      const count = Math.min(batch, patches - this.seen);
      this.#learner.learn(this.#draw(count), step * decay ** (this.seen / patches));
      this.seen += count;
    }
    const share = (1 + AVERAGING) / (1 + AVERAGING + draw);
    const latest = this.#learner.weights;
    for (let at = 0; at < latest.length; at++) this.weights[at] += (latest[at] - this.weights[at]) * share;
  }

  /** The mean error with all units over the test patches. */
  get error() {
    const inputs = 3 * this.#material.patchSize ** 2;
    const count = this.#test.length / inputs;
    let sum = 0;
    for (let i = 0; i < count; i++) {
      sum += errorOf(this.#test.subarray(i * inputs, (i + 1) * inputs), this.weights);
    }
    return sum / count;
  }

  /** @param {number} count */
  #draw(count) {
    const { pictures, side, patchSize } = this.#material;
    const [inputs, area] = [3 * patchSize ** 2, 3 * side ** 2];
    const batch = new Float32Array(count * inputs);
    for (let i = 0; i < count; i++) {
      const start = Math.floor((this.#random() * pictures.length) / area) * area;
      const row = Math.floor(this.#random() * (side - patchSize + 1));
      const col = Math.floor(this.#random() * (side - patchSize + 1));
      const picture = pictures.subarray(start, start + area);
      batch.set(cutPatch(picture, side, row, col, patchSize), i * inputs);
    }
    return batch;
  }
}

/**
 * @param {Float32Array} patch
 * @param {Float32Array} weights (units, inputs), flat
 * @returns {number} the L2 norm of what all units together leave
 */
export function errorOf(patch, weights) {
  const preActivations = new Float64Array(weights.length / patch.length);
  fillPreActivations(patch, weights, preActivations);
  const total = new Float64Array(patch.length);
  preActivations.forEach((p, unit) => {
    if (p > 0) addUnit(total, weights, unit, Math.min(p, 1));
  });
  return Math.sqrt(squaredError(patch, total));
}

/**
 * Starting weights: normal with standard deviation sqrt(2 / (inputs + units)).
 * @param {number} units
 * @param {number} inputs
 * @param {() => number} random
 */
function noise(units, inputs, random) {
  const scale = Math.sqrt(2 / (inputs + units));
  return Float32Array.from({ length: units * inputs }, () => {
    const length = Math.sqrt(-2 * Math.log(1 - random())); // Box and Muller
    return scale * length * Math.cos(2 * Math.PI * random());
  });
}

/**
 * A generator of numbers in [0, 1): mulberry32, small and even enough to draw patches.
 * @param {number} seed
 */
export function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
