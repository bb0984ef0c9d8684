// The frame moves at once, and the patch in it is published to the page's other components; the place is sent to
// the server when the pointer is lifted, or when keys rest.

import { clamp } from "../shared/clamp.js";
import { cutPatch } from "../shared/code.js";
import { component } from "../shared/mount.js";
import { paint } from "../shared/paint.js";
import { unpack } from "../shared/payload.js";

/** @import { PatchState } from "../shared/events.js" */
/** @import { Mount } from "../shared/mount.js" */

const KEYS_REST = 60; // ms
/** @type {Record<string, [number, number]>} */
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * @typedef {object} Payload
 * @property {number} height
 * @property {number} width
 * @property {number} patchSize
 * @property {number} row where the frame is, according to the server
 * @property {number} col
 * @property {number} answers the number of the movement after which the server said so
 * @property {Uint8Array} picture (height, width, 3), flat
 */

class PatchPicker {
  #mount;
  #parts;
  /** @type {Payload | null} */
  #data = null;
  #row = 0;
  #col = 0;
  #moves = 0;
  /** @type {(PatchState & { picture: Uint8Array }) | null} */
  #published = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {Mount} mount */
  constructor(mount) {
    this.#mount = mount;
    this.#parts = {
      stage: mount.part("stage", HTMLElement),
      picture: mount.part("picture", HTMLCanvasElement),
      hover: mount.part("hover", HTMLElement),
      chosen: mount.part("chosen", HTMLElement),
      words: mount.part("words", HTMLElement),
    };
    this.#listen();
    mount.onUnmount(() => clearTimeout(this.#timer));
  }

  /** @param {Payload} data */
  update(data) {
    const before = this.#data;
    if (before && samePicture(before, data)) data.picture = before.picture;
    this.#data = data;
    if (!before) this.#moves = data.answers;
    // An answer to an older movement must not throw the frame back.
    if (data.answers >= this.#moves) {
      this.#row = data.row;
      this.#col = data.col;
    }
    paint(this.#parts.picture, data.height, data.width, (i) => data.picture[i]);
    this.#showChosen(data);
  }

  #listen() {
    const { stage, hover } = this.#parts;
    stage.onpointermove = (event) => {
      if (!this.#data) return;
      const [row, col] = this.#cornerUnder(this.#data, event);
      placeFrame(hover, this.#data, row, col);
      hover.style.display = "block";
      if (event.buttons) this.#moveTo(row, col);
    };
    stage.onpointerdown = (event) => {
      if (!this.#data) return;
      stage.setPointerCapture(event.pointerId);
      this.#moveTo(...this.#cornerUnder(this.#data, event));
    };
    stage.onpointerup = () => this.#sendPlace(0);
    stage.onpointerleave = () => {
      hover.style.display = "none";
    };
    stage.onkeydown = (event) => {
      const step = STEPS[event.key];
      if (!step || !this.#data || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      const far = event.shiftKey ? this.#data.patchSize : 1;
      this.#moveTo(this.#row + far * step[0], this.#col + far * step[1]);
      this.#sendPlace(KEYS_REST);
    };
  }

  /**
   * The frame's upper left pixel for a pointer in its middle.
   * @param {Payload} data
   * @param {PointerEvent} event
   * @returns {[number, number]} row and column
   */
  #cornerUnder({ height, width, patchSize }, event) {
    const box = this.#parts.picture.getBoundingClientRect();
    /**
     * @param {number} share of the picture
     * @param {number} length
     */
    const centred = (share, length) =>
      clamp(Math.floor(share * length - (patchSize - 1) / 2), 0, length - patchSize);
    return [
      centred((event.clientY - box.top) / box.height, height),
      centred((event.clientX - box.left) / box.width, width),
    ];
  }

  /**
   * @param {number} row
   * @param {number} col
   */
  #moveTo(row, col) {
    if (!this.#data) return;
    const { height, width, patchSize } = this.#data;
    this.#row = clamp(row, 0, height - patchSize);
    this.#col = clamp(col, 0, width - patchSize);
    this.#moves += 1;
    this.#showChosen(this.#data);
  }

  /** @param {Payload} data */
  #showChosen(data) {
    const [row, col] = [this.#row, this.#col];
    placeFrame(this.#parts.chosen, data, row, col);
    Object.assign(this.#parts.stage.dataset, { row, col });
    const { picture, width, patchSize } = data;
    const last = this.#published;
    if (last?.row !== row || last.col !== col || last.picture !== picture) {
      this.#published = {
        patch: cutPatch(picture, width, row, col, patchSize),
        patchSize,
        row,
        col,
        picture,
      };
      this.#mount.publish("patch", this.#published);
    }
    this.#parts.words.textContent = `Patch at row ${row}, column ${col}. Click, drag, or use the arrow keys.`;
  }

  /** @param {number} rest milliseconds without another movement */
  #sendPlace(rest) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#mount.trigger("place", { row: this.#row, col: this.#col, move: this.#moves });
    }, rest);
  }
}

/**
 * @param {HTMLElement} frame
 * @param {Payload} data
 * @param {number} row
 * @param {number} col
 */
function placeFrame(frame, { height, width, patchSize }, row, col) {
  /** @param {number} share */
  const percent = (share) => `${100 * share}%`;
  Object.assign(frame.style, {
    top: percent(row / height),
    left: percent(col / width),
    height: percent(patchSize / height),
    width: percent(patchSize / width),
  });
}

/**
 * @param {Payload} a
 * @param {Payload} b
 */
function samePicture(a, b) {
  const alike = a.width === b.width && a.patchSize === b.patchSize && a.picture.length === b.picture.length;
  return alike && a.picture.every((byte, i) => byte === b.picture[i]);
}

export default component(
  (mount) => new PatchPicker(mount),
  (picker, /** @type {Uint8Array} */ bytes) => picker.update(unpack(bytes)),
);
