// One unit: everything here comes with the payload and stands still until another unit is chosen.

import { walkByArrows } from "../shared/arrow_keys.js";
import { drawBars } from "../shared/bars.js";
import { shortNumber } from "../shared/chart_scale.js";
import { whenIdle } from "../shared/deferred_drawing.js";
import { request } from "../shared/events.js";
import { pointsAt } from "../shared/hover.js";
import { component } from "../shared/mount.js";
import { paint, paintFilter } from "../shared/paint.js";
import { unpack } from "../shared/payload.js";
import { describe } from "../shared/svg.js";

/** @import { Mount } from "../shared/mount.js" */

const POWERS = [1, 10, 100, 1000, 10000];

/**
 * @typedef {object} Payload
 * @property {number} unit
 * @property {number} patchSize
 * @property {number} patches how many test patches there are
 * @property {number} top how many of `examples` drive the unit most; the others are at `quantiles`
 * @property {number[]} quantiles of its activations
 * @property {number} most its largest activation
 * @property {number} mean activation
 * @property {number} rate share of the patches that make it active
 * @property {number} meanRank
 * @property {number} skew
 * @property {string} skewWords
 * @property {number[]} correlations (friends,)
 * @property {Float32Array} filter (inputs,)
 * @property {Int32Array} counts (bars,) patches by activation
 * @property {Int32Array} rankCounts (units,) patches by rank
 * @property {Int32Array} places (examples,) among the test patches
 * @property {Uint8Array} examples (examples, inputs) bytes, flat
 * @property {Float32Array} answers (examples,) activations
 * @property {Int32Array} friends units that fire together with it
 * @property {Float32Array} friendFilters (friends, inputs), flat
 */

class UnitView {
  #mount;
  #parts;
  /** @type {Payload | null} */
  #data = null;
  /** @type {(() => void)[]} to be called when buttons have changed */
  #settle;

