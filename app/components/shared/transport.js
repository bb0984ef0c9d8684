// The row under a player: a slider over ranks (or whatever is numbered from 1), steps, play and speed. Moves by
// mouse, touch and keyboard.

import { clamp } from "./clamp.js";

/** @type {Record<string, number>} */
const SPEEDS = { slow: 2, normal: 8, fast: 24 }; // steps a second

/**
 * @param {string} thing what it moves through, in the singular
 * @param {string} label of the slider
 */
const transportHtml = (thing, label) => `
  <button data-part="first" title="First ${thing} (Home)" aria-label="First ${thing}">|&#x25C0;</button>
  <button data-part="back" title="One ${thing} back (left arrow)" aria-label="One ${thing} back">◀</button>
  <button data-part="play" title="Play (space)" aria-pressed="false">▶ Play</button>
  <button data-part="forward" title="One ${thing} on (right arrow)" aria-label="One ${thing} on">▶</button>
  <button data-part="last" title="Last ${thing} that changes anything (End)" aria-label="Last ${thing}">&#x25B6;|</button>
  <input data-part="slider" type="range" min="1" max="2" value="1" step="1" aria-label="${label}" />
  <button data-part="loop" title="Start again when the end is reached" aria-pressed="false" aria-label="Loop">⟳</button>
  <select data-part="speed" aria-label="Playing speed" title="Playing speed">
    <option value="slow">slow</option><option value="normal" selected>normal</option><option value="fast">fast</option>
  </select>`;

export class Transport {
  /** Where it stands. */
  rank = 1;
  #ranks = 1;
  #lastUseful = 1;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;
  #controls;
  #onRank;

  /**
   * Fill `place`, whose data say what it moves through, and listen to keys anywhere in `root`.
   * @param {HTMLElement} root
   * @param {HTMLElement} place
   * @param {(rank: number) => void} onRank called after every movement
   */
  constructor(root, place, onRank) {
    const { thing = "", label = "" } = place.dataset;
    place.innerHTML = transportHtml(thing, label);
    this.#controls = findControls(place);
    this.#onRank = onRank;
    this.#listen();
    root.onkeydown = (event) => this.#press(event);
  }

  /** @param {number} rank rounded, and limited to the range */
  setRank(rank) {
    this.rank = clamp(Math.round(rank), 1, this.#ranks);
    this.#controls.slider.value = String(this.rank);
    this.#onRank(this.rank);
  }

  /**
   * Stand at a rank without a call of `onRank`.
   * @param {number} rank in the range
   */
  standAt(rank) {
    this.rank = rank;
    this.#controls.slider.value = String(rank);
  }

  /**
   * @param {number} ranks
   * @param {number} lastUseful the rank after which nothing changes any more; playing ends there
   */
  setRange(ranks, lastUseful) {
    this.#ranks = ranks;
    this.#lastUseful = Math.max(1, lastUseful);
    this.#controls.slider.max = String(ranks);
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#controls.play.textContent = "▶ Play";
    this.#controls.play.setAttribute("aria-pressed", "false");
  }

  #play() {
    if (this.rank >= this.#lastUseful) this.setRank(1);
    const { play, loop, speed } = this.#controls;
    play.textContent = "❚❚ Pause";
    play.setAttribute("aria-pressed", "true");
    const step = () => {
      if (this.rank < this.#lastUseful) this.setRank(this.rank + 1);
      else if (loop.getAttribute("aria-pressed") === "true") this.setRank(1);
      else this.stop();
    };
    this.#timer = setInterval(step, 1000 / SPEEDS[speed.value]);
  }

  #toggle() {
    if (this.#timer) this.stop();
    else this.#play();
  }

  /** @param {number} rank */
  #move(rank) {
    this.stop();
    this.setRank(rank);
  }

  #listen() {
    const { slider, play, loop, first, back, forward, last, speed } = this.#controls;
    slider.oninput = () => this.#move(Number(slider.value));
    play.onclick = () => this.#toggle();
    loop.onclick = () => {
      loop.setAttribute("aria-pressed", String(loop.getAttribute("aria-pressed") !== "true"));
    };
    first.onclick = () => this.#move(1);
    back.onclick = () => this.#move(this.rank - 1);
    forward.onclick = () => this.#move(this.rank + 1);
    last.onclick = () => this.#move(this.#lastUseful);
    speed.onchange = () => {
      if (!this.#timer) return;
      this.stop();
      this.#play();
    };
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowLeft: () => this.#move(this.rank - 1),
      ArrowDown: () => this.#move(this.rank - 1),
      ArrowRight: () => this.#move(this.rank + 1),
      ArrowUp: () => this.#move(this.rank + 1),
      PageDown: () => this.#move(this.rank - 10),
      PageUp: () => this.#move(this.rank + 10),
      Home: () => this.#move(1),
      End: () => this.#move(this.#lastUseful),
      " ": () => this.#toggle(),
    };
    const { tagName } = /** @type {Element} */ (event.target);
    if (tagName === "SELECT" || (tagName === "BUTTON" && event.key === " ")) return; // their own keys
    if (!(event.key in keys) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  }
}

/** @param {HTMLElement} place */
function findControls(place) {
  /** @param {string} name */
  const find = (name) => place.querySelector(`[data-part="${name}"]`);
  /** @param {string} name */
  const button = (name) => /** @type {HTMLButtonElement} */ (find(name));
  return {
    first: button("first"),
    back: button("back"),
    play: button("play"),
    forward: button("forward"),
    last: button("last"),
    loop: button("loop"),
    slider: /** @type {HTMLInputElement} */ (find("slider")),
    speed: /** @type {HTMLSelectElement} */ (find("speed")),
  };
}
