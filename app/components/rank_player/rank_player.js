// Every rank's reconstruction is summed here from weights and activations: no rank needs the server. Patch, weights
// and the units that are switched off are published by other components of the page.

import { drawChart } from "../shared/chart.js";
import { clamp } from "../shared/clamp.js";
import { errorsByRank, squaredError, sumOfRanks } from "../shared/code.js";
import { whileSeen } from "../shared/deferred_drawing.js";
import { rememberInLink } from "../shared/link.js";
import { RANK_MEMORY, remember, remembered } from "../shared/memory.js";
import { component } from "../shared/mount.js";
import { paint, paintFilter, plainByte, signedByte } from "../shared/paint.js";
import { unpack } from "../shared/payload.js";
import { Transport } from "../shared/transport.js";
import { Choice } from "./choice.js";

/** @import { Box } from "../shared/chart_scale.js" */
/** @import { Encoder } from "../shared/encoder.js" */
/** @import { CodeState, ModelState, MomentState, PatchState } from "../shared/events.js" */
/** @import { Mount } from "../shared/mount.js" */

const FIRST_RANK = 20;

/**
 * @typedef {object} Payload
 * @property {number | null} rank where to start; null is where the visitor last was
 * @property {[number, number] | null} place row and column that the picture on the page shall frame
 * @property {Float32Array} meanError (units,) over test patches
 * @property {Float32Array} band (2, units) quantiles of the same, or nothing
 *
 * What is shown: the code, and the mean error to compare it with.
 * @typedef {CodeState & { length: number, ranks: Float64Array, meanError: Float32Array }} Shown
 */

class RankPlayer {
  #parts;
  #transport;
  #choice;
  /** @type {Payload | null} */
  #payload = null;
  /** @type {PatchState | null} */
  #patch = null;
  /** @type {ModelState | null} */
  #model = null;
  /** @type {Encoder | null} of the model */
  #encoder = null;
  /** @type {MomentState | null} */
  #moment = null;
  /** @type {Shown | null} */
  #shown = null;
  /** @type {ReadonlySet<number>} */
  #off = new Set();
  /** @type {ArrayLike<number>} errors with all units on, where some are off */
  #undisturbed = [];
  /** @type {ArrayLike<number>} errors with units chosen the other way */
  #otherErrors = [];
  /** @type {number[]} */
  #pointedAt = [];
  /** @type {Box | null} */
  #box = null;

