// A column for each side: what it makes of the patch and of the picture with k components.

import { paint } from "../shared/paint.js";

/** @import { Payload } from "./types.js" */

/**
 * @typedef {{ sum: Tile, missing: Tile, picture: Tile }} Column
 * @typedef {{ canvas: HTMLCanvasElement, words: HTMLElement }} Tile
 */

export class Columns {
  #host;
  /** @type {Payload | null} */
  #payload = null;
  /** @type {Column[]} */
  #columns = [];

  /** @param {HTMLElement} host */
  constructor(host) {
    this.#host = host;
  }

  /** @param {Payload} payload */
  begin(payload) {
    this.#payload = payload;
    this.#host.style.setProperty("--sides", String(payload.sides.length));
    this.#columns = [];
    const columns = payload.sides.map(({ label }, i) => {
      const column = document.createElement("div");
      column.className = "column";
      column.dataset.testid = "compare-column";
      const name = document.createElement("div");
      name.className = `name side${i}`;
      name.textContent = label;
      const squares = document.createElement("div");
      squares.className = "squares";
      const sum = newTile(squares, `The patch by ${label}`);
      const missing = newTile(squares, `What ${label} leaves missing`);
      column.append(name, squares);
      const picture = newTile(column, `The picture by ${label}`);
      this.#columns.push({ sum, missing, picture });
      return column;
    });
    this.#host.replaceChildren(...columns);
  }

  /** @param {number} rank */
  showRank(rank) {
    const payload = this.#payload;
    if (!payload) return;
    const place = payload.pictureRanks.findLastIndex((k) => k <= rank);
    const { height, width } = payload;
    this.#columns.forEach(({ sum, missing, picture }, i) => {
      const { patchSize: size, psnr } = payload.sides[i];
      const inputs = size * size * 3;
      const patch = payload[`patch${i}`];
      const values = payload[`sums${i}`].subarray((rank - 1) * inputs, rank * inputs);
      paint(sum.canvas, size, size, (at) => values[at]);
      paint(missing.canvas, size, size, (at) => 128 + patch[at] - values[at]);
      const error = payload[`errors${i}`][rank - 1];
      sum.words.textContent = `error ${error.toFixed(3)}`;
      missing.words.textContent = "still missing";
      sum.canvas.dataset.error = error.toFixed(6);
      const length = height * width * 3;
      const pixels = payload[`pictures${i}`].subarray(place * length, (place + 1) * length);
      paint(picture.canvas, height, width, (at) => pixels[at]);
      const quality = psnr[place];
      picture.words.textContent = `k = ${payload.pictureRanks[place]}: ${quality === null ? "exact" : `${quality.toFixed(1)} dB`}`;
      picture.canvas.dataset.psnr = String(quality ?? "exact");
    });
  }
}

/**
 * @param {HTMLElement} host
 * @param {string} label
 * @returns {Tile}
 */
function newTile(host, label) {
  const figure = document.createElement("figure");
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  const words = document.createElement("figcaption");
  figure.append(canvas, words);
  host.append(figure);
  return { canvas, words };
}
