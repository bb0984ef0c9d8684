// The ways to spend units: the same rank everywhere, a budget, as many as an error needs, and a look at one unit.

import { bestSquared, costOf, orderSteps, spendUnits } from "./budget.js";
import { ranksOfUnit, unitsNeeded } from "./picture_code.js";

/** @import { Steps } from "./budget.js" */
/** @import { PictureCode } from "./picture_code.js" */

/** @typedef {"rank" | "budget" | "needed" | "unit"} Mode as MODES in the component's Python */

/** What the visitor has chosen, and what follows from it for a picture. */
export class Spending {
  /** @type {Mode} */
  mode = "rank";
  /** @type {number | null} units in all; null for what the rank costs everywhere */
  budget = null;
  /** The error (L2 norm) that a patch may have. */
  bound = 0.5;
  /** The unit that is looked at. */
  unit = 0;
  /** @type {Int16Array} (tiles,) units that bring each under the bound; -1 for never */
  needed = new Int16Array();
  /** How many tiles never come under the bound. */
  never = 0;
  /** @type {Uint16Array} (tiles,) rank of the unit, 0 where it is silent */
  firing = new Uint16Array();
  /** @type {PictureCode | null} known whole */
  #code = null;
  /** @type {Steps | null} */
  #steps = null;
  /** @type {Float64Array | null} */
  #best = null;

  /** @param {PictureCode | null} code of a picture, known whole; null while the next one is decomposed */
  setCode(code) {
    this.#code = code;
    this.#steps = null;
    this.#best = null;
    this.setBound(this.bound);
    this.setUnit(code ? Math.min(this.unit, code.units - 1) : this.unit);
  }

  /** @param {number} bound */
  setBound(bound) {
    this.bound = bound;
    this.needed = this.#code ? unitsNeeded(this.#code, bound) : new Int16Array();
    this.never = this.needed.filter((units) => units < 0).length;
  }

  /** @param {number} unit */
  setUnit(unit) {
    this.unit = unit;
    this.firing = this.#code ? ranksOfUnit(this.#code, unit) : new Uint16Array();
  }

  /**
   * @param {number} rank
   * @returns {number | ArrayLike<number>} how many units each tile shall use: the same for all, or (tiles,)
   */
  ranksWanted(rank) {
    const code = this.#code;
    if (!code || this.mode === "rank" || this.mode === "unit") return rank;
    if (this.mode === "needed") return this.needed.map((units) => (units < 0 ? code.units : units));
    return spendUnits(this.#stepsOf(code), code.tiling.count, this.budget ?? costOf(code, rank));
  }

  /** @returns {Float64Array | null} the least squared error for what each rank from 0 costs; null where it is unknown */
  bestSquared() {
    const code = this.#code;
    if (!code || code.tiling.overlapping) return null;
    this.#best ??= bestSquared(code, this.#stepsOf(code));
    return this.#best;
  }

  /** @param {PictureCode} code */
  #stepsOf(code) {
    this.#steps ??= orderSteps(code);
    return this.#steps;
  }
}
