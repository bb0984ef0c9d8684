// The two coders behind one door, as model/coding/coder.py.

import { encode } from "./code.js";
import { dictionaryOf, Pursuer } from "./pursuit.js";

/** @import { Code, Floats } from "./code.js" */

/** How a patch's units are chosen: "rank-order" is all at once, "pursuit" one after another. */
/** @typedef {"rank-order" | "pursuit"} Coder */

/**
 * What encodes patches with a model.
 * @typedef {object} Encoder
 * @property {Float32Array} weights (units, inputs), flat, that decode its codes
 * @property {(patch: Floats) => Code} encode
 * @property {Pursuer | null} pursuer if it is pursuit
 */

/**
 * @param {Float32Array} weights of the model, (units, inputs), flat
 * @param {number} inputs
 * @param {Coder} coder
 * @returns {Encoder}
 */
export function encoderOf(weights, inputs, coder) {
  if (coder === "rank-order") return { weights, encode: (patch) => encode(patch, weights), pursuer: null };
  const dictionary = dictionaryOf(weights, inputs);
  const pursuer = new Pursuer(dictionary, inputs);
  return { weights: dictionary, encode: (patch) => pursuer.encode(patch), pursuer };
}
