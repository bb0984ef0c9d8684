// One button for each unit. Canvases are painted again only where weights or their scale have changed.

import { walkByArrows } from "../shared/arrow_keys.js";
import { whenIdle, whileSeen } from "../shared/deferred_drawing.js";
import { request } from "../shared/events.js";
import { pointsAt } from "../shared/hover.js";
import { component } from "../shared/mount.js";
import { paint, paintFilter } from "../shared/paint.js";
import { unpack } from "../shared/payload.js";
import { unitOrder } from "./unit_order.js";

/** @import { CodeState, ModelState } from "../shared/events.js" */
/** @import { Mount } from "../shared/mount.js" */
/** @import { Sorting, UnitFigures } from "./unit_order.js" */

const LARGEST_FILTER = 72; // px
const MANY = 225; // filters: from here on, they are so small that ranks need smaller print

/**
 * Of a grid that belongs to a player: its weights are the page's model. `unit` is the one looked at closely.
 * @typedef {{ linked: true, unit: number } & ModelState & UnitFigures} LinkedPayload
 *
 * Of a grid on a page with a time scrubber: its filters are those of the scrubber's moment.
 * @typedef {{ linked: false, patchSize: number, weights: Float32Array }} FollowingPayload
 *
 * @typedef {{ button: HTMLButtonElement, canvas: HTMLCanvasElement, badge: HTMLSpanElement }} Cell
 */

/** @param {number} units */
const columnsFor = (units) => Math.ceil(Math.sqrt(units));

class FilterGrid {
  #mount;
  #parts;
  #settle;
  /** @type {Cell[]} by unit */
  #cells = [];
  /** @type {LinkedPayload | FollowingPayload | null} */
  #data = null;
  /** @type {CodeState | null} */
  #code = null;
  /** @type {number | null} the unit at the rank that is shown, if it is active */
  #current = null;
  /** @type {number[]} */
  #pointedAt = [];
  #subscribed = false;
  #left = false;

