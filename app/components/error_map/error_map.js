import { drawChart } from "../shared/chart.js";
import { whileSeen } from "../shared/deferred_drawing.js";
import { component } from "../shared/mount.js";
import { unpack } from "../shared/payload.js";
import { setAll, svgNode } from "../shared/svg.js";
import { COLOURS, mapPixels, rangeOf } from "./map_pixels.js";

/** @import { Box } from "../shared/chart_scale.js" */
/** @import { MomentState, TrainingState } from "../shared/events.js" */
/** @import { Mount } from "../shared/mount.js" */
/** @import { RecordedErrors } from "./map_pixels.js" */

/** @typedef {{ name: string, x: number[], y: number[] }} Line by rank */

const LEAST_COLUMNS = 60;
const USUAL_UNITS = 169; // while there is no training

class ErrorMap {
  #parts;
  #seen;
  /** @type {TrainingState | null} */
  #training = null;
  /** @type {MomentState | null} */
  #moment = null;
  /** @type {Line | null} */
  #author = null;

  /** @param {Mount} mount */
  constructor(mount) {
    this.#parts = {
      root: mount.part("root", HTMLElement),
      map: mount.part("map", SVGSVGElement),
      colours: mount.part("colours", HTMLCanvasElement),
      scale: mount.part("scale", HTMLElement),
      words: mount.part("words", HTMLElement),
      curve: mount.part("curve", SVGSVGElement),
      author: mount.part("author", HTMLElement),
    };
    this.#seen = whileSeen(this.#parts.root);
    mount.onUnmount(this.#seen.leave);
    paintScale(this.#parts.colours);
    mount.onResize(this.#parts.curve, () => this.#draw());
    mount.subscribe("training", (training) => {
      this.#training = training.run ? training : null;
      this.#parts.root.dataset.columns = String(training.seen.length);
      this.#draw();
    });
    mount.subscribe("moment", (moment) => {
      this.#moment = moment;
      this.#draw();
    });
  }

  /** @param {{ author: Line }} payload */
  update({ author }) {
    this.#author = author;
    this.#draw();
  }

  #draw() {
    this.#seen.draw(() => {
      this.#drawMap();
      if (this.#author) this.#drawCurve(this.#author);
    });
  }

  /** @returns {MomentState | null} the moment of this run; one of another run is out of date */
  #momentOfRun() {
    return this.#training && this.#moment?.run === this.#training.run ? this.#moment : null;
  }

  #drawMap() {
    const { seen = [], errors = [], units = USUAL_UNITS, patches = 1 } = this.#training ?? {};
    const moment = this.#momentOfRun();
    const box = drawChart(this.#parts.map, {
      xMin: 0,
      xMax: patches,
      yMin: 1,
      yMax: units,
      xLabel: "patches seen",
      yLabel: "rank k",
      series: [],
      marker: moment ? { x: Math.min(moment.seen, patches), y: 1 } : null,
      table: () => tableOf(seen, errors),
    });
    this.#drawPicture({ seen, errors, units, patches }, box);
    Object.assign(this.#parts.map.dataset, { run: this.#training?.run ?? "", seen: seen.at(-1) ?? "" });
  }

  /**
   * @param {RecordedErrors} training
   * @param {Box} box
   */
  #drawPicture(training, box) {
    const { map, scale } = this.#parts;
    const [width, height] = [box.right - box.left, box.bottom - box.top];
    const picture = svgNode(map, "image", "picture");
    setAll(picture, { x: box.left, y: box.top, width, height, preserveAspectRatio: "none" });
    map.insertBefore(picture, svgNode(map, "line", "marker-line"));
    if (!training.seen.length) {
      picture.removeAttribute("href");
      scale.textContent = "";
      return;
    }
    const range = rangeOf(training.errors);
    setAll(picture, { href: pictureOf(training, Math.max(LEAST_COLUMNS, Math.round(width)), range) });
    const [low, high] = range.map((end) => end.toPrecision(2));
    scale.textContent = `error ${low} (dark) to ${high} and more (light), on a logarithmic scale`;
  }

  /** @param {Line} author */
  #drawCurve(author) {
    const moment = this.#momentOfRun();
    /** @type {ArrayLike<number>} */
    const now = moment?.errors ?? [];
    const units = this.#training?.units ?? author.x.length;
    const ranks = Array.from({ length: units }, (_, k) => k + 1);
    const comparable = author.x.length === units;
    drawChart(this.#parts.curve, {
      xMin: 1,
      xMax: units,
      yMax: Math.max(2, Math.min(now[0] ?? 0, 6)),
      xLabel: "rank k: number of units summed",
      yLabel: "error (L2 norm)",
      series: [
        { name: "author", x: comparable ? author.x : [], y: author.y, kind: "reference" },
        { name: "now", x: now.length ? ranks : [], y: now, kind: "main" },
      ],
    });
    this.#parts.author.textContent = author.name;
    this.#parts.author.hidden = !comparable;
    const when = moment ? ` after ${moment.seen.toLocaleString("en")} patches` : "";
    this.#parts.words.textContent = `Error by rank${when}`;
  }
}

/**
 * @param {RecordedErrors} training
 * @param {number} columns
 * @param {[number, number]} range
 * @returns {string} address of the map as a picture, one pixel high for each rank
 */
function pictureOf(training, columns, range) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: columns, height: training.units });
  canvas.getContext("2d")?.putImageData(new ImageData(mapPixels(training, columns, range), columns), 0, 0);
  return canvas.toDataURL();
}

/** @param {HTMLCanvasElement} canvas */
function paintScale(canvas) {
  Object.assign(canvas, { width: COLOURS.length, height: 1 });
  const pixels = new Uint8ClampedArray(COLOURS.flatMap((colour) => [...colour, 255]));
  canvas.getContext("2d")?.putImageData(new ImageData(pixels, COLOURS.length), 0, 0);
}

/**
 * Every snapshot's error at every rank, for the file of numbers.
 * @param {number[]} seen patches at each snapshot
 * @param {Float32Array[]} errors (units,) at each snapshot
 * @returns {(string | number)[][]}
 */
function tableOf(seen, errors) {
  return [
    ["patches seen", "rank k", "error (L2 norm)"],
    ...seen.flatMap((patches, i) => Array.from(errors[i], (error, k) => [patches, k + 1, error])),
  ];
}

export default component(
  (mount) => new ErrorMap(mount),
  (map, /** @type {Uint8Array} */ bytes) => map.update(unpack(bytes)),
);
