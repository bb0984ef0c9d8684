// The numbers and plots of the picture as it is rebuilt.

import { drawBars } from "../shared/bars.js";
import { drawChart } from "../shared/chart.js";
import { clamp } from "../shared/clamp.js";
import { describe } from "../shared/svg.js";
import { costOf, rankFor } from "./budget.js";
import { countValues, largestOf } from "./maps.js";
import { valuesOf } from "./painting.js";

/** @import { Box } from "../shared/chart_scale.js" */
/** @import { Mount } from "../shared/mount.js" */
/** @import { PictureCode } from "./picture_code.js" */
/** @import { Spending } from "./spending.js" */
/** @import { Errors } from "./sums.js" */

const MOST_DECIBELS = 99; // what an exact reconstruction is drawn at

/**
 * How the picture is rebuilt now.
 * @typedef {object} Now
 * @property {PictureCode} code known whole
 * @property {Spending} spending
 * @property {number} rank
 * @property {number} psnr
 * @property {number} spent units in all
 */

export class Report {
  #parts;
  /** @type {Box | null} */
  #box = null;

  /**
   * @param {Mount} mount
   * @param {(share: number) => void} onPick called with a place on the x axis that is pointed at, from 0 at its
   *   beginning to 1 at its end
   */
  constructor(mount, onPick) {
    this.#parts = findParts(mount);
    const { chart } = this.#parts;
    /** @param {PointerEvent} event */
    const pick = (event) => {
      if (!this.#box) return;
      const { left, right } = this.#box;
      onPick((event.clientX - chart.getBoundingClientRect().left - left) / (right - left));
    };
    chart.onpointerdown = (event) => {
      chart.setPointerCapture(event.pointerId);
      pick(event);
    };
    chart.onpointermove = (event) => {
      if (event.buttons) pick(event);
    };
  }

  clear() {
    const { dataset } = this.#parts.root;
    delete dataset.psnr;
    delete dataset.units;
    delete dataset.even;
  }

  showFailure() {
    this.#parts.caption.textContent = "This browser could not decompose the picture; reload the page.";
  }

  /** @param {PictureCode} code */
  showProgress({ tiling, tilesDone }) {
    const percent = Math.floor((100 * tilesDone) / tiling.count);
    this.#parts.caption.textContent = `Decomposing ${grouped(tiling.count)} patches: ${percent} %`;
  }

  /**
   * @param {PictureCode} code
   * @param {Spending} spending
   * @param {number} rank
   * @param {Errors} errors
   * @returns {Now}
   */
  showNumbers(code, spending, rank, { squared, absolute }) {
    const { root, caption, rebuiltLabel } = this.#parts;
    const { mode } = spending;
    const values = code.picture.picture.length;
    const psnr = decibels(squared, values);
    const spent = code.blocks.reduce((sum, { at }) => at.reduce((units, count) => units + count, sum), 0);
    const atRank = mode === "rank" || mode === "unit";
    const others = mode === "budget" ? "Budget" : "As many as needed";
    const head = atRank ? `Rank ${rank} of ${code.units}` : others;
    rebuiltLabel.textContent = atRank ? `rank ${rank}` : "rebuilt";
    caption.textContent =
      `${head}: PSNR ${inWords(psnr)}, mean error ${((100 * absolute) / values).toFixed(2)} % of full brightness, ` +
      `${grouped(spent)} units in all, ${(spent / code.tiling.count).toFixed(1)} a patch`;
    Object.assign(root.dataset, { psnr: psnr.toFixed(4), units: spent });
    const now = { code, spending, rank, psnr, spent };
    this.showComparison(now);
    return now;
  }

  /**
   * The budget beside the same rank everywhere for as many units.
   * @param {Now} now
   */
  showComparison({ code, spending, psnr }) {
    const { comparison, root } = this.#parts;
    if (spending.mode !== "budget" || !code.qualityKnown) {
      comparison.textContent = "";
      return;
    }
    const rank = rankFor(code, spending.budget ?? 0);
    const even = decibels(code.squared[rank], code.picture.picture.length);
    const more = psnr - even;
    comparison.textContent =
      `The same rank everywhere, ${rank}, costs ${grouped(costOf(code, rank))} units and gives ${inWords(even)}. ` +
      (Number.isFinite(more)
        ? `Spent where they help most: ${more >= 0 ? "+" : "−"}${Math.abs(more).toFixed(2)} dB.`
        : "");
    root.dataset.even = even.toFixed(4);
  }

  /** @param {Now} now */
  showPlots(now) {
    if (now.code.qualityKnown) this.#showCurve(now);
    this.#showHistogram(now);
  }

  /** @param {Now} now */
  #showHistogram({ code, spending }) {
    const { histogram, histogramWords } = this.#parts;
    const { mode, unit, never } = spending;
    // The same rank everywhere would be a single bar: how many units are active at all says more.
    const name = mode === "rank" ? "active" : mode === "unit" ? "unit" : "used";
    const words = {
      active: "active units of a patch",
      unit: `rank of unit ${unit}`,
      used: "units used by a patch",
    }[name];
    const values = valuesOf(code, spending, name);
    const { counts, step } = countValues(values, largestOf(values));
    const bars = drawBars(histogram, counts, {
      xMin: 0,
      xMax: counts.length * step,
      yMax: Math.max(1, ...counts) * 1.05,
      xLabel: words,
      yLabel: "patches",
    });
    bars.forEach((bar, i) => {
      const range = step > 1 ? `${i * step} to ${(i + 1) * step - 1}` : `${i}`;
      describe(bar, `${counts[i]} patches: ${words} ${range}`);
    });
    histogramWords.textContent =
      mode === "needed" && never ? `${grouped(never)} patches never come under the bound` : "";
  }