  /** @param {Mount} mount */
  constructor(mount) {
    this.#mount = mount;
    this.#parts = {
      tools: mount.part("tools", HTMLElement),
      sort: mount.part("sort", HTMLSelectElement),
      scale: mount.part("scale", HTMLSelectElement),
      grid: mount.part("grid", HTMLElement),
      words: mount.part("words", HTMLElement),
    };
    const { sort, scale, grid } = this.#parts;
    this.#settle = walkByArrows(grid, () => columnsFor(this.#cells.length));
    sort.onchange = () => this.#arrange();
    scale.onchange = () => this.#paint();
    mount.onUnmount(() => {
      this.#left = true;
    });
  }

  /** @param {LinkedPayload | FollowingPayload} data without weights: those that are shown stay */
  update(data) {
    const before = this.#data;
    if (before && !data.weights.length) return;
    this.#data = data;
    this.#parts.tools.hidden = !data.linked;
    const isNew = !before || !sameWeights(before.weights, data.weights);
    if (data.linked && (isNew || !before.linked || before.coder !== data.coder))
      this.#mount.publish("model", data);
    if (before) this.#show(data, isNew);
    else whenIdle(this, () => this.#show(data, isNew));
  }

  /**
   * @param {LinkedPayload | FollowingPayload} data
   * @param {boolean} isNew whether the weights are other ones than before
   */
  #show(data, isNew) {
    if (this.#left) return;
    const units = data.weights.length / (3 * data.patchSize ** 2);
    if (units !== this.#cells.length) this.#layOut(units);
    if (isNew) {
      this.#paint();
      this.#arrange();
    }
    this.#showCode();
    this.#showMarks();
    if (this.#subscribed) return;
    this.#subscribed = true;
    if (data.linked) this.#followPlayer();
    else this.#followScrubber();
  }

  #followPlayer() {
    this.#mount.subscribe("code", (code) => {
      this.#code = code;
      this.#showCode();
    });
    this.#mount.subscribe("rank", ({ unit, active }) => {
      this.#current = active ? unit : null;
      this.#showMarks();
    });
    this.#mount.subscribe("hover", ({ units }) => {
      this.#pointedAt = units;
      this.#showMarks();
    });
  }

  #followScrubber() {
    const seen = whileSeen(this.#parts.grid);
    this.#mount.onUnmount(seen.leave);
    this.#mount.subscribe("moment", ({ weights, patchSize, units }) => {
      if (!weights) return;
      this.#data = { linked: false, weights, patchSize };
      seen.draw(() => {
        if (units !== this.#cells.length) this.#layOut(units);
        this.#paint();
      });
    });
  }

  /** @param {number} units */
  #layOut(units) {
    const { grid } = this.#parts;
    grid.style.gridTemplateColumns = `repeat(${columnsFor(units)}, minmax(0, ${LARGEST_FILTER}px))`;
    grid.classList.toggle("many", units > MANY);
    this.#cells = Array.from({ length: units }, (_, unit) => this.#makeCell(unit));
    grid.replaceChildren(...this.#cells.map(({ button }) => button));
    this.#settle();
  }

  /**
   * @param {number} unit
   * @returns {Cell}
   */
  #makeCell(unit) {
    const button = document.createElement("button");
    const canvas = document.createElement("canvas");
    const badge = document.createElement("span");
    badge.className = "badge";
    button.append(canvas, badge);
    Object.assign(button.dataset, { unit, stop: "" });
    button.setAttribute("aria-label", `Unit ${unit}`);
    button.onclick = () => {
      if (!this.#data?.linked) return;
      request("go-to-unit", { unit });
      this.#mount.trigger("unit", unit);
    };
    pointsAt(button, () => [unit]);
    return { button, canvas, badge };
  }

  #arrange() {
    if (!this.#data?.linked) return;
    const order = unitOrder(this.#data, /** @type {Sorting} */ (this.#parts.sort.value));
    this.#parts.grid.replaceChildren(...order.map((unit) => this.#cells[unit].button));
  }

  #paint() {
    if (!this.#data) return;
    const { linked, weights, patchSize } = this.#data;
    const common = linked && this.#parts.scale.value === "common";
    const most = common ? weights.reduce((far, weight) => Math.max(far, Math.abs(weight)), 0) || 1 : 0;
    const inputs = 3 * patchSize ** 2;
    this.#cells.forEach(({ canvas }, unit) => {
      /** @param {number} i */
      const byteAt = (i) => 128 + (127 * weights[unit * inputs + i]) / most;
      if (common) paint(canvas, patchSize, patchSize, byteAt);
      else paintFilter(canvas, weights, unit, patchSize);
    });
  }

  #showCode() {
    const data = this.#data;
    if (!data?.linked) return;
    const code = this.#code?.rankOf.length === this.#cells.length ? this.#code : null;
    this.#cells.forEach(({ button, badge }, unit) => {
      const rank = code && code.activations[unit] > 0 ? code.rankOf[unit] : null;
      const dead = data.firingRate[unit] === 0;
      button.classList.toggle("dim", code !== null && rank === null);
      button.classList.toggle("dead", dead);
      badge.textContent = rank === null ? "" : String(rank);
      let words = `Unit ${unit}`;
      if (dead) words += ": dead, no test patch makes it active";
      else if (rank !== null) words += `: rank ${rank} for this patch`;
      else if (code) words += ": not active for this patch";
      button.title = words;
      button.setAttribute("aria-label", words);
    });
  }

  #showMarks() {
    const data = this.#data;
    if (!data?.linked) return;
    this.#cells.forEach(({ button }, unit) => {
      button.classList.toggle("current", unit === this.#current);
      button.classList.toggle("chosen", unit === data.unit);
      button.classList.toggle("pointed-at", this.#pointedAt.includes(unit));
    });
    const [unit] = this.#pointedAt.length === 1 ? this.#pointedAt : [-1];
    const { words } = this.#parts;
    const dead = data.firingRate.filter((rate) => rate === 0).length;
    words.textContent = this.#cells[unit]
      ? `${this.#cells[unit].button.title}. ${overPatches(data, unit)}`
      : `${dead} of ${this.#cells.length} units are dead.`;
  }
}

/**
 * @param {UnitFigures} figures
 * @param {number} unit
 */
function overPatches({ firingRate, meanRank, meanActivation }, unit) {
  const rank = firingRate[unit] ? `, mean rank ${meanRank[unit].toFixed(0)}` : "";
  const activation = meanActivation[unit].toPrecision(2);
  const rate = (100 * firingRate[unit]).toFixed(0);
  return `Over test patches: fires for ${rate} %${rank}, mean activation ${activation}.`;
}

/**
 * @param {Float32Array} a
 * @param {Float32Array} b
 */
function sameWeights(a, b) {
  return a.length === b.length && a.every((weight, i) => weight === b[i]);
}

export default component(
  (mount) => new FilterGrid(mount),
  (grid, /** @type {Uint8Array} */ bytes) => grid.update(unpack(bytes)),
);
