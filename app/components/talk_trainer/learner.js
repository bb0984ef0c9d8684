// The paper's rule and the progressive one with Adam in the decorrelated basis, as model/kernels/loops.py has them,
// plain. Without a DOM. Symbols are those of model/autoencoder.py. Arrays are in double precision: converting each
// number on its way would take longer than the arithmetic.

import { fillPreActivations, rankUnits } from "../shared/code.js";
import { Basis } from "./basis.js";

/** @typedef {"rank-order" | "progressive"} Rule */

const BETA1 = 0.9;
const BETA2 = 0.99; // in the decorrelated basis
const EPSILON = 1e-8;
const REVIVAL = 0.1; // how hard the progressive rule pulls inactive units back

export class Learner {
  /** How many updates have been made. */
  updates = 0;
  #rule;
  #inputs;
  #units;
  #basis;
  /** (units, inputs), in the basis. */
  #rows;
  #firstMoment;
  #secondMoment;
  #direction;
  /** Of a single patch: its coefficients, its pre-activations, its active units by rank, W_i . c_i and W_i . E_last. */
  #patch;
  #preActivations;
  #order;
  #slopes;
  #lastSlopes;
  #residual;
  /** E_k of a patch by rank from 0, (units + 1, inputs); of the progressive rule. */
  #residuals;

