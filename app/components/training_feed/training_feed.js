// Requests the state of a run from the server again and again, and publishes it to the page's other components.

import { shortNumber } from "../shared/chart_scale.js";
import { retract } from "../shared/events.js";
import { component } from "../shared/mount.js";
import { unpack } from "../shared/payload.js";
import { fetchOfRun } from "../shared/server.js";
import { appendAnswer, emptyTraining, figuresOf } from "../shared/training.js";
import { shareDone, stateInWords, timeLeft } from "./progress.js";

/** @import { TrainingState } from "../shared/events.js" */
/** @import { Mount } from "../shared/mount.js" */
/** @import { FeedAnswer } from "../shared/training.js" */

const MOVING = ["waiting", "loading", "running", "paused"];
const OFTEN = 300; // ms between requests
const VERY_OFTEN = 90; // while single updates are to be seen
const SELDOM = 1200; // while nothing moves, or the answers are large
const LARGE = 1_000_000; // bytes of an answer

/** @typedef {{ run: string | null, state: string }} Payload the run to watch, and its state as the page shows it */

class TrainingFeed {
  #mount;
  #parts;
  /** @type {string | null | undefined} undefined before the first payload */
  #run;
  /** The state that the page shows. */
  #shownState = "";
  /** @type {TrainingState} */
  #training = emptyTraining();
  #requesting = false;
  #left = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {Mount} mount */
  constructor(mount) {
    this.#mount = mount;
    this.#parts = findParts(mount);
    const resume = () => this.#poll();
    document.addEventListener("visibilitychange", resume);
    mount.onUnmount(() => {
      this.#left = true;
      clearTimeout(this.#timer);
      document.removeEventListener("visibilitychange", resume);
    });
  }

  /** @param {Payload} payload */
  update({ run, state }) {
    this.#shownState = state;
    if (run !== this.#run) {
      this.#run = run;
      retract("training", this.#training); // it is another run's
      this.#training = emptyTraining();
      if (!run) {
        this.#showNothing();
        this.#mount.publish("training", this.#training);
      }
    }
    this.#poll();
  }

  /** Request the state once, and again as long as something moves and the page is visible. */
  async #poll() {
    clearTimeout(this.#timer);
    const run = this.#run;
    if (this.#left || this.#requesting || !run || document.hidden) return;
    this.#requesting = true;
    /** @type {number | null} */
    let rest = SELDOM;
    try {
      rest = await this.#request(run);
    } catch {
      if (run === this.#run) this.#parts.words.textContent = "The server does not answer; trying again.";
    } finally {
      this.#requesting = false;
    }
    if (run !== this.#run) this.#poll();
    else if (rest !== null && !this.#left) this.#timer = setTimeout(() => this.#poll(), rest);
  }

  /**
   * @param {string} run
   * @returns {Promise<number | null>} milliseconds until the next request; null if the run does not change any more
   */
  async #request(run) {
    const { seen, now, attempt } = this.#training;
    const query = { after: seen.length, seen: now?.seen ?? -1, attempt: attempt ?? "" };
    /** @type {{ content: FeedAnswer, size: number } | null} */
    const found = await fetchOfRun(run, "feed", query);
    if (this.#left || run !== this.#run) return null;
    if (!found) {
      this.#parts.words.textContent = "This run is gone.";
      return null;
    }
    this.#show(found.content);
    const { state, speed } = found.content;
    if (!MOVING.includes(state)) return null;
    const slow = !["running", "paused"].includes(state) || found.size >= LARGE;
    return slow ? SELDOM : speed ? VERY_OFTEN : OFTEN;
  }

  /** @param {FeedAnswer} answer */
  #show(answer) {
    const { state, points, weights } = answer;
    const isNew = points.length > 0 || weights.length > 0 || state !== this.#training.state;
    appendAnswer(this.#training, answer);
    this.#showFigures(answer);
    if (isNew) this.#mount.publish("training", this.#training);
    if (state === this.#shownState) return;
    this.#shownState = state;
    this.#mount.trigger("state", state); // the page shows other buttons then
  }

  /** @param {FeedAnswer} answer */
  #showFigures(answer) {
    const { run, state, patches, patchesSeen, patchesPerSecond } = answer;
    const parts = this.#parts;
    const figures = answer.now ? figuresOf(answer.now) : null;
    parts.state.textContent = state[0].toUpperCase() + state.slice(1);
    parts.words.textContent = stateInWords(answer);
    parts.words.classList.toggle("failed", state === "failed");
    parts.progress.value = shareDone(answer);
    parts.patchesSeen.textContent = `${shortNumber(patchesSeen)} of ${shortNumber(patches)}`;
    parts.speed.textContent = patchesPerSecond ? Math.round(patchesPerSecond).toLocaleString("en") : "–";
    parts.left.textContent = timeLeft(answer);
    parts.error.textContent = figures?.testError.toFixed(3) ?? "–";
    parts.sum.textContent = figures?.errorSum.toFixed(1) ?? "–";
    parts.active.textContent = figures?.active.toFixed(0) ?? "–";
    parts.dead.textContent = figures?.dead.toFixed(0) ?? "–";
    Object.assign(parts.root.dataset, { state, seen: patchesSeen, run, sum: figures?.errorSum ?? "" });
  }

  #showNothing() {
    const { root, state, words, progress, ...figures } = this.#parts;
    state.textContent = "Nothing trains yet.";
    words.textContent = "Press Train: the filters grow out of noise, and the curves fall.";
    for (const figure of Object.values(figures)) figure.textContent = "–";
    progress.value = 0;
    Object.assign(root.dataset, { state: "nothing", seen: "", run: "" });
  }
}

/** @param {Mount} mount */
function findParts(mount) {
  return {
    root: mount.part("root", HTMLElement),
    state: mount.part("state", HTMLElement),
    words: mount.part("words", HTMLElement),
    progress: mount.part("progress", HTMLProgressElement),
    patchesSeen: mount.part("patchesSeen", HTMLElement),
    speed: mount.part("speed", HTMLElement),
    left: mount.part("left", HTMLElement),
    error: mount.part("error", HTMLElement),
    sum: mount.part("sum", HTMLElement),
    active: mount.part("active", HTMLElement),
    dead: mount.part("dead", HTMLElement),
  };
}

export default component(
  (mount) => new TrainingFeed(mount),
  (feed, /** @type {Uint8Array} */ bytes) => feed.update(unpack(bytes)),
);
