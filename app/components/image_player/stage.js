// Two views of one picture that are zoomed and moved together, a divider over the first, and a frame on both.

import { clamp } from "../shared/clamp.js";
import { MOST_ZOOM, StageView } from "./stage_view.js";

/** @import { Mount } from "../shared/mount.js" */

const CLICK = 4; // px that a pointer may move and still click
/** @type {Record<string, [number, number]>} */
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * @typedef {object} Actions
 * @property {(down: number, right: number) => void} pick called with a clicked place, as shares of the picture
 * @property {(down: number, right: number) => void} walk called with how many tiles to go
 *
 * A rectangle as shares of the picture.
 * @typedef {{ top: number, left: number, height: number, width: number }} Frame
 */

export class Stage {
  #parts;
  #actions;
  #view = new StageView();
  #divider = 0.4;
  /** @type {Frame | null} */
  #frame = null;

  /**
   * @param {Mount} mount
   * @param {Actions} actions
   */
  constructor(mount, actions) {
    this.#parts = findParts(mount);
    this.#actions = actions;
    const { stage, besideStage, zoomIn, zoomOut, zoomFit } = this.#parts;
    for (const element of [stage, besideStage]) {
      this.#followPointer(element);
      this.#followKeys(element);
    }
    zoomIn.onclick = () => this.#zoomTo(2 * this.#view.zoom);
    zoomOut.onclick = () => this.#zoomTo(this.#view.zoom / 2);
    zoomFit.onclick = () => this.#zoomTo(1);
    this.#followDivider();
    this.#show();
  }

  /**
   * Show the whole of a new picture. Both views are brought to its shape; large pixels are shown as squares, many small
   * ones smoothly.
   * @param {number} height in pixels
   * @param {number} width
   */
  fit(height, width) {
    const { stage, besideStage, picture, reconstruction, beside } = this.#parts;
    for (const element of [stage, besideStage]) {
      element.style.aspectRatio = `${width} / ${height}`;
      element.style.width = `min(100%, ${((60 * width) / height).toFixed(2)}vh)`;
    }
    const shrunk = width > 1.5 * (stage.clientWidth || width) * (window.devicePixelRatio || 1);
    for (const canvas of [picture, reconstruction, beside]) {
      Object.assign(canvas, { width, height });
      canvas.style.imageRendering = shrunk ? "auto" : "pixelated";
    }
    this.#view = new StageView();
    this.#frame = null;
    this.#show();
  }

  /** @param {Frame} frame is drawn on both views */
  setFrame(frame) {
    this.#frame = frame;
    this.#showFrame();
  }