  /** @param {Mount} mount */
  constructor(mount) {
    this.#mount = mount;
    this.#parts = findParts(mount);
    const { root, top, spread, friends } = this.#parts;
    this.#settle = [top, spread, friends].map((row) => walkByArrows(row, () => 1));
    mount.onResize(root, () => this.#showCharts());
  }

  /** @param {Payload} data */
  update(data) {
    whenIdle(this, () => this.#show(data));
  }

  /** @param {Payload} data */
  #show(data) {
    this.#data = data;
    const { filter, top, spread, friends } = this.#parts;
    this.#showFacts(data);
    paintFilter(filter, data.filter, 0, data.patchSize);
    top.replaceChildren(
      ...Array.from({ length: data.top }, (_, i) =>
        this.#exampleButton(data, i, `Strongest, number ${i + 1}`),
      ),
    );
    spread.replaceChildren(
      ...data.quantiles.map((quantile, i) => {
        const words = `Stronger than ${Math.round(100 * quantile)} % of its answers`;
        return this.#exampleButton(data, data.top + i, words);
      }),
    );
    friends.replaceChildren(...Array.from(data.friends, (unit, i) => this.#friendButton(data, unit, i)));
    for (const settle of this.#settle) settle();
    this.#showCharts();
  }

  /** @param {Payload} data */
  #showFacts(data) {
    const parts = this.#parts;
    const dead = data.rate === 0;
    parts.mean.textContent = data.mean.toPrecision(3);
    parts.rate.textContent = `${(100 * data.rate).toFixed(1)} % of patches`;
    parts.meanRank.textContent = dead ? "–" : data.meanRank.toFixed(1);
    parts.skew.textContent = dead ? "–" : data.skew.toFixed(1);
    parts.skewWords.textContent = dead
      ? `Unit ${data.unit} is dead: none of the ${data.patches} test patches makes it active.`
      : `It is ${data.skewWords}.`;
    parts.alive.hidden = dead;
    parts.root.dataset.unit = String(data.unit);
  }

  /**
   * @param {Payload} data
   * @param {number} i of `data.examples`
   * @param {string} words
   */
  #exampleButton(data, i, words) {
    const inputs = 3 * data.patchSize ** 2;
    const { button, canvas } = pictureButton(
      data.answers[i].toFixed(2),
      `${words}: activation ${data.answers[i].toFixed(3)}. Press to open it in its picture.`,
    );
    paint(canvas, data.patchSize, data.patchSize, (j) => data.examples[i * inputs + j]);
    button.onclick = () => this.#mount.trigger("example", data.places[i]);
    return button;
  }

  /**
   * @param {Payload} data
   * @param {number} unit
   * @param {number} i of `data.friends`
   */
  #friendButton(data, unit, i) {
    const correlation = data.correlations[i].toFixed(2);
    const { button, canvas } = pictureButton(
      `u${unit}`,
      `Unit ${unit}: its activations go along with a correlation of ${correlation}`,
    );
    paintFilter(canvas, data.friendFilters, i, data.patchSize);
    button.dataset.unit = String(unit);
    button.onclick = () => {
      request("go-to-unit", { unit });
      this.#mount.trigger("unit", unit);
    };
    pointsAt(button, () => [unit]);
    return button;
  }

  #showCharts() {
    const data = this.#data;
    if (!data || data.rate === 0) return;
    const heights = Array.from(data.counts, (count) => Math.log10(1 + count));
    const highest = Math.max(...heights);
    const powers = POWERS.filter((count) => count <= data.patches);
    const bars = drawBars(this.#parts.counts, heights, {
      xMin: 0,
      xMax: data.most,
      yMax: highest * 1.05,
      yTicks: powers.map((count) => Math.log10(1 + count)).filter((y) => y <= highest),
      yWords: (tick) => shortNumber(Math.round(10 ** tick - 1)),
      undo: (height) => Math.round(10 ** height - 1),
      xLabel: "its activation",
      yLabel: "patches",
    });
    bars.forEach((bar, i) => {
      const [from, to] = [i, i + 1].map((edge) => ((edge * data.most) / bars.length).toFixed(3));
      describe(bar, `${data.counts[i]} patches from ${from} to ${to}`);
    });
    const ranks = drawBars(this.#parts.ranks, data.rankCounts, {
      xMin: 1,
      xMax: data.rankCounts.length,
      yMax: Math.max(...data.rankCounts) * 1.05,
      xLabel: "rank",
      yLabel: "patches",
    });
    ranks.forEach((bar, k) => {
      describe(bar, `rank ${k + 1} for ${data.rankCounts[k]} patches`);
    });
  }
}

/**
 * A button that shows a small picture and a word under it.
 * @param {string} word
 * @param {string} title
 */
function pictureButton(word, title) {
  const button = document.createElement("button");
  const canvas = button.appendChild(document.createElement("canvas"));
  button.append(word);
  button.dataset.stop = "";
  button.title = title;
  button.setAttribute("aria-label", title);
  return { button, canvas };
}

/** @param {Mount} mount */
function findParts(mount) {
  return {
    root: mount.part("root", HTMLElement),
    filter: mount.part("filter", HTMLCanvasElement),
    mean: mount.part("mean", HTMLElement),
    rate: mount.part("rate", HTMLElement),
    meanRank: mount.part("meanRank", HTMLElement),
    skew: mount.part("skew", HTMLElement),
    skewWords: mount.part("skewWords", HTMLElement),
    alive: mount.part("alive", HTMLElement),
    top: mount.part("top", HTMLElement),
    spread: mount.part("spread", HTMLElement),
    friends: mount.part("friends", HTMLElement),
    counts: mount.part("counts", SVGSVGElement),
    ranks: mount.part("ranks", SVGSVGElement),
  };
}

export default component(
  (mount) => new UnitView(mount),
  (view, /** @type {Uint8Array} */ bytes) => view.update(unpack(bytes)),
);
