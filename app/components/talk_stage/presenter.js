// The speaker's window: this beat, the next one, notes and time, while the projector shows the stage.

import { button, node } from "./nodes.js";

/**
 * What the window shows of a beat. `sentences`: the beat's own and the speaker's; `note`: for the speaker only.
 * @typedef {{ title: string, sentences: string[], note: string }} Cue
 *
 * `now` is the `at`th of `count` beats, from 1; `next` is null at the last one.
 * @typedef {{ at: number, count: number, now: Cue, next: Cue | null }} Cues
 */

const NAME = "rankscope-presenter"; // of the window: opened again, it is the same one
const LOOK = "popup,width=960,height=640";
const SECOND = 1000; // ms
const STYLE = `
:root { color-scheme: dark; font: 20px/1.4 system-ui, sans-serif; background: #11161c; color: #e8edf2; }
body { margin: 0; padding: 1.2rem; box-sizing: border-box; min-height: 100vh; display: grid; gap: 1rem;
  grid-template: auto minmax(0, 1fr) auto / 1.7fr 1fr; }
header, footer { grid-column: 1 / -1; display: flex; gap: 1rem; align-items: baseline; }
header b { font-size: 2.2rem; font-variant-numeric: tabular-nums; }
header span { margin-left: auto; }
section { overflow: auto; border: 1px solid #3b4652; border-radius: 8px; padding: 0.8rem 1rem; overflow-wrap: anywhere; }
h2 { margin: 0 0 0.4rem; font-size: 1rem; color: #9fb2c4; }
h1 { margin: 0 0 0.6rem; font-size: 1.3rem; }
.note { font-size: 1.5rem; white-space: pre-wrap; }
.next { color: #c3ced8; }
button { font: inherit; padding: 0.4rem 1.2rem; color: inherit; background: #1d252e; border: 1px solid #3b4652; border-radius: 6px; }
`;

export class Presenter {
  /** @type {Window | null} */
  #window = null;
  #obey;
  #clock = node("b");
  #daytime = node("span");
  #now = node("section", "now");
  #next = node("section", "next");
  #began = 0;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #ticking;

  /** @param {(key: KeyboardEvent) => void} obey called with the keys pressed in the window */
  constructor(obey) {
    this.#obey = obey;
  }

  /**
   * Open the window, or bring it to the front.
   * @param {() => void} goOn to the next beat
   * @param {() => void} goBack to the one before
   * @returns {boolean} false if the browser refuses one
   */
  open(goOn, goBack) {
    const opened = window.open("", NAME, LOOK);
    if (!opened) return false;
    this.#window = opened;
    const page = opened.document;
    page.title = "Presenter";
    const style = page.createElement("style");
    style.textContent = STYLE;
    page.head.replaceChildren(style);
    this.#began = Date.now();
    const anew = button("Clock to zero", () => {
      this.#began = Date.now();
      this.#tick();
    });
    const turning = [button("◀ Back", goBack), button("Next ▶", goOn)];
    page.body.replaceChildren(
      node("header", "", this.#clock, anew, this.#daytime),
      this.#now,
      this.#next,
      node("footer", "", ...turning),
    );
    opened.onkeydown = this.#obey;
    clearInterval(this.#ticking);
    this.#ticking = setInterval(() => this.#tick(), SECOND);
    this.#tick();
    return true;
  }

  /** @param {Cues} cues */
  show({ at, count, now, next }) {
    if (!this.#window || this.#window.closed) return;
    this.#now.replaceChildren(node("h2", "", `${at} of ${count}`), ...cueNodes(now));
    this.#next.replaceChildren(
      node("h2", "", next ? "Next" : "This is the last beat"),
      ...(next ? cueNodes(next) : []),
    );
  }

  close() {
    clearInterval(this.#ticking);
    this.#window?.close();
    this.#window = null;
  }

  #tick() {
    if (!this.#window || this.#window.closed) {
      clearInterval(this.#ticking);
      return;
    }
    this.#clock.textContent = elapsed(Date.now() - this.#began);
    this.#daytime.textContent = new Date().toLocaleTimeString("en-GB", {
      hour: "2-digit",
      minute: "2-digit",
    });
  }
}

/**
 * @param {number} ms
 * @returns {string} minutes and seconds
 */
export function elapsed(ms) {
  const seconds = Math.floor(ms / SECOND);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** @param {Cue} cue */
function cueNodes({ title, sentences, note }) {
  const said = sentences.filter(Boolean).map((text) => node("p", "", text));
  return [node("h1", "", title), ...said, ...(note ? [node("p", "note", note)] : [])];
}
