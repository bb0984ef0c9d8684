// The beats that compare: the two learning rules, and both with PCA.

import { paint } from "../shared/paint.js";
import { once } from "./beat.js";
import { button, column, node, Plot, paintGrid, rankNumbers, Tile } from "./nodes.js";
import { pictureAt } from "./picture_sums.js";
import { CLEARLY, decibels, verdict } from "./words.js";

/** @import { Setting } from "./beat.js" */
/** @import { Talk } from "./talk.js" */

const PICTURE_RANK = 10;

/** The paper's rule, and the progressive one. */
export class RulesBeat {
  #talk;
  #mark;
  #rules;
  #grid = new Tile("");
  #picture;
  #curve = new Plot("Error by rank, mean of 10,000 test patches");
  #buttons;
  #pictures = once(() => this.#compute());
  /** Which of the rules is shown. */
  #shown = 0;

  /** @param {Setting} setting */
  constructor({ talk, host, mark }) {
    this.#talk = talk;
    this.#mark = mark;
    this.#rules = [talk.models.paper, talk.models.progressive];
    this.#picture = new Tile("", talk.picture.width / talk.picture.height);
    this.#buttons = this.#rules.map(({ label }, i) => button(label, () => this.#showRule(i)));
    const choice = node("div", "choice", ...this.#buttons);
    host.append(column(this.#grid.figure), column(choice, this.#picture.figure, this.#curve.host));
  }

  #compute() {
    return this.#rules.map((rule) =>
      pictureAt(this.#talk.picture, this.#talk.tiles(rule), rule.patchSize, PICTURE_RANK),
    );
  }

  prepare() {
    this.#pictures();
  }

  sentence() {
    const [papers, ours] = this.#rules.map(({ meanError }) => meanError.reduce((a, b) => a + b, 0));
    return (
      "Same model, another rule: when every unit answers for all later ranks too, the error summed over the ranks " +
      `falls from ${papers.toFixed(1)} to ${ours.toFixed(1)}.`
    );
  }

  show() {
    this.#showRule(this.#shown);
  }

  /** @param {number} step */
  move(step) {
    this.#showRule(step > 0 ? 1 : 0);
  }

  /** @param {string} key */
  press(key) {
    if (key !== "Enter" && key !== "t") return false;
    this.#showRule(1 - this.#shown);
    return true;
  }

  /** @param {number} which */
  #showRule(which) {
    this.#shown = which;
    const rule = this.#rules[which];
    const { height, width } = this.#talk.picture;
    const { bytes, psnr } = this.#pictures()[which];
    const units = [...rule.meanError.keys()];
    paintGrid(this.#grid.canvas, this.#talk.filters(rule), rule.patchSize, units);
    this.#grid.say(`Filters of the ${rule.label.toLowerCase()}`);
    paint(this.#picture.canvas, height, width, (i) => bytes[i]);
    this.#picture.say(`${PICTURE_RANK} units a patch`, decibels(psnr, "exact"));
    this.#buttons.forEach((one, i) => {
      one.setAttribute("aria-pressed", String(i === which));
    });
    this.#drawCurve(which);
    this.#mark({ rule: rule.name });
  }

  /** @param {number} which */
  #drawCurve(which) {
    /** @param {number} i */
    const kind = (i) => (i === which ? "main" : "second");
    this.#curve.setLegend(this.#rules.map(({ label }, i) => [label, kind(i)]));
    const [paper] = this.#rules;
    this.#curve.draw({
      xMin: 1,
      xMax: paper.meanError.length,
      yMax: paper.meanError[0] * 1.05,
      xLabel: "rank k: number of units summed",
      yLabel: "error",
      series: this.#rules.map(({ label, meanError }, i) => {
        return { name: label, x: rankNumbers(meanError.length), y: meanError, kind: kind(i) };
      }),
    });
  }
}

const SHOWN_RANKS = [1, 5, 10, 20, 50];
const MOST_SHOWN = 80;
const LEAST_SHOWN = 0.03; // where the axis of errors begins

/** @typedef {{ name: string, kind: string, errors: Float32Array }} Line */

/** Both rules against PCA. */
export class PcaBeat {
  #talk;
  #lines;
  #curve;

  /** @param {Setting} setting */
  constructor({ talk, host }) {
    this.#talk = talk;
    this.#lines = linesOf(talk);
    this.#curve = new Plot(
      "Error on 10,000 test patches (logarithmic)",
      this.#lines.map(({ name, kind }) => [name, kind]),
    );
    host.append(column(this.#curve.host, errorTable(this.#lines)));
  }

  sentence() {
    const { models, payload } = this.#talk;
    return verdict(models.progressive.meanError, models.paper.meanError, payload.pcaLargest);
  }

  show() {
    /** @param {number} error on a scale of ratios, so that all four stay apart */
    const height = (error) => Math.log10(Math.max(error, LEAST_SHOWN) / LEAST_SHOWN);
    this.#curve.draw({
      xMin: 1,
      xMax: MOST_SHOWN,
      yMax: height(2),
      yTicks: [0.05, 0.1, 0.2, 0.5, 1, 2].map(height),
      yWords: (tick) => String(+(LEAST_SHOWN * 10 ** tick).toPrecision(2)),
      undo: (drawn) => LEAST_SHOWN * 10 ** drawn,
      xLabel: "k: number of units or components",
      yLabel: "error",
      series: [...this.#lines].reverse().map(({ name, kind, errors }) => {
        return { name, kind, x: rankNumbers(errors.length), y: Array.from(errors, height) };
      }),
    });
  }
}

/**
 * @param {Talk} talk
 * @returns {Line[]}
 */
function linesOf({ models, payload }) {
  return [
    { name: "Progressive rule", kind: "main", errors: models.progressive.meanError },
    { name: "PCA, largest coefficients", kind: "second", errors: payload.pcaLargest },
    { name: "Paper’s rule", kind: "third", errors: models.paper.meanError },
    { name: "PCA, first components", kind: "fourth", errors: payload.pcaFirst },
  ];
}

/**
 * The errors at some ranks, the best and what is hardly worse in bold.
 * @param {Line[]} lines
 */
function errorTable(lines) {
  const heads = SHOWN_RANKS.map((k) => node("th", "", `k = ${k}`));
  const best = SHOWN_RANKS.map((k) => Math.min(...lines.map(({ errors }) => errors[k - 1])));
  const rows = lines.map(({ name, errors }) => {
    const cells = SHOWN_RANKS.map((k, i) => {
      const isBest = errors[k - 1] <= best[i] * (1 + CLEARLY);
      return node("td", isBest ? "best" : "", errors[k - 1].toFixed(3));
    });
    return node("tr", "", node("th", "", name), ...cells);
  });
  return node("table", "errors", node("tr", "", node("th", "", "error at"), ...heads), ...rows);
}
