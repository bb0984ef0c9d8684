// Two histograms of the units' answers. Bars know the units they count, so that they can be pointed at and pressed.

import { walkByArrows } from "../shared/arrow_keys.js";
import { drawBars } from "../shared/bars.js";
import { whenIdle } from "../shared/deferred_drawing.js";
import { request } from "../shared/events.js";
import { binned } from "../shared/histogram.js";
import { pointsAt } from "../shared/hover.js";
import { component } from "../shared/mount.js";
import { describe } from "../shared/svg.js";

/** @import { CodeState } from "../shared/events.js" */
/** @import { Mount } from "../shared/mount.js" */

const BARS = 40;
const WORDS = {
  "rank-order": ", before truncation at 0 and 1: units left of the line at 0 are silenced.",
  pursuit: ": the answers to the whole patch, before the first unit is chosen.",
};

/** @typedef {{ low: number, high: number, label: string }} Axis */

class UnitAnswers {
  #parts;
  /** @type {CodeState | null} */
  #code = null;
  /** The unit at the rank that is shown. */
  #current = -1;
  /** @type {number[]} */
  #pointedAt = [];
  /** @type {Map<SVGRectElement, number[]>} units by bar */
  #units = new Map();
  /** @type {(() => void)[]} to be called when bars have changed */
  #settle;

  /** @param {Mount} mount */
  constructor(mount) {
    this.#parts = {
      activations: mount.part("activations", SVGSVGElement),
      preActivations: mount.part("preActivations", SVGSVGElement),
      words: mount.part("words", HTMLElement),
    };
    const { activations, preActivations } = this.#parts;
    this.#settle = [activations, preActivations].map((svg) => walkByArrows(svg, () => 1));
    mount.subscribe("code", (code) => {
      this.#code = code;
      whenIdle(this, () => this.#showCode());
    });
    mount.subscribe("rank", ({ unit }) => {
      this.#current = unit;
      this.#showMarks();
    });
    mount.subscribe("hover", ({ units }) => {
      this.#pointedAt = units;
      this.#showMarks();
    });
    mount.onResize(this.#parts.activations, () => this.#showCode());
  }

  #showCode() {
    if (!this.#code) return;
    const { activations, preActivations, coder } = this.#code;
    this.#parts.words.textContent = WORDS[coder];
    const low = Math.min(0, ...preActivations);
    const high = Math.max(low + 1e-6, 0, ...preActivations);
    this.#units.clear();
    this.#drawHistogram(this.#parts.activations, activations, {
      low: 0,
      high: 1,
      label: "activation a of a unit",
    });
    this.#drawHistogram(this.#parts.preActivations, preActivations, {
      low,
      high,
      label: "pre-activation p of a unit",
    });
    for (const settle of this.#settle) settle();
    this.#showMarks();
  }

  /**
   * @param {SVGSVGElement} svg
   * @param {ArrayLike<number>} values (units,)
   * @param {Axis} axis
   */
  #drawHistogram(svg, values, { low, high, label }) {
    const bins = binned(values, low, high, BARS);
    const counts = bins.map((units) => units.length);
    const yMax = Math.max(4, ...counts) * 1.05;
    const bars = drawBars(svg, counts, { xMin: low, xMax: high, yMax, xLabel: label, yLabel: "units" });
    bins.forEach((units, i) => {
      const [from, to] = [i, i + 1].map((edge) => (low + (edge * (high - low)) / BARS).toFixed(3));
      const bar = bars[i];
      if (units.length) bar.dataset.stop = "";
      else delete bar.dataset.stop;
      bar.dataset.count = String(units.length);
      bar.setAttribute("role", "button");
      describe(bar, `${units.length} ${units.length === 1 ? "unit" : "units"} from ${from} to ${to}`);
      this.#units.set(bar, units);
      this.#listen(bar, units);
    });
  }

  /**
   * @param {SVGRectElement} bar
   * @param {number[]} units
   */
  #listen(bar, units) {
    const goToStrongest = () => {
      const ranks = units.map((unit) => this.#code?.rankOf[unit] ?? Infinity);
      request("go-to-rank", { rank: Math.min(...ranks) });
    };
    bar.onclick = goToStrongest;
    bar.onkeydown = (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      goToStrongest();
    };
    pointsAt(bar, () => units);
  }

  #showMarks() {
    for (const [bar, units] of this.#units) {
      const isPointedAt = units.some((unit) => this.#pointedAt.includes(unit));
      bar.classList.toggle("pointed-at", isPointedAt);
      bar.classList.toggle("current", units.includes(this.#current));
    }
  }
}

export default component((mount) => new UnitAnswers(mount));
