// The patch in the frame: chosen by a click or by keys, published to the rank player, and sent to the server.

import { cutPatch } from "../shared/code.js";
import { Stage } from "./stage.js";
import { placeOf, tileAt, tileBeside, tileFrom } from "./tiling.js";

/** @import { Mount } from "../shared/mount.js" */
/** @import { PictureCode } from "./picture_code.js" */
/** @import { Place } from "./tiling.js" */

const KEYS_REST = 150; // ms

export class PatchChoice {
  #mount;
  #root;
  #stage;
  /** @type {PictureCode | null} only its picture and its tiling matter here */
  #code = null;
  #tile = 0;
  /** @type {Place | null} */
  #place = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {Mount} mount */
  constructor(mount) {
    this.#mount = mount;
    this.#root = mount.part("root", HTMLElement);
    this.#stage = new Stage(mount, {
      pick: (down, right) => this.#pick(down, right),
      walk: (down, right) => {
        if (this.#code) this.#choose(tileBeside(this.#code.tiling, this.#tile, down, right), KEYS_REST);
      },
    });
    mount.subscribe("place", (place) => {
      this.#place = place;
      this.showPlace();
    });
    mount.onUnmount(() => clearTimeout(this.#timer));
  }

  /** @param {PictureCode} code of another picture, in which nothing is framed until `showPlace` */
  begin(code) {
    this.#code = code;
    this.#stage.fit(code.picture.height, code.picture.width);
  }

  /** Frame the tile at the place that has been chosen last; no-op without one, or without a picture. */
  showPlace() {
    if (!this.#code || !this.#place) return;
    const { picture, tiling } = this.#code;
    this.#showTile(this.#code, tileFrom(tiling, picture.patchSize, this.#place));
  }

  /**
   * @param {number} down share of the picture's height
   * @param {number} right share of its width
   */
  #pick(down, right) {
    if (!this.#code) return;
    const { tiling, picture } = this.#code;
    this.#choose(tileAt(tiling, picture.patchSize, down * picture.height, right * picture.width), 0);
  }

  /**
   * @param {number} tile
   * @param {number} rest milliseconds without another choice, after which the server is sent this one
   */
  #choose(tile, rest) {
    if (!this.#code) return;
    const place = this.#showTile(this.#code, tile);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#mount.trigger("place", place), rest);
  }

  /**
   * Frame a tile and publish the patch in it.
   * @param {PictureCode} code
   * @param {number} tile
   * @returns {Place}
   */
  #showTile({ picture, tiling }, tile) {
    const { height, width, patchSize } = picture;
    const place = placeOf(tiling, tile);
    const { row, col } = place;
    this.#tile = tile;
    this.#place = place;
    const patch = cutPatch(picture.picture, width, row, col, patchSize);
    this.#mount.publish("patch", { patch, patchSize, row, col });
    const [top, left] = [row / height, col / width];
    this.#stage.setFrame({ top, left, height: patchSize / height, width: patchSize / width });
    Object.assign(this.#root.dataset, place);
    return place;
  }
}
