// The picture as it is rebuilt, and what is shown beside it.

import { paint } from "../shared/paint.js";
import { largestOf, paintMap, SCALE_CSS } from "./maps.js";
import { unitsActive, unitsUsed } from "./picture_code.js";
import { moveSums, newMeanRoom, paintMean, paintOwn } from "./sums.js";

/** @import { Mount } from "../shared/mount.js" */
/** @import { PictureCode } from "./picture_code.js" */
/** @import { Spending } from "./spending.js" */
/** @import { Errors, MeanRoom } from "./sums.js" */

/** @typedef {"used" | "active" | "unit"} MapName */
/** @typedef {{ image: ImageData, pixels: Uint32Array }} Layer the same bytes for a canvas, and one number for each pixel */

const VIEW_OF_MODE = { rank: "residual", budget: "used", needed: "used", unit: "unit" };

export class Painting {
  #parts;
  #code;
  #reconstruction;
  #residual;
  #map;
  /** @type {MeanRoom | null} */
  #room = null;

  /**
   * @param {PaintingParts} parts
   * @param {PictureCode} code of the picture that is to be painted
   */
  constructor(parts, code) {
    this.#parts = parts;
    this.#code = code;
    const { picture, height, width } = code.picture;
    paint(parts.picture, height, width, (i) => picture[i]);
    this.#reconstruction = newLayer(width, height);
    this.#residual = newLayer(width, height);
    this.#map = newLayer(width, height);
    if (code.tiling.overlapping) this.#room = newMeanRoom(code.picture, code.tiling);
  }

  /**
   * Move all sums to where they shall be and paint what has changed.
   * @param {number | ArrayLike<number>} wanted units of each tile: the same for all, or (tiles,)
   * @returns {Errors | null} null where nothing can be painted yet
   */
  paint(wanted) {
    const code = this.#code;
    if (!code.blocks.length || (this.#room && !code.done)) return null;
    for (const block of code.blocks) {
      const rankOf =
        typeof wanted === "number" ? () => wanted : (/** @type {number} */ i) => wanted[block.first + i];
      moveSums(block, code.picture.weights, rankOf);
    }
    const pixels = { reconstruction: this.#reconstruction.pixels, residual: this.#residual.pixels };
    const errors = this.#room
      ? paintMean(code.picture, code.tiling, code.blocks, this.#room, pixels)
      : paintTiles(code, pixels);
    this.#parts.reconstruction.getContext("2d")?.putImageData(this.#reconstruction.image, 0, 0);
    return errors;
  }

  /** @param {Spending} spending */
  showBeside(spending) {
    const { view, beside, scale, picture } = this.#parts;
    const context = beside.getContext("2d");
    scale.replaceChildren();
    if (view.value === "residual") {
      scale.textContent = "grey: nothing is missing";
      context?.putImageData(this.#residual.image, 0, 0);
    } else if (view.value === "original") context?.drawImage(picture, 0, 0);
    else if (this.#code.done) this.#showMap(/** @type {MapName} */ (view.value), spending, context);
  }

  /**
   * @param {MapName} name
   * @param {Spending} spending
   * @param {CanvasRenderingContext2D | null} context
   */
  #showMap(name, spending, context) {
    const values = valuesOf(this.#code, spending, name);
    const most = largestOf(values);
    paintMap(this.#code.picture, this.#code.tiling, this.#map.pixels, values, most);
    context?.putImageData(this.#map.image, 0, 0);
    const { scale } = this.#parts;
    if (name === "unit") showLegend(scale, "rank 1", `${most}`, "dark grey: silent");
    else {
      const striped = spending.mode === "needed" && name === "used";
      showLegend(scale, "0", `${most} units`, striped ? "striped: never" : "");
    }
  }
}

/** @typedef {ReturnType<typeof findPaintingParts>} PaintingParts */

/** @param {Mount} mount */
export function findPaintingParts(mount) {
  return {
    picture: mount.part("picture", HTMLCanvasElement),
    reconstruction: mount.part("reconstruction", HTMLCanvasElement),
    beside: mount.part("beside", HTMLCanvasElement),
    view: mount.part("view", HTMLSelectElement),
    scale: mount.part("scale", HTMLElement),
  };
}

/**
 * Show beside the picture what says most in a mode.
 * @param {PaintingParts} parts
 * @param {Spending} spending
 */
export function chooseView({ view }, { mode }) {
  view.value = VIEW_OF_MODE[mode];
}

/**
 * @param {PictureCode} code known whole
 * @param {Spending} spending
 * @param {MapName} name
 * @returns {ArrayLike<number | null>} (tiles,); null where the unit is silent, -1 where the bound is never reached
 */
export function valuesOf(code, spending, name) {
  if (name === "unit") return Array.from(spending.firing, (rank) => rank || null);
  if (name === "active") return unitsActive(code);
  return spending.mode === "needed" ? spending.needed : unitsUsed(code);
}

/**
 * @param {number} width
 * @param {number} height
 * @returns {Layer}
 */
function newLayer(width, height) {
  const image = new ImageData(width, height);
  return { image, pixels: new Uint32Array(image.data.buffer) };
}

/**
 * @param {PictureCode} code whose tiles lie side by side
 * @param {{ reconstruction: Uint32Array, residual: Uint32Array }} pixels
 * @returns {Errors} of the tiles that are known
 */
function paintTiles({ picture, tiling, blocks }, pixels) {
  const errors = { squared: 0, absolute: 0 };
  for (const block of blocks) {
    paintOwn(picture, tiling, block, pixels);
    for (let i = 0; i < block.tiles; i++) {
      errors.squared += block.squaredOf[i];
      errors.absolute += block.absoluteOf[i];
    }
  }
  return errors;
}

/**
 * @param {HTMLElement} legend
 * @param {string} low
 * @param {string} high
 * @param {string} extra
 */
function showLegend(legend, low, high, extra) {
  const bar = document.createElement("i");
  bar.style.background = SCALE_CSS;
  legend.replaceChildren(low, bar, high, ...(extra ? [document.createElement("br"), extra] : []));
}
