// Why the unit of a rank was chosen, where units are chosen one after another; and the curve of the other way to choose.

import { errorsByRank } from "../shared/code.js";
import { encoderOf } from "../shared/encoder.js";
import { paintFilter } from "../shared/paint.js";

/** @import { CodeState, ModelState } from "../shared/events.js" */
/** @import { Encoder } from "../shared/encoder.js" */
/** @import { Mount } from "../shared/mount.js" */

const RUNNERS_UP = 3;
const MOST_WORK = 64_000_000; // multiplications of the products of all units, at which a page still moves

export class Choice {
  #parts;
  /** @type {Encoder | null} */
  #encoder = null;
  /** @type {Encoder | null} of the other way, if there is one to compare with */
  #other = null;

  /** @param {Mount} mount */
  constructor(mount) {
    this.#parts = {
      choice: mount.part("choice", HTMLElement),
      words: mount.part("choiceWords", HTMLElement),
      runnersUp: mount.part("runnersUp", HTMLElement),
      otherWords: mount.part("otherWords", HTMLElement),
    };
    const figures = Array.from({ length: RUNNERS_UP }, () => {
      const figure = document.createElement("figure");
      figure.append(document.createElement("canvas"), document.createElement("figcaption"));
      return figure;
    });
    this.#parts.runnersUp.replaceChildren(...figures);
  }

  /**
   * @param {ModelState} model
   * @param {boolean} compared whether the curve of the other way is wanted
   * @returns {Encoder} of the model
   */
  begin({ weights, patchSize, coder, trainedFor }, compared) {
    const inputs = 3 * patchSize ** 2;
    const isCheap = (weights.length / inputs) * weights.length <= MOST_WORK;
    const other = coder === "pursuit" ? "rank-order" : "pursuit";
    const hasOther = compared && isCheap && trainedFor === "rank-order";
    this.#encoder = encoderOf(weights, inputs, coder);
    this.#other = hasOther ? encoderOf(weights, inputs, other) : null;
    const { choice, otherWords } = this.#parts;
    choice.hidden = coder !== "pursuit";
    otherWords.hidden = !hasOther;
    otherWords.textContent = `this patch, units chosen ${other === "pursuit" ? "one after another" : "all at once"}`;
    return this.#encoder;
  }

  /**
   * @param {Float32Array} patch
   * @returns {ArrayLike<number>} errors by rank with units chosen the other way; none without another way
   */
  otherErrors(patch) {
    if (!this.#other) return [];
    const { weights, encode } = this.#other;
    return errorsByRank({ patch, weights, ...encode(patch) }, new Set());
  }

  /**
   * Say why the unit of a rank was chosen; no-op where all are chosen at once.
   * @param {CodeState} code
   * @param {number} rank
   */
  show({ patch, patchSize, weights }, rank) {
    const pursuer = this.#encoder?.pursuer;
    if (!pursuer) return;
    const [chosen, ...others] = pursuer.candidates(patch, rank, RUNNERS_UP + 1);
    this.#parts.words.textContent = chosen
      ? `Chosen because it takes away most of what is missing, ${percent(chosen.share)} of its square. Runners-up:`
      : "No unit is chosen at this rank: none could take anything away.";
    const figures = /** @type {HTMLElement[]} */ ([...this.#parts.runnersUp.children]);
    figures.forEach((figure, i) => {
      const candidate = others[i];
      figure.style.visibility = candidate ? "" : "hidden";
      if (!candidate) return;
      const [canvas, caption] = /** @type {[HTMLCanvasElement, HTMLElement]} */ ([...figure.children]);
      paintFilter(canvas, weights, candidate.unit, patchSize);
      caption.textContent = `unit ${candidate.unit}: ${percent(candidate.share)}`;
      figure.dataset.unit = String(candidate.unit);
    });
  }
}

/** @param {number} share */
function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}
