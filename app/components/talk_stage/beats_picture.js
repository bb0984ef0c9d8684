// The beats about a whole picture.

import { CIVIDIS, colourAt } from "../shared/colour_scale.js";
import { paint } from "../shared/paint.js";
import { once } from "./beat.js";
import { column, node, Tile } from "./nodes.js";
import { countUnits, pictureAt } from "./picture_sums.js";
import { decibels, units } from "./words.js";

/** @import { Setting } from "./beat.js" */

const RANKS = [1, 3, 10, 30];
const GOOD_ENOUGH = 0.5; // the error under which a patch counts as rebuilt

/** The picture from a few units a patch, from more, and from all. */
export class PictureBeat {
  #talk;
  #ranks;
  #tiles;
  /** @type {() => { bytes: Uint8ClampedArray, psnr: number, how: string, good: string }[]} */
  #pictures = once(() => this.#compute());

  /** @param {Setting} setting */
  constructor({ talk, host }) {
    this.#talk = talk;
    const all = talk.model.meanError.length;
    this.#ranks = [...RANKS.filter((rank) => rank < all), all];
    const aspect = talk.picture.width / talk.picture.height;
    this.#tiles = ["The picture", ...this.#ranks.map(String)].map((label) => new Tile(label, aspect));
    host.append(node("div", "six", ...this.#tiles.map(({ figure }) => figure)));
  }

  #compute() {
    const { picture, model } = this.#talk;
    const codes = this.#talk.tiles(model);
    return this.#ranks.map((rank, i) => {
      const { bytes, psnr } = pictureAt(picture, codes, model.patchSize, rank);
      const how = i === this.#ranks.length - 1 ? "all units" : units(rank);
      const good = decibels(psnr, "no error at all");
      this.#tiles[i + 1].say(how, good);
      return { bytes, psnr, how, good };
    });
  }

  prepare() {
    this.#pictures();
  }

  sentence() {
    const said = this.#pictures()
      .filter((_, i) => i % 2 === 1)
      .map(({ how, good }) => `${how} reach ${good}`);
    return `The same for every patch of a whole picture: ${said.join(", ")}.`;
  }

  show() {
    const { pixels, height, width } = this.#talk.picture;
    paint(this.#tiles[0].canvas, height, width, (i) => pixels[i]);
    this.#pictures().forEach(({ bytes }, i) => {
      paint(this.#tiles[i + 1].canvas, height, width, (j) => bytes[j]);
    });
  }
}

/** How many units each place of the picture needs. */
export class MapBeat {
  #talk;
  #picture;
  #map;
  #scale = node("canvas");
  #most = node("span");
  #counted = once(() => this.#count());

  /** @param {Setting} setting */
  constructor({ talk, host }) {
    this.#talk = talk;
    const aspect = talk.picture.width / talk.picture.height;
    this.#picture = new Tile("The picture", aspect);
    this.#map = new Tile(`Units until the error is under ${GOOD_ENOUGH}`, aspect);
    const scale = node("div", "scale", node("span", "", "1 unit"), this.#scale, this.#most);
    host.append(column(this.#picture.figure), column(this.#map.figure, scale));
  }

  #count() {
    const { picture, model } = this.#talk;
    return countUnits(picture, model.encoder, model.patchSize, GOOD_ENOUGH);
  }

  prepare() {
    this.#counted();
  }

  /** @param {number} share of the places, which need this many units or fewer */
  #unitsOf(share) {
    const { sorted } = this.#counted();
    return sorted[Math.floor(share * (sorted.length - 1))];
  }

  sentence() {
    return (
      "Units are spent where something happens: half of the places need " +
      `${units(this.#unitsOf(0.5))} or fewer, a tenth ${this.#unitsOf(0.9)} or more.`
    );
  }

  show() {
    const { pixels, height, width } = this.#talk.picture;
    const { counts, rows, cols } = this.#counted();
    const top = Math.max(2, this.#unitsOf(0.98));
    paint(this.#picture.canvas, height, width, (i) => pixels[i]);
    const colours = counts.map((count) => colourAt(CIVIDIS, (count - 1) / (top - 1)));
    paint(this.#map.canvas, rows, cols, (i) => colours[Math.floor(i / 3)][i % 3]);
    paint(this.#scale, 1, 64, (i) => colourAt(CIVIDIS, Math.floor(i / 3) / 63)[i % 3]);
    this.#most.textContent = `${top} or more`;
  }
}
