// Buttons and fields that say how units are spent. What they say goes into the page's address too.

import { walkByArrows } from "../shared/arrow_keys.js";
import { clamp } from "../shared/clamp.js";
import { rememberInLink } from "../shared/link.js";
import { paintFilter } from "../shared/paint.js";
import { costOf } from "./budget.js";
import { grouped } from "./report.js";

/** @import { ModelState } from "../shared/events.js" */
/** @import { Mount } from "../shared/mount.js" */
/** @import { PictureCode } from "./picture_code.js" */
/** @import { Mode, Spending } from "./spending.js" */

/**
 * @typedef {object} Handlers
 * @property {() => void} onMode called when another mode has been chosen
 * @property {() => void} onChange called when the bound or the unit has been changed
 * @property {(budget: number) => void} onBudget called when a budget has been typed in
 */

export class ModeControls {
  #parts;
  #spending;
  #handlers;
  #settleFilters;
  /** @type {HTMLButtonElement[]} */
  #filters = [];
  /** @type {PictureCode | null} known whole */
  #code = null;

  /**
   * @param {Mount} mount
   * @param {Spending} spending is changed by the controls
   * @param {Handlers} handlers
   */
  constructor(mount, spending, handlers) {
    this.#parts = findParts(mount);
    this.#spending = spending;
    this.#handlers = handlers;
    const { filters } = this.#parts;
    const columns = () => getComputedStyle(filters).gridTemplateColumns.split(" ").length;
    this.#settleFilters = walkByArrows(filters, columns);
    this.#listen();
  }

  /** @param {ModelState} model whose units can be chosen from now on; of the picture nothing is known yet */
  begin({ weights, patchSize }) {
    this.#code = null;
    this.#spending.setCode(null);
    const units = weights.length / (3 * patchSize ** 2);
    this.#filters = Array.from({ length: units }, (_, unit) => {
      const button = newFilterButton(weights, patchSize, unit);
      button.onclick = () => {
        this.#setUnit(unit);
        this.#handlers.onChange();
      };
      return button;
    });
    this.#parts.filters.replaceChildren(...this.#filters);
    this.#settleFilters();
  }

  /**
   * Show what the settings mean for a picture.
   * @param {PictureCode} code known whole
   * @param {number} rank for what it costs everywhere, where no budget is set
   */
  apply(code, rank) {
    const spending = this.#spending;
    const all = costOf(code, code.units);
    if (this.#code !== code) spending.setCode(code);
    this.#code = code;
    this.#showBound();
    this.#showUnit();
    this.#parts.budget.max = String(all);
    if (spending.mode === "budget") this.setBudget(Math.min(spending.budget ?? costOf(code, rank), all));
  }

  /** @param {number} budget */
  setBudget(budget) {
    this.#spending.budget = budget;
    this.#parts.budget.value = String(budget);
    this.#parts.root.dataset.budget = String(budget);
    rememberInLink("budget", budget);
  }

  showMode() {
    const { root, modes, budgetField, boundField, unitField, transport } = this.#parts;
    const { mode } = this.#spending;
    root.dataset.mode = mode;
    for (const button of modes) button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
    budgetField.hidden = mode !== "budget";
    boundField.hidden = mode !== "needed";
    unitField.hidden = mode !== "unit";
    transport.hidden = mode === "needed";
  }

  #listen() {
    const { modes, budget, bound, boundSlider } = this.#parts;
    for (const button of modes) {
      button.onclick = () => {
        this.#spending.mode = /** @type {Mode} */ (button.dataset.mode);
        this.showMode();
        this.#handlers.onMode();
        rememberInLink("mode", this.#spending.mode);
      };
    }
    budget.onchange = () => {
      if (!this.#code || budget.value === "") return;
      this.#handlers.onBudget(Math.round(clamp(Number(budget.value), 0, Number(budget.max))));
    };
    bound.onchange = () => this.#takeBound(bound);
    boundSlider.oninput = () => this.#takeBound(boundSlider);
    for (const input of [budget, bound, boundSlider]) {
      input.onkeydown = (event) => event.stopPropagation(); // its arrow keys are its own
    }
  }

  /** @param {HTMLInputElement} input */
  #takeBound(input) {
    if (input.value === "" || !(Number(input.value) >= 0)) return;
    this.#spending.setBound(Number(input.value));
    this.#showBound();
    this.#handlers.onChange();
  }

  #showBound() {
    const { root, bound, boundSlider, need } = this.#parts;
    const spending = this.#spending;
    bound.value = boundSlider.value = root.dataset.bound = String(spending.bound);
    if (spending.mode === "needed") rememberInLink("error", spending.bound);
    if (!this.#code) return;
    const tiles = this.#code.tiling.count;
    need.textContent =
      `${grouped(tiles - spending.never)} of ${grouped(tiles)} patches come under it` +
      (spending.never ? "; the others are rebuilt from all their active units." : ".");
  }

  /** @param {number} unit */
  #setUnit(unit) {
    this.#spending.setUnit(unit);
    this.#showUnit();
  }

  #showUnit() {
    const { root, firing } = this.#parts;
    const { mode, unit, firing: ranksOfTiles } = this.#spending;
    root.dataset.unit = String(unit);
    if (mode === "unit") rememberInLink("unit", unit);
    this.#filters.forEach((button, i) => {
      button.setAttribute("aria-pressed", String(i === unit));
    });
    if (!this.#code) return;
    const ranks = ranksOfTiles.filter((rank) => rank);
    const mean = ranks.reduce((sum, rank) => sum + rank, 0) / ranks.length;
    const percent = ((100 * ranks.length) / this.#code.tiling.count).toFixed(1);
    firing.textContent = ranks.length
      ? `Unit ${unit} fires in ${percent} % of the patches, at rank ${mean.toFixed(1)} in the mean. Choose another:`
      : `Unit ${unit} is silent everywhere in this picture. Choose another:`;
  }
}

/**
 * @param {Float32Array} weights
 * @param {number} patchSize
 * @param {number} unit
 */
function newFilterButton(weights, patchSize, unit) {
  const button = document.createElement("button");
  Object.assign(button.dataset, { unit, stop: "" });
  button.title = `Unit ${unit}`;
  button.setAttribute("aria-label", button.title);
  paintFilter(button.appendChild(document.createElement("canvas")), weights, unit, patchSize);
  return button;
}

/** @param {Mount} mount */
function findParts(mount) {
  return {
    root: mount.part("root", HTMLElement),
    modes: ["rank", "budget", "needed", "unit"].map((mode) => mount.part(`mode-${mode}`, HTMLButtonElement)),
    transport: mount.part("transport", HTMLElement),
    budgetField: mount.part("budgetField", HTMLElement),
    budget: mount.part("budget", HTMLInputElement),
    boundField: mount.part("boundField", HTMLElement),
    boundSlider: mount.part("boundSlider", HTMLInputElement),
    bound: mount.part("bound", HTMLInputElement),
    need: mount.part("need", HTMLElement),
    unitField: mount.part("unitField", HTMLElement),
    firing: mount.part("firing", HTMLElement),
    filters: mount.part("filters", HTMLElement),
  };
}