  /** @param {Mount} mount */
  constructor(mount) {
    this.mount = mount;
    this.#parts = findParts(mount);
    const { root, chart } = this.#parts;
    this.#choice = new Choice(mount);
    this.#transport = new Transport(root, this.#parts.transport, (rank) => this.#showRank(rank));
    this.#listenToPointer();
    this.#subscribe();
    mount.onUnmount(() => this.#transport.stop());
    mount.onResize(chart, () => this.#showCurve());
  }

  /** @param {Payload} payload */
  update(payload) {
    this.#payload = payload;
    if (payload.place) this.mount.publish("place", { row: payload.place[0], col: payload.place[1] });
    this.#encode();
  }

  #subscribe() {
    const { mount } = this;
    const seen = whileSeen(this.#parts.root);
    mount.onUnmount(seen.leave);
    mount.subscribe("moment", (moment) => {
      this.#moment = moment;
      this.#parts.meanWords.textContent = "mean of 400 test patches at this moment of the training";
    });
    mount.subscribe("patch", (patch) => {
      this.#patch = patch;
      this.#encode();
    });
    mount.subscribe("model", (model) => {
      this.#model = model;
      this.#encoder = this.#choice.begin(model, this.#moment === null);
      if (this.#moment)
        seen.draw(() => this.#encode()); // it moves several times a second
      else this.#encode();
    });
    mount.subscribe("off", ({ units }) => {
      this.#off = units;
      this.#encode();
    });
    mount.subscribe("go-to-rank", ({ rank }) => this.#goTo(rank));
    mount.subscribe("go-to-unit", ({ unit }) => this.#goTo(this.#shown?.rankOf[unit]));
    mount.subscribe("hover", ({ units }) => {
      this.#pointedAt = units;
      this.#showCurve();
    });
  }

  #listenToPointer() {
    const { chart, goal, jump } = this.#parts;
    /** @param {PointerEvent} event */
    const pick = (event) => {
      if (!this.#shown || !this.#box) return;
      const { left, right } = this.#box;
      const share = (event.clientX - chart.getBoundingClientRect().left - left) / (right - left);
      this.#goTo(1 + share * (this.#shown.order.length - 1));
    };
    chart.onpointerdown = (event) => {
      chart.setPointerCapture(event.pointerId);
      pick(event);
    };
    chart.onpointermove = (event) => {
      if (event.buttons) pick(event);
    };
    jump.onclick = () => this.#jump();
    goal.onkeydown = (event) => {
      event.stopPropagation(); // its arrow keys are its own
      if (event.key === "Enter") this.#jump();
    };
  }

  /** @param {number | undefined} rank no-op before anything is shown: it begins at the rank that the page remembers */
  #goTo(rank) {
    if (!this.#shown || rank === undefined) return;
    this.#transport.stop();
    this.#transport.setRank(rank);
  }

  /** Show a new patch, new weights or other units switched off, once all that is needed is there and fits. */
  #encode() {
    const payload = this.#payload;
    const patch = this.#patch;
    const model = this.#model;
    const encoder = this.#encoder;
    if (!patch || !model || !encoder || !payload) return;
    // Over test patches: of the moment that a time scrubber on the page stands at, or of the page's model.
    const meanError = this.#moment?.errors ?? payload.meanError;
    const units = model.weights.length / patch.patch.length;
    if (patch.patchSize !== model.patchSize || units !== meanError.length) return;
    const { weights, encode } = encoder;
    const encoded = { ...patch, weights, coder: model.coder, ...encode(patch.patch), off: this.#off };
    const shown = {
      ...encoded,
      meanError,
      errors: errorsByRank(encoded, this.#off),
      length: Math.sqrt(squaredError(patch.patch, new Float64Array(patch.patch.length))),
      ranks: Float64Array.from(encoded.order, (_, k) => k + 1),
    };
    const first = this.#shown === null;
    this.#shown = shown;
    this.#undisturbed = this.#off.size ? errorsByRank(encoded, new Set()) : [];
    this.#otherErrors = this.#choice.otherErrors(patch.patch);
    paint(this.#parts.patch, shown.patchSize, shown.patchSize, (i) => plainByte(shown.patch[i]));
    this.#parts.active.textContent = shown.active
      ? `${shown.active} of ${units} units are active; after rank ${shown.active} nothing changes.`
      : `None of the ${units} units answers to this patch.`;
    this.#transport.setRange(units, shown.active);
    this.mount.publish("code", shown);
    const before = Number(remembered("sessionStorage", RANK_MEMORY)) || FIRST_RANK;
    this.#transport.setRank(first ? (payload.rank ?? before) : this.#transport.rank);
  }

  /** @param {number} rank */
  #showRank(rank) {
    const shown = this.#shown;
    if (!shown) return;
    const { patchSize: size, patch, weights } = shown;
    const parts = this.#parts;
    const total = sumOfRanks(shown, rank, this.#off);
    const unit = shown.order[rank - 1];
    const activation = this.#off.has(unit) ? 0 : shown.activations[unit];
    const start = unit * patch.length;
    paint(parts.reconstruction, size, size, (i) => plainByte(total[i]));
    paint(parts.residual, size, size, (i) => signedByte(patch[i] - clamp(total[i], 0, 1)));
    paint(parts.output, size, size, (i) => signedByte(activation * weights[start + i]));
    paintFilter(parts.filter, weights, unit, size);
    this.#showNumbers(shown, rank, unit);
    this.#choice.show(shown, rank);
    this.#showCurve();
    remember("sessionStorage", RANK_MEMORY, rank);
    rememberInLink("k", rank);
    this.mount.publish("rank", { rank, unit, active: shown.activations[unit] > 0 });
  }

  /**
   * @param {Shown} shown
   * @param {number} rank
   * @param {number} unit at this rank
   */
  #showNumbers({ errors, length, activations, order, patch }, rank, unit) {
    const parts = this.#parts;
    const error = errors[rank - 1];
    const before = rank > 1 ? errors[rank - 2] : length;
    const activation = activations[unit];
    parts.rank.textContent = `${rank} of ${order.length}`;
    parts.unit.textContent = this.#off.has(unit) ? `${unit} (off)` : String(unit);
    parts.activation.textContent = activation > 0 ? activation.toFixed(4) : "0 (not active)";
    parts.error.textContent = error.toFixed(4);
    parts.removed.textContent = length ? `${(((before - error) / length) * 100).toFixed(1)} %` : "–";
    const psnr = -10 * Math.log10(error ** 2 / patch.length);
    parts.psnr.textContent = error > 0 ? `${psnr.toFixed(1)} dB` : "exact";
    parts.sumCaption.textContent = rank === 1 ? "Rank 1 alone" : `Sum of ranks 1–${rank}`;
    parts.filterCaption.textContent = `Filter of unit ${unit}`;
    Object.assign(parts.root.dataset, { rank, ranks: order.length, error: error.toFixed(6), unit });
  }

  #showCurve() {
    const shown = this.#shown;
    const payload = this.#payload;
    if (!shown || !payload) return;
    const { ranks, errors, meanError, rankOf, active } = shown;
    const units = errors.length;
    const [low, high] = [payload.band.subarray(0, units), payload.band.subarray(units)];
    const undisturbed = this.#undisturbed;
    const most = Math.max(errors[0], undisturbed[0] ?? 0, meanError[0], high[0] ?? 0, 0.1);
    const { rank } = this.#transport;
    const ranksPointedAt = this.#pointedAt.filter((unit) => unit < units).map((unit) => rankOf[unit]);
    this.#box = drawChart(this.#parts.chart, {
      xMin: 1,
      xMax: units,
      yMax: most * 1.05,
      xLabel: "rank k: number of units summed",
      yLabel: "error",
      band: high.length ? { x: ranks, low, high } : null,
      series: [
        { name: "mean", x: ranks, y: meanError, kind: "second" },
        {
          name: "chosen the other way",
          x: this.#otherErrors.length ? ranks : [],
          y: this.#otherErrors,
          kind: "other",
        },
        { name: "undisturbed", x: undisturbed.length ? ranks : [], y: undisturbed, kind: "reference" },
        { name: "patch", x: ranks, y: errors, kind: "main" },
      ],
      marker: { x: rank, y: errors[rank - 1] },
      pointedAt: ranksPointedAt.filter((k) => k <= active),
    });
  }

  /** To the first rank whose error is under the chosen value; says so where there is none. */
  #jump() {
    if (!this.#shown) return;
    const { errors } = this.#shown;
    const goal = Number(this.#parts.goal.value);
    const found = errors.findIndex((error) => error < goal);
    this.#parts.outcome.textContent =
      found >= 0
        ? `${found + 1} ${found ? "units are" : "unit is"} enough`
        : `never: the least is ${Math.min(...errors).toFixed(3)}`;
    this.#transport.stop();
    if (found >= 0) this.#transport.setRank(found + 1);
  }
}

/** @param {Mount} mount */
function findParts(mount) {
  return {
    root: mount.part("root", HTMLElement),
    patch: mount.part("patch", HTMLCanvasElement),
    reconstruction: mount.part("reconstruction", HTMLCanvasElement),
    residual: mount.part("residual", HTMLCanvasElement),
    output: mount.part("output", HTMLCanvasElement),
    filter: mount.part("filter", HTMLCanvasElement),
    sumCaption: mount.part("sumCaption", HTMLElement),
    filterCaption: mount.part("filterCaption", HTMLElement),
    transport: mount.part("transport", HTMLElement),
    rank: mount.part("rank", HTMLElement),
    unit: mount.part("unit", HTMLElement),
    activation: mount.part("activation", HTMLElement),
    error: mount.part("error", HTMLElement),
    removed: mount.part("removed", HTMLElement),
    psnr: mount.part("psnr", HTMLElement),
    goal: mount.part("goal", HTMLInputElement),
    jump: mount.part("jump", HTMLButtonElement),
    outcome: mount.part("outcome", HTMLOutputElement),
    chart: mount.part("chart", SVGSVGElement),
    meanWords: mount.part("meanWords", HTMLElement),
    active: mount.part("active", HTMLElement),
  };
}

export default component(
  (mount) => new RankPlayer(mount),
  (player, /** @type {Uint8Array} */ bytes) => player.update(unpack(bytes)),
);
