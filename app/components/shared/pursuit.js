// Pursuit: units are chosen one after another, each for what the ones before it have left missing. The counterpart of
// model/coding/pursuit.py and model/kernels/pursuit_loops.py, in double precision as they are.

import { fillPreActivations } from "./code.js";

/** @import { Code, Floats } from "./code.js" */

const STOP = 1e-7; // a unit that takes no more than this from the residual's norm is not worth a rank

/**
 * A unit that could have been chosen: `share` is the part of the squared residual that it would take away.
 * @typedef {{ unit: number, share: number }} Candidate
 */

/**
 * A model's weights with all rows brought to the same norm, so that the unit that answers most also takes away most.
 * @param {Floats} weights (units, inputs), flat
 * @param {number} inputs
 * @returns {Float32Array} (units, inputs); each row has norm sqrt(inputs), and zero rows stay zero
 */
export function dictionaryOf(weights, inputs) {
  const dictionary = new Float32Array(weights.length);
  for (let start = 0; start < weights.length; start += inputs) {
    let squared = 0;
    for (let j = start; j < start + inputs; j++) squared += weights[j] ** 2;
    const scale = squared > 0 ? Math.sqrt(inputs) / Math.sqrt(squared) : 0;
    for (let j = start; j < start + inputs; j++) dictionary[j] = weights[j] * scale;
  }
  return dictionary;
}

/** Chooses units of one dictionary. */
export class Pursuer {
  /** @type {(Float64Array | undefined)[]} by unit: the products of its row with all rows, computed when it is chosen */
  #products;

  /**
   * @param {Floats} dictionary (units, inputs), as `dictionaryOf` makes it
   * @param {number} inputs
   */
  constructor(dictionary, inputs) {
    this.dictionary = dictionary;
    this.inputs = inputs;
    this.units = dictionary.length / inputs;
    this.#products = new Array(this.units);
  }

  /**
   * Choose the units of a patch.
   * @param {Float64Array} answers (units,) its pre-activations; afterwards the answers to what is still missing, minus
   *   infinity for units that have been chosen
   * @param {Uint16Array} order room for all units, filled by rank
   * @param {Float32Array | Float64Array} activations the same
   * @param {number} [most] ranks
   * @returns {number} how many units were chosen
   */
  choose(answers, order, activations, most = this.units) {
    const stop = STOP / Math.sqrt(this.inputs);
    let best = strongest(answers);
    for (let rank = 0; rank < most; rank++) {
      const answer = answers[best];
      if (!(answer > stop)) return rank;
      order[rank] = best;
      activations[rank] = answer;
      best = this.#takeAway(best, answer, answers);
    }
    return most;
  }

  /**
   * @param {Floats} patch (inputs,), in [0, 1)
   * @returns {Code} whose pre-activations are the answers to the whole patch; units that were not chosen rank by these
   */
  encode(patch) {
    const preActivations = new Float64Array(this.units);
    fillPreActivations(patch, this.dictionary, preActivations);
    const order = new Uint16Array(this.units);
    const byRank = new Float32Array(this.units);
    const active = this.choose(preActivations.slice(), order, byRank);
    const activations = new Float32Array(this.units);
    const rankOf = new Uint16Array(this.units);
    for (let k = 0; k < active; k++) {
      activations[order[k]] = byRank[k];
      rankOf[order[k]] = k + 1;
    }
    let place = active;
    for (let unit = 0; unit < this.units; unit++) if (!rankOf[unit]) order[place++] = unit;
    order.subarray(active).sort((a, b) => preActivations[b] - preActivations[a] || a - b);
    for (let k = active; k < this.units; k++) rankOf[order[k]] = k + 1;
    return { preActivations, activations, order, rankOf, active };
  }

  /**
   * The units that were best at a rank, the chosen one first.
   * @param {Floats} patch (inputs,)
   * @param {number} rank from 1
   * @param {number} count at most so many
   * @returns {Candidate[]} none at a rank that has no unit
   */
  candidates(patch, rank, count) {
    const answers = new Float64Array(this.units);
    fillPreActivations(patch, this.dictionary, answers);
    const chosen = new Float64Array(rank);
    if (this.choose(answers, new Uint16Array(rank), chosen, rank - 1) < rank - 1) return [];
    let missing = 0;
    for (const value of patch) missing += value ** 2;
    for (const activation of chosen) missing -= this.inputs * activation ** 2;
    const stop = STOP / Math.sqrt(this.inputs);
    const best = Array.from(answers.keys()).filter((unit) => answers[unit] > stop);
    best.sort((a, b) => answers[b] - answers[a] || a - b);
    return best
      .slice(0, count)
      .map((unit) => ({ unit, share: (this.inputs * answers[unit] ** 2) / missing }));
  }

  /**
   * What units answer to once a unit has taken its part away.
   * @param {number} unit
   * @param {number} activation
   * @param {Float64Array} answers (units,), changed
   * @returns {number} the unit that answers most now
   */
  #takeAway(unit, activation, answers) {
    const products = this.#productsOf(unit);
    let best = 0;
    answers[unit] = -Infinity;
    for (let other = 0; other < answers.length; other++) {
      answers[other] -= activation * products[other];
      if (answers[other] > answers[best]) best = other;
    }
    return best;
  }

  /** @param {number} unit */
  #productsOf(unit) {
    const known = this.#products[unit];
    if (known) return known;
    const row = Float64Array.from(this.dictionary.subarray(unit * this.inputs, (unit + 1) * this.inputs));
    const products = new Float64Array(this.units);
    fillPreActivations(row, this.dictionary, products);
    this.#products[unit] = products;
    return products;
  }
}

/**
 * @param {Float64Array} answers
 * @returns {number} the unit that answers most; of equal ones the lower
 */
function strongest(answers) {
  let best = 0;
  for (let unit = 1; unit < answers.length; unit++) if (answers[unit] > answers[best]) best = unit;
  return best;
}