  /** @param {Now} now */
  #showCurve({ code, spending, rank, psnr, spent }) {
    const { chart, legend } = this.#parts;
    const { mode } = spending;
    const most = Math.max(1, code.deepest);
    const ranks = Float64Array.from({ length: most }, (_, k) => k + 1);
    /** @param {Float64Array} squared at each rank from 0 */
    const curve = (squared) =>
      ranks.map((k) => Math.min(MOST_DECIBELS, decibels(squared[k], code.picture.picture.length)));
    const even = curve(code.squared);
    const left = mode === "budget" ? spending.bestSquared() : null;
    const best = left ? curve(left) : new Float64Array();
    const shownRank = mode === "rank" || mode === "unit" ? rank : rankFor(code, spent);
    this.#box = drawChart(chart, {
      xMin: 1,
      xMax: most,
      yMax: Math.max(1, ...even, ...best) * 1.08,
      xLabel:
        mode === "budget"
          ? "rank k that the same units would pay for everywhere"
          : "rank k: units summed in every patch",
      yLabel: "PSNR in dB",
      series: [
        { name: "best", x: left ? ranks : [], y: best, kind: "second" },
        { name: "even", x: ranks, y: even, kind: "main" },
      ],
      marker: { x: clamp(shownRank, 1, most), y: Math.min(MOST_DECIBELS, psnr) },
    });
    const compared = left ? '<span class="second">spent where they help most</span>' : "";
    legend.innerHTML = `<span>same rank everywhere</span>${compared}`;
  }
}

/**
 * @param {number} squared sum of squared errors
 * @param {number} values how many they are of
 * @returns {number} PSNR in dB; infinite without error
 */
function decibels(squared, values) {
  return -10 * Math.log10(squared / values);
}

/** @param {number} psnr */
function inWords(psnr) {
  return Number.isFinite(psnr) ? `${psnr.toFixed(1)} dB` : "exact";
}

/** @param {number} number */
export function grouped(number) {
  return Math.round(number).toLocaleString("en");
}

/** @param {Mount} mount */
function findParts(mount) {
  return {
    root: mount.part("root", HTMLElement),
    rebuiltLabel: mount.part("rebuiltLabel", HTMLElement),
    caption: mount.part("caption", HTMLElement),
    comparison: mount.part("comparison", HTMLElement),
    chart: mount.part("chart", SVGSVGElement),
    legend: mount.part("legend", HTMLElement),
    histogram: mount.part("histogram", SVGSVGElement),
    histogramWords: mount.part("histogramWords", HTMLElement),
  };
}
