// The beats about one patch.

import { clamp } from "../shared/clamp.js";
import { squaredError, sumOfRanks } from "../shared/code.js";
import { binned } from "../shared/histogram.js";
import { paint, paintFilter, plainByte, signedByte } from "../shared/paint.js";
import { column, node, Plot, paintGrid, rankNumbers, Tile } from "./nodes.js";
import { percent, units } from "./words.js";

/** @import { Setting } from "./beat.js" */
/** @import { Talk } from "./talk.js" */

const LARGE_FILTERS = 3;
const BARS = 20;
const ENOUGH = 0.9; // of what the model can bring

/** A picture, a patch of it, and its colours. */
export class PatchBeat {
  #talk;
  #picture;
  #patch;
  #colours;

  /** @param {Setting} setting */
  constructor({ talk, host }) {
    this.#talk = talk;
    const { payload, model } = talk;
    const { patchSize } = model;
    this.#picture = new Tile("The picture", payload.width / payload.height);
    this.#patch = new Tile(`The patch: ${patchSize} × ${patchSize} pixels`);
    this.#colours = ["red", "green", "blue"].map((colour) => new Tile(colour));
    const frame = node("div", "frame");
    this.#picture.fit.append(node("div", "over", frame));
    const channels = node("div", "channels", ...this.#colours.map(({ figure }) => figure));
    host.append(column(this.#picture.figure), column(this.#patch.figure, channels));
    /**
     * @param {number} length
     * @param {number} of
     */
    const share = (length, of) => `${(100 * length) / of}%`;
    Object.assign(frame.style, {
      top: share(payload.row, payload.height),
      left: share(payload.col, payload.width),
      width: share(patchSize, payload.width),
      height: share(patchSize, payload.height),
    });
  }

  sentence() {
    const { model, patch } = this.#talk;
    const size = `${model.patchSize}\u00a0×\u00a0${model.patchSize}`;
    return `A patch is a small square of a picture: ${size} pixels in three colours, ${patch.length} numbers.`;
  }

  show() {
    const { picture, patch, model } = this.#talk;
    const { patchSize } = model;
    paint(this.#picture.canvas, picture.height, picture.width, (i) => picture.pixels[i]);
    paint(this.#patch.canvas, patchSize, patchSize, (i) => plainByte(patch[i]));
    this.#colours.forEach(({ canvas }, channel) => {
      paint(canvas, patchSize, patchSize, (i) => (i % 3 === channel ? plainByte(patch[i]) : 0));
    });
  }
}

/** All filters, and large the strongest ones of this patch. */
export class FiltersBeat {
  #talk;
  #grid = new Tile("Every square is one unit's filter; the most active units come first.");
  #large = Array.from({ length: LARGE_FILTERS }, () => new Tile(""));
  #order;

  /** @param {Setting} setting */
  constructor({ talk, host }) {
    this.#talk = talk;
    const { meanActivation } = talk.payload;
    this.#order = [...meanActivation.keys()].sort((a, b) => meanActivation[b] - meanActivation[a]);
    const large = node("div", "large", ...this.#large.map(({ figure }) => figure));
    host.append(column(this.#grid.figure), large);
  }

  sentence() {
    const { length } = this.#talk.patch;
    return (
      `The model has ${this.#order.length} units, and each has learned one filter: ${length} weights, ` +
      "seen here as a picture."
    );
  }

  show() {
    const { model, code } = this.#talk;
    paintGrid(this.#grid.canvas, this.#talk.filters(model), model.patchSize, this.#order);
    this.#large.forEach((tile, i) => {
      const unit = code.order[i];
      if (unit === undefined) return;
      paintFilter(tile.canvas, model.weights, unit, model.patchSize);
      tile.say(`Unit ${unit}`, `rank ${i + 1} here`);
    });
  }
}

/** The patch, summed rank by rank. */
export class RanksBeat {
  #talk;
  #original = new Tile("The patch");
  #sum = new Tile("Sum");
  #missing = new Tile("Still missing");
  #output = new Tile("This unit adds");
  #curve = new Plot("What is still missing, by rank", [
    ["this patch", "main"],
    ["mean of 10,000 test patches", "second"],
  ]);
  #slider = node("input");
  #words = node("output");

  /** @param {Setting} setting */
  constructor({ talk, host, setRank }) {
    this.#talk = talk;
    const slider = this.#slider;
    Object.assign(slider, { type: "range", min: 1, max: talk.ranks, step: 1 });
    slider.setAttribute("aria-label", "Rank k");
    slider.oninput = () => setRank(Number(slider.value));
    const tiles = [this.#original, this.#sum, this.#missing, this.#output];
    host.append(
      column(
        node("div", "tiles", ...tiles.map(({ figure }) => figure)),
        node("div", "slide", "rank", slider, this.#words),
        this.#curve.host,
      ),
    );
  }

  sentence() {
    return "The units line up, the strongest first; with every rank one more filter is added to the sum.";
  }

  show() {
    this.showRank();
  }

  showRank() {
    const { model, code, patch, rank, ranks } = this.#talk;
    const size = model.patchSize;
    const unit = code.order[rank - 1];
    const start = unit * patch.length;
    const total = sumOfRanks(code, rank, new Set());
    paint(this.#original.canvas, size, size, (i) => plainByte(patch[i]));
    paint(this.#sum.canvas, size, size, (i) => plainByte(total[i]));
    paint(this.#missing.canvas, size, size, (i) => signedByte(patch[i] - clamp(total[i], 0, 1)));
    paint(this.#output.canvas, size, size, (i) =>
      signedByte(code.activations[unit] * code.weights[start + i]),
    );
    this.#sum.say(rank === 1 ? "Rank 1 alone" : `Sum of ${rank}`);
    this.#output.say(`Unit ${unit} adds`);
    this.#slider.value = String(rank);
    this.#words.textContent = `${rank} of ${ranks}`;
    this.#drawCurve();
  }

  #drawCurve() {
    const { model, code, errors, rank } = this.#talk;
    const all = rankNumbers(errors.length);
    this.#curve.draw({
      xMin: 1,
      xMax: Math.max(2, code.active),
      yMax: Math.max(errors[0], model.meanError[0], 0.1) * 1.05,
      xLabel: "rank k: number of units summed",
      yLabel: "error",
      series: [
        { name: "mean", x: all, y: model.meanError, kind: "second" },
        { name: "patch", x: all, y: errors, kind: "main" },
      ],
      marker: { x: rank, y: errors[rank - 1] },
    });
  }
}

/** How many units answer how strongly, and how few are enough. */
export class FewBeat {
  #talk;
  #histogram = new Plot("How strongly the units answer");
  #curve = new Plot("What is still missing, by rank");

  /** @param {Setting} setting */
  constructor({ talk, host }) {
    this.#talk = talk;
    host.append(column(this.#histogram.host), column(this.#curve.host));
  }

  sentence() {
    const { code } = this.#talk;
    if (!code.active) return "No unit answers to this patch: it is black.";
    const { count, removed } = unitsEnough(this.#talk);
    return (
      `Few units do most of the work: ${units(count)} of ${code.activations.length} bring ${percent(removed)} ` +
      "of all that the model can bring to this patch."
    );
  }

  show() {
    this.#drawHistogram();
    const { errors } = this.#talk;
    const { count } = unitsEnough(this.#talk);
    this.#curve.draw({
      xMin: 1,
      xMax: errors.length,
      yMax: Math.max(errors[0], 0.1) * 1.05,
      xLabel: "rank k: number of units summed",
      yLabel: "error",
      series: [{ name: "patch", x: rankNumbers(errors.length), y: errors, kind: "main" }],
      marker: count ? { x: count, y: errors[count - 1] } : null,
    });
  }

  #drawHistogram() {
    const { activations } = this.#talk.code;
    const top = Math.max(...activations, 0.05);
    const counts = binned(activations, 0, top, BARS).map(({ length }) => length);
    const most = Math.max(...counts);
    /** @param {number} count on a logarithmic scale: else the many silent ones hide the few */
    const height = (count) => Math.log10(1 + count);
    this.#histogram.drawBars(counts.map(height), {
      xMin: 0,
      xMax: top,
      yMax: height(most) * 1.05,
      yTicks: [0, 1, 3, 10, 30, 100, 300].filter((tick) => tick <= most).map(height),
      yWords: (tick) => String(Math.round(10 ** tick - 1)),
      undo: (drawn) => Math.round(10 ** drawn - 1),
      xLabel: "activation: how strongly a unit answers",
      yLabel: "number of units",
    });
  }
}

/**
 * @param {Talk} talk
 * @returns {{ count: number, removed: number }} the fewest units that bring ENOUGH of all that the model can bring to
 *   the patch, and the share that they bring; 0 units if there are none
 */
function unitsEnough({ patch, errors }) {
  const length = Math.sqrt(squaredError(patch, new Float64Array(patch.length)));
  const most = length - errors[errors.length - 1] || 1;
  /** @param {number} error */
  const removed = (error) => (length - error) / most;
  const count = errors.findIndex((error) => removed(error) >= ENOUGH) + 1;
  return { count, removed: count ? removed(errors[count - 1]) : 0 };
}
