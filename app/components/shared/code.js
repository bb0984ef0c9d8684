// The model's code of a patch, computed here, so that a patch under the pointer needs no request to the server.
// The image player's workers use the same encoder: both players of a page rank units alike.

import { clamp } from "./clamp.js";

/** @typedef {Float32Array | Float64Array} Floats */

/**
 * @typedef {object} Code
 * @property {Float64Array} preActivations (units,), any sign
 * @property {Float32Array} activations (units,), in [0, 1]
 * @property {Uint16Array} order units by descending pre-activation, ties to the lower unit: order[k - 1] has rank k
 * @property {Uint16Array} rankOf (units,), from 1
 * @property {number} active how many units are active
 *
 * A patch, the weights that decompose it, and its code.
 * @typedef {Pick<Code, "activations" | "order" | "active"> & { patch: Floats, weights: Floats }} Encoded
 */

/**
 * Pre-activations in double precision into `preActivations`, and the active units by rank into the first places of
 * `order`; ties to the lower unit. As `encode_picture` in model/coding/picture_code.py.
 * @param {Floats} patch (inputs,)
 * @param {Floats} weights (units, inputs), flat
 * @param {Float64Array} preActivations (units,)
 * @param {Uint16Array} order (units,)
 * @returns {number} how many units are active
 */
export function rankUnits(patch, weights, preActivations, order) {
  fillPreActivations(patch, weights, preActivations);
  return sortActive(preActivations, order);
}

/**
 * @param {Floats} patch (inputs,)
 * @param {Floats} weights (units, inputs), flat
 * @param {Float64Array} preActivations (units,), filled in double precision, alike for equal units
 */
export function fillPreActivations(patch, weights, preActivations) {
  const inputs = patch.length;
  const units = preActivations.length;
  let unit = 0;
  for (let at = 0; unit + 4 <= units; unit += 4, at += 4 * inputs) {
    let a = 0; // four at a time: a single sum would wait for itself
    let b = 0;
    let c = 0;
    let d = 0;
    for (let j = 0; j < inputs; j++) {
      const value = patch[j];
      a += weights[at + j] * value;
      b += weights[at + inputs + j] * value;
      c += weights[at + 2 * inputs + j] * value;
      d += weights[at + 3 * inputs + j] * value;
    }
    preActivations[unit] = a / inputs;
    preActivations[unit + 1] = b / inputs;
    preActivations[unit + 2] = c / inputs;
    preActivations[unit + 3] = d / inputs;
  }
  for (; unit < units; unit++) {
    let sum = 0;
    for (let j = 0, at = unit * inputs; j < inputs; j++, at++) sum += weights[at] * patch[j];
    preActivations[unit] = sum / inputs;
  }
}

/**
 * The active units by rank into the first places of `order`. By insertion where they are few, which is the rule; four
 * times as fast as sorting with a function.
 * @param {Float64Array} preActivations
 * @param {Uint16Array} order
 * @returns {number} how many units are active
 */
function sortActive(preActivations, order) {
  const few = preActivations.length <= 512;
  let active = 0;
  for (let unit = 0; unit < preActivations.length; unit++) {
    const p = preActivations[unit];
    if (!(p > 0)) continue;
    let place = active++;
    for (; few && place > 0 && preActivations[order[place - 1]] < p; place--) order[place] = order[place - 1];
    order[place] = unit;
  }
  if (!few) order.subarray(0, active).sort((a, b) => preActivations[b] - preActivations[a] || a - b);
  return active;
}

/**
 * @param {Floats} patch (inputs,), in [0, 1)
 * @param {Floats} weights (units, inputs), flat
 * @returns {Code} of all units, also of those that are not active
 */
export function encode(patch, weights) {
  const units = weights.length / patch.length;
  const preActivations = new Float64Array(units);
  const order = new Uint16Array(units);
  const active = rankUnits(patch, weights, preActivations, order);
  let place = active;
  for (let unit = 0; unit < units; unit++) if (!(preActivations[unit] > 0)) order[place++] = unit;
  order.subarray(active).sort((a, b) => preActivations[b] - preActivations[a] || a - b);
  const rankOf = new Uint16Array(units);
  for (let k = 0; k < units; k++) rankOf[order[k]] = k + 1;
  const activations = Float32Array.from(preActivations, (p) => clamp(p, 0, 1));
  return { preActivations, activations, order, rankOf, active };
}

/**
 * The patch at a place in a picture.
 * @param {Uint8Array} picture (height, width, 3), flat
 * @param {number} width
 * @param {number} row of its upper left pixel
 * @param {number} col of the same
 * @param {number} size
 * @returns {Float32Array} (size, size, 3), in [0, 1), flat
 */
export function cutPatch(picture, width, row, col, size) {
  const patch = new Float32Array(3 * size * size);
  for (let down = 0, at = 0; down < size; down++) {
    for (let j = 0; j < 3 * size; j++, at++) patch[at] = picture[3 * ((row + down) * width + col) + j] / 256;
  }
  return patch;
}

/**
 * Add a unit's output to a sum.
 * @param {Float64Array} total (inputs,)
 * @param {Floats} weights
 * @param {number} unit
 * @param {number} activation
 */
export function addUnit(total, weights, unit, activation) {
  const start = unit * total.length;
  for (let j = 0; j < total.length; j++) total[j] += activation * weights[start + j];
}

/**
 * @param {Floats} patch
 * @param {Float64Array} total clipped to [0, 1] it is the reconstruction
 * @returns {number} the squared L2 norm of the residual
 */
export function squaredError(patch, total) {
  let sum = 0;
  for (let j = 0; j < patch.length; j++) sum += (patch[j] - clamp(total[j], 0, 1)) ** 2;
  return sum;
}

/**
 * @param {Encoded} encoded
 * @param {number} rank from 0
 * @param {ReadonlySet<number>} off units that are left out
 * @returns {Float64Array} the sum of the outputs of ranks 1 to `rank`, not clipped
 */
export function sumOfRanks({ patch, weights, order, activations, active }, rank, off) {
  const total = new Float64Array(patch.length);
  for (let k = 0; k < Math.min(rank, active); k++) {
    if (!off.has(order[k])) addUnit(total, weights, order[k], activations[order[k]]);
  }
  return total;
}

/**
 * @param {Encoded} encoded
 * @param {ReadonlySet<number>} off units that are left out
 * @returns {Float64Array} (units,), the L2 norm of the residual at every rank from 1
 */
export function errorsByRank({ patch, weights, order, activations, active }, off) {
  const total = new Float64Array(patch.length);
  const errors = new Float64Array(order.length);
  let error = Math.sqrt(squaredError(patch, total));
  for (let k = 0; k < order.length; k++) {
    if (k < active && !off.has(order[k])) {
      addUnit(total, weights, order[k], activations[order[k]]);
      error = Math.sqrt(squaredError(patch, total));
    }
    errors[k] = error;
  }
  return errors;
}
