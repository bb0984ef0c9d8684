// The part of a picture that is seen. All lengths and places are shares of the picture's height and width.

import { clamp } from "../shared/clamp.js";

export const MOST_ZOOM = 32;

export class StageView {
  zoom = 1;
  /** Upper left corner of what is seen. */
  x = 0;
  y = 0;

  /**
   * Zoom, so that one place of what is seen stays where it is.
   * @param {number} zoom limited to [1, MOST_ZOOM]
   * @param {number} [atX] the place, as a share of what is seen
   * @param {number} [atY]
   */
  zoomTo(zoom, atX = 0.5, atY = 0.5) {
    const to = clamp(zoom, 1, MOST_ZOOM);
    const [x, y] = [this.x + atX / this.zoom - atX / to, this.y + atY / this.zoom - atY / to];
    this.zoom = to;
    this.moveTo(x, y);
  }

  /**
   * @param {number} x of the upper left corner, limited so that nothing beside the picture is seen
   * @param {number} y
   */
  moveTo(x, y) {
    const last = 1 - 1 / this.zoom;
    this.x = clamp(x, 0, last);
    this.y = clamp(y, 0, last);
  }

  /**
   * @param {number} atX as a share of what is seen
   * @param {number} atY
   * @returns {{ down: number, right: number }} the place in the picture
   */
  placeAt(atX, atY) {
    return { down: this.y + atY / this.zoom, right: this.x + atX / this.zoom };
  }
}