  /**
   * @param {number} zoom
   * @param {[number, number]} at what stays where it is, as shares of what is seen
   */
  #zoomTo(zoom, at = [0.5, 0.5]) {
    this.#view.zoomTo(zoom, ...at);
    this.#show();
  }

  /**
   * A click picks, dragging moves, the wheel zooms if Ctrl is held: else the page scrolls.
   * @param {HTMLElement} element
   */
  #followPointer(element) {
    /** @type {{ x: number, y: number, viewX: number, viewY: number, moved: boolean } | null} */
    let from = null;
    element.onpointerdown = (event) => {
      if (event.button) return;
      element.setPointerCapture(event.pointerId);
      from = { x: event.clientX, y: event.clientY, viewX: this.#view.x, viewY: this.#view.y, moved: false };
    };
    element.onpointermove = (event) => {
      if (!from) return;
      const [x, y] = [event.clientX - from.x, event.clientY - from.y];
      if (Math.hypot(x, y) > CLICK) from.moved = true;
      if (!from.moved) return;
      const { width, height } = element.getBoundingClientRect();
      const { zoom } = this.#view;
      this.#view.moveTo(from.viewX - x / width / zoom, from.viewY - y / height / zoom);
      this.#show();
    };
    element.onpointerup = (event) => {
      const clicked = from && !from.moved;
      from = null;
      if (!clicked) return;
      const { down, right } = this.#view.placeAt(...shareOf(element, event));
      this.#actions.pick(down, right);
    };
    element.onpointercancel = () => {
      from = null;
    };
    element.onwheel = (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      this.#zoomTo(this.#view.zoom * 2 ** (-event.deltaY / 200), shareOf(element, event));
    };
  }

  /** @param {HTMLElement} element */
  #followKeys(element) {
    element.onkeydown = (event) => {
      const { zoom } = this.#view;
      /** @type {Record<string, number>} */
      const zooms = { "+": 2 * zoom, "=": 2 * zoom, "-": zoom / 2, 0: 1 };
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key in STEPS) this.#actions.walk(...STEPS[event.key]);
      else if (event.key in zooms) this.#zoomTo(zooms[event.key]);
      else return;
      event.preventDefault();
      event.stopPropagation();
    };
  }

  #followDivider() {
    const { divider, stage } = this.#parts;
    let held = false;
    divider.onpointerdown = (event) => {
      divider.setPointerCapture(event.pointerId);
      held = true;
      event.stopPropagation();
    };
    divider.onpointermove = (event) => {
      if (held) this.#moveDivider(shareOf(stage, event)[0]);
      event.stopPropagation();
    };
    divider.onpointerup = divider.onpointercancel = (event) => {
      held = false;
      event.stopPropagation();
    };
    divider.onkeydown = (event) => {
      const step = 0.05;
      /** @type {Record<string, number>} */
      const goals = { ArrowLeft: this.#divider - step, ArrowRight: this.#divider + step, Home: 0, End: 1 };
      if (!(event.key in goals)) return;
      event.preventDefault();
      event.stopPropagation();
      this.#moveDivider(goals[event.key]);
    };
  }

  /** @param {number} share of the width of what is seen */
  #moveDivider(share) {
    this.#divider = clamp(share, 0, 1);
    this.#show();
  }

  #show() {
    const parts = this.#parts;
    const { zoom, x, y } = this.#view;
    for (const sheet of [parts.sheet, parts.besideSheet]) {
      sheet.style.transform = `scale(${zoom}) translate(${-100 * x}%, ${-100 * y}%)`;
    }
    this.#showFrame();
    const percent = 100 * this.#divider;
    parts.divider.style.left = `${percent}%`;
    parts.divider.setAttribute("aria-valuenow", String(Math.round(percent)));
    const hidden = clamp(x + this.#divider / zoom, 0, 1);
    parts.reconstruction.style.clipPath = `inset(0 0 0 ${100 * hidden}%)`;
    parts.originalLabel.style.display = this.#divider > 0.15 ? "" : "none";
    parts.zoomWords.textContent = `${zoom < 10 ? +zoom.toFixed(1) : Math.round(zoom)} x`;
    parts.zoomOut.disabled = parts.zoomFit.disabled = zoom <= 1;
    parts.zoomIn.disabled = zoom >= MOST_ZOOM;
    Object.assign(parts.root.dataset, { zoom: zoom.toFixed(3), divider: this.#divider.toFixed(3) });
  }

  /** The frames lie outside of what is scaled, because a browser draws no line thinner than a pixel before it scales. */
  #showFrame() {
    const { zoom, x, y } = this.#view;
    const frame = this.#frame;
    for (const element of [this.#parts.frame, this.#parts.besideFrame]) {
      element.style.display = frame ? "block" : "none";
      if (!frame) continue;
      /** @param {number} share */
      const percent = (share) => `${100 * zoom * share}%`;
      Object.assign(element.style, {
        top: percent(frame.top - y),
        left: percent(frame.left - x),
        width: percent(frame.width),
        height: percent(frame.height),
      });
    }
  }
}

/**
 * @param {HTMLElement} element
 * @param {MouseEvent} event
 * @returns {[number, number]} where the pointer is, as shares of the element's width and height
 */
function shareOf(element, event) {
  const box = element.getBoundingClientRect();
  return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
}

/** @param {Mount} mount */
function findParts(mount) {
  return {
    root: mount.part("root", HTMLElement),
    stage: mount.part("stage", HTMLElement),
    sheet: mount.part("sheet", HTMLElement),
    picture: mount.part("picture", HTMLCanvasElement),
    reconstruction: mount.part("reconstruction", HTMLCanvasElement),
    frame: mount.part("frame", HTMLElement),
    originalLabel: mount.part("originalLabel", HTMLElement),
    divider: mount.part("divider", HTMLElement),
    besideStage: mount.part("besideStage", HTMLElement),
    besideSheet: mount.part("besideSheet", HTMLElement),
    beside: mount.part("beside", HTMLCanvasElement),
    besideFrame: mount.part("besideFrame", HTMLElement),
    zoomIn: mount.part("zoomIn", HTMLButtonElement),
    zoomOut: mount.part("zoomOut", HTMLButtonElement),
    zoomFit: mount.part("zoomFit", HTMLButtonElement),
    zoomWords: mount.part("zoomWords", HTMLElement),
  };
}