  /**
   * @param {Rule} rule
   * @param {Float32Array} weights (units, inputs) in pixels, flat, to start from
   * @param {number} patchSize
   */
  constructor(rule, weights, patchSize) {
    this.#rule = rule;
    this.#inputs = 3 * patchSize ** 2;
    this.#units = weights.length / this.#inputs;
    this.#basis = new Basis(patchSize);
    this.#rows = new Float64Array(weights.length);
    for (let at = 0; at < weights.length; at += this.#inputs) this.#basis.turn(weights, this.#rows, at);
    this.#firstMoment = new Float64Array(weights.length);
    this.#secondMoment = new Float64Array(weights.length);
    this.#direction = new Float64Array(weights.length);
    this.#patch = new Float64Array(this.#inputs);
    this.#preActivations = new Float64Array(this.#units);
    this.#order = new Uint16Array(this.#units);
    this.#slopes = new Float64Array(this.#units);
    this.#lastSlopes = new Float64Array(this.#units);
    this.#residual = new Float64Array(this.#inputs);
    this.#residuals = new Float64Array(rule === "progressive" ? (this.#units + 1) * this.#inputs : 0);
  }

  /** The model as the last update left it, (units, inputs) in pixels, flat; a copy. */
  get weights() {
    const weights = new Float32Array(this.#rows.length);
    for (let at = 0; at < weights.length; at += this.#inputs) this.#basis.turn(this.#rows, weights, at, true);
    return weights;
  }

  /**
   * One update: a step of Adam along the mean direction of a batch.
   * @param {Float32Array} patches (count, inputs) in [0, 1), flat
   * @param {number} step Adam's step size
   */
  learn(patches, step) {
    const count = patches.length / this.#inputs;
    this.#direction.fill(0);
    for (let i = 0; i < count; i++) {
      this.#patch.set(patches.subarray(i * this.#inputs, (i + 1) * this.#inputs));
      this.#basis.turn(this.#patch, this.#patch, 0);
      this.#addDirection();
    }
    this.#adam(count, step);
  }

  /** Add a patch's a_i c_i + delta_i x of every unit. */
  #addDirection() {
    const active = rankUnits(this.#patch, this.#rows, this.#preActivations, this.#order);
    if (this.#rule === "progressive") this.#followAllRanks(active);
    else this.#followOwnRanks(active);
    fillPreActivations(this.#residual, this.#rows, this.#lastSlopes);
    this.#addAlongPatch();
  }

  /**
   * The paper's rule: a unit learns from the residual at its own rank. Leaves the last residual.
   * @param {number} active
   */
  #followOwnRanks(active) {
    const inputs = this.#inputs;
    const [rows, direction, residual] = [this.#rows, this.#direction, this.#residual];
    residual.set(this.#patch);
    for (let rank = 0; rank < active; rank++) {
      const unit = this.#order[rank];
      const a = Math.min(this.#preActivations[unit], 1);
      let dot = 0;
      for (let j = 0, at = unit * inputs; j < inputs; j++, at++) {
        const e = residual[j] - a * rows[at];
        residual[j] = e;
        direction[at] += a * e;
        dot += rows[at] * e;
      }
      this.#slopes[unit] = dot / inputs;
    }
  }

  /**
   * The progressive rule: a unit learns from all residuals from its rank on. Leaves the last residual.
   * @param {number} active
   */
  #followAllRanks(active) {
    const inputs = this.#inputs;
    const [rows, direction, residuals, target] = [
      this.#rows,
      this.#direction,
      this.#residuals,
      this.#residual,
    ];
    residuals.set(this.#patch);
    for (let rank = 0, to = inputs; rank < active; rank++) {
      const unit = this.#order[rank];
      const a = Math.min(this.#preActivations[unit], 1);
      for (let j = 0, at = unit * inputs; j < inputs; j++, at++, to++) {
        residuals[to] = residuals[to - inputs] - a * rows[at];
      }
    }
    const last = active * inputs;
    for (let j = 0; j < inputs; j++) target[j] = (residuals[last + j] * (this.#units - active)) / this.#units;
    for (let rank = active - 1; rank >= 0; rank--) {
      const unit = this.#order[rank];
      const a = Math.min(this.#preActivations[unit], 1);
      let dot = 0;
      for (let j = 0, at = unit * inputs, from = (rank + 1) * inputs; j < inputs; j++, at++, from++) {
        const c = target[j] + residuals[from] / this.#units;
        target[j] = c;
        direction[at] += a * c;
        dot += rows[at] * c;
      }
      this.#slopes[unit] = dot / inputs;
    }
    this.#residual.set(residuals.subarray(last, last + inputs));
  }

  /** The encoder part: delta_i x, the derivatives truncated as the rule does it. */
  #addAlongPatch() {
    const inputs = this.#inputs;
    const [direction, patch] = [this.#direction, this.#patch];
    for (let unit = 0; unit < this.#units; unit++) {
      const delta = this.#deltaOf(unit);
      if (delta === 0) continue;
      for (let j = 0, at = unit * inputs; j < inputs; j++, at++) direction[at] += delta * patch[j];
    }
  }

  /** @param {number} unit */
  #deltaOf(unit) {
    const p = this.#preActivations[unit];
    const isProgressive = this.#rule === "progressive";
    if (p <= 0) {
      return (isProgressive ? REVIVAL : 1) * Math.max(0, Math.min(-p, this.#lastSlopes[unit]));
    }
    const slope = this.#slopes[unit];
    if (isProgressive) return p < 1 ? slope : Math.min(0, slope);
    return Math.max(-p, Math.min(0, slope));
  }

  /**
   * @param {number} count patches of the batch
   * @param {number} step
   */
  #adam(count, step) {
    this.updates += 1;
    const [rows, first, second, direction] = [
      this.#rows,
      this.#firstMoment,
      this.#secondMoment,
      this.#direction,
    ];
    const stepOfMean = step / (1 - BETA1 ** this.updates);
    const scaleOfSquare = 1 / Math.sqrt(1 - BETA2 ** this.updates);
    for (let at = 0; at < rows.length; at++) {
      const g = direction[at] / count;
      const m = first[at] + (1 - BETA1) * (g - first[at]);
      const v = BETA2 * second[at] + (1 - BETA2) * g * g;
      first[at] = m;
      second[at] = v;
      rows[at] += (stepOfMean * m) / (Math.sqrt(v) * scaleOfSquare + EPSILON);
    }
  }
}
