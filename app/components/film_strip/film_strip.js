// The units of the first ranks. Which of them are switched off is published to the player, which sums without them.

import { walkByArrows } from "../shared/arrow_keys.js";
import { sumOfRanks } from "../shared/code.js";
import { whenIdle } from "../shared/deferred_drawing.js";
import { pointsAt } from "../shared/hover.js";
import { component } from "../shared/mount.js";
import { paint, plainByte, signedByte } from "../shared/paint.js";

/** @import { CodeState } from "../shared/events.js" */
/** @import { Mount } from "../shared/mount.js" */

const FRAMES = 16;

/** @typedef {{ button: HTMLButtonElement, canvas: HTMLCanvasElement, label: HTMLSpanElement }} Frame */

class FilmStrip {
  #mount;
  #parts;
  /** @type {Frame[]} */
  #frames;
  /** @type {CodeState | null} */
  #code = null;
  #rank = 1;
  /** @type {number[]} */
  #pointedAt = [];
  /** @type {ReadonlySet<number>} */
  #off = new Set();
  #alone = false;

  /** @param {Mount} mount */
  constructor(mount) {
    this.#mount = mount;
    this.#parts = {
      frames: mount.part("frames", HTMLElement),
      sums: mount.part("sums", HTMLButtonElement),
      alone: mount.part("alone", HTMLButtonElement),
      allOn: mount.part("allOn", HTMLButtonElement),
      words: mount.part("words", HTMLElement),
    };
    this.#frames = Array.from({ length: FRAMES }, (_, k) => this.#makeFrame(k));
    this.#parts.frames.replaceChildren(...this.#frames.map(({ button }) => button));
    walkByArrows(this.#parts.frames, () => FRAMES)();
    this.#parts.sums.onclick = () => this.#showAlone(false);
    this.#parts.alone.onclick = () => this.#showAlone(true);
    this.#parts.allOn.onclick = () => this.#switchOff(new Set());
    this.#subscribe();
  }

  #subscribe() {
    this.#mount.subscribe("code", (code) => {
      const otherUnits = this.#code && code.weights !== this.#code.weights;
      this.#code = code;
      if (otherUnits && this.#off.size)
        this.#switchOff(new Set()); // they were another model's
      else whenIdle(this, () => this.#showFrames());
    });
    this.#mount.subscribe("rank", ({ rank }) => {
      this.#rank = rank;
      this.#showMarks();
    });
    this.#mount.subscribe("hover", ({ units }) => {
      this.#pointedAt = units;
      this.#showMarks();
    });
  }

  /**
   * @param {number} k its rank - 1
   * @returns {Frame}
   */
  #makeFrame(k) {
    const button = document.createElement("button");
    const canvas = document.createElement("canvas");
    const label = document.createElement("span");
    button.dataset.stop = "";
    button.append(canvas, label);
    const units = () => (this.#code ? [this.#code.order[k]] : []);
    button.onclick = () => {
      const off = new Set(this.#off);
      for (const unit of units()) if (!off.delete(unit)) off.add(unit);
      this.#switchOff(off);
    };
    pointsAt(button, units);
    return { button, canvas, label };
  }

  /** @param {boolean} alone each picture is of one unit, not of the sum */
  #showAlone(alone) {
    this.#alone = alone;
    this.#parts.sums.setAttribute("aria-pressed", String(!alone));
    this.#parts.alone.setAttribute("aria-pressed", String(alone));
    this.#showFrames();
  }

  /** @param {ReadonlySet<number>} off */
  #switchOff(off) {
    this.#off = off;
    this.#mount.publish("off", { units: off }); // the player publishes a new code in return
  }

  #showFrames() {
    const code = this.#code;
    if (!code) return;
    this.#frames.forEach((frame, k) => {
      frame.button.hidden = k >= code.order.length;
      if (!frame.button.hidden) this.#showFrame(frame, code, k);
    });
    const off = this.#off;
    this.#parts.allOn.hidden = off.size === 0;
    this.#parts.words.textContent = off.size
      ? `Off: unit ${[...off].join(", ")}. The rest is summed without; the dotted curve has all.`
      : "Click a picture to switch its unit off.";
    this.#showMarks();
  }

  /**
   * @param {Frame} frame
   * @param {CodeState} code
   * @param {number} k
   */
  #showFrame({ button, canvas, label }, code, k) {
    const size = code.patchSize;
    const unit = code.order[k];
    const active = k < code.active;
    const off = this.#off.has(unit);
    button.disabled = !active;
    if (this.#alone) {
      const start = unit * code.patch.length;
      const activation = active ? code.activations[unit] : 0;
      paint(canvas, size, size, (i) => signedByte(activation * code.weights[start + i]));
    } else {
      const sum = sumOfRanks(code, k + 1, this.#off);
      paint(canvas, size, size, (i) => plainByte(sum[i]));
    }
    label.textContent = active ? `${k + 1}\nu${unit}` : "–";
    button.dataset.unit = String(unit);
    button.classList.toggle("off", off);
    button.setAttribute("aria-pressed", String(off));
    button.title = active
      ? `Rank ${k + 1}: unit ${unit}. Press to switch it ${off ? "on" : "off"}.`
      : "No unit is active at this rank";
    button.setAttribute("aria-label", button.title);
  }

  #showMarks() {
    this.#frames.forEach(({ button }, k) => {
      button.classList.toggle("current", k + 1 === this.#rank);
      const pointedAt = this.#code && this.#pointedAt.includes(this.#code.order[k]);
      button.classList.toggle("pointed-at", Boolean(pointedAt));
    });
  }
}

export default component((mount) => new FilmStrip(mount));
