// The training on stage: live, or the recorded one where the server does not answer or this machine is too slow. It
// outlives the nodes that show it, which another patch replaces. Without a DOM; times are `performance.now()`.

import { request } from "../shared/events.js";
import { filterBytes } from "./filter_bytes.js";
import { recordedFrames } from "./recording.js";

/** @import { StagedTrainingState } from "../shared/events.js" */
/** @import { Frame, Recording } from "./recording.js" */
/** @typedef {"idle" | "requested" | "live" | "recorded" | "done"} Mode */

const ANSWER_EXPECTED = 3000; // ms: a server that has not answered by then is taken for out of reach
const SLOWEST = 30; // s: a training that will take longer to reach the author's error is replaced by the recorded one
/** The same for a training in the browser, which is slower and has nothing else to be live with. */
const SLOWEST_IN_BROWSER = 60;
/** Seconds of training before its speed is judged. */
export const FIRST_JUDGEMENT = 4;

export class StagedTraining {
  /** @type {Mode} */
  mode = "idle";
  /** @type {Frame[]} in order of time */
  frames = [];
  /** Seconds since its start. */
  seconds = 0;
  /** Why it is the recorded one; "" if it is live. */
  message = "";
  /** @type {Frame[]} of the recorded training */
  recorded = [];
  /** Patches that a training in the browser is to learn from; 0 of any other. */
  planned = 0;
  #authorError = 0;
  #request = 0;
  /** When it was requested, and when the server last answered. */
  #began = 0;
  #answered = 0;
  #isQueued = false;
  /** Where and when the recorded one was begun. */
  #playedFrom = 0;
  #playedAt = 0;

  /** Whether it is under way, live or recorded. */
  get isActive() {
    return this.mode !== "idle" && this.mode !== "done";
  }

  /**
   * @param {Recording} recording
   * @param {Uint8Array} filters (frames, units, inputs), flat
   * @param {number} authorError that a training in time reaches
   */
  load(recording, filters, authorError) {
    this.recorded = recordedFrames(recording, filters);
    this.#authorError = authorError;
  }

  /** Forget it; what the server still trains is stopped. */
  reset() {
    if (this.mode === "live" || this.mode === "requested") this.#requestStop();
    Object.assign(this, { mode: "idle", frames: [], seconds: 0, message: "" });
  }

  /** @param {number} now */
  start(now) {
    if (this.isActive) return;
    this.reset();
    this.mode = "requested";
    this.#request = Date.now();
    this.#began = this.#answered = now;
    this.#isQueued = false;
    request("start-training", { request: this.#request });
  }

  stop() {
    if (!this.isActive) return;
    this.#requestStop();
    this.mode = this.frames.length ? "done" : "idle";
  }

  #requestStop() {
    request("stop-training", { request: this.#request });
  }

  /**
   * The server has answered.
   * @param {StagedTrainingState} news
   * @param {number} now
   */
  update(news, now) {
    if ((this.mode !== "requested" && this.mode !== "live") || news.request !== this.#request) return;
    if (news.state === "failed") {
      this.#playRecorded(news.message.replace(/\.$/, ""), now);
      return;
    }
    this.#answered = now;
    this.#isQueued = news.state === "waiting";
    this.planned = news.planned ?? 0;
    const { weights, patchSize, latest, points } = news;
    if (!weights || !patchSize || !latest) return;
    this.mode = ["finished", "stopped"].includes(news.state) ? "done" : "live";
    this.seconds = (now - this.#began) / 1000;
    const [patches, error] = latest;
    const filters = filterBytes(weights, 3 * patchSize ** 2);
    const before = points.filter(([seen]) => seen < patches);
    this.frames = [...before.map(([seen, then]) => frameOf(seen, then)), frameOf(patches, error, filters)];
  }

  /**
   * To be called again and again while it is on stage: plays the recorded one on, and replaces a live one that is
   * not in time.
   * @param {number} now
   */
  watch(now) {
    if (this.mode === "recorded") {
      this.#playOn(now);
      return;
    }
    if ((this.mode === "requested" || this.mode === "live") && now - this.#waitingSince() > ANSWER_EXPECTED) {
      this.#playRecorded(this.#whyLate(now), now);
    }
    if (this.mode !== "live" || this.seconds < FIRST_JUDGEMENT) return;
    const last = this.frames[this.frames.length - 1];
    if (last.error <= this.#authorError) return;
    const needed = this.recorded.find(({ error }) => error <= this.#authorError) ?? this.recorded.at(-1);
    const seconds = (this.seconds * (needed?.patches ?? 0)) / Math.max(1, last.patches);
    if (seconds > (this.planned ? SLOWEST_IN_BROWSER : SLOWEST))
      this.#playRecorded(`this machine would need ${Math.round(seconds)} s`, now);
  }

  #waitingSince() {
    return this.mode === "requested" ? this.#began : this.#answered;
  }

  /** @param {number} now */
  #whyLate(now) {
    const silent = this.#answered === this.#began || now - this.#answered > ANSWER_EXPECTED;
    if (silent) return "the server does not answer";
    return this.#isQueued ? "another training has its turn" : "this machine is slow to begin";
  }

  /**
   * From where the live one stood, if it had begun.
   * @param {string} why
   * @param {number} now
   */
  #playRecorded(why, now) {
    const reached = this.frames.at(-1)?.patches ?? 0;
    const from = this.recorded.find(({ patches }) => patches >= reached) ?? this.recorded[0];
    this.mode = "recorded";
    this.planned = 0;
    this.message = why;
    this.#playedFrom = from.seconds;
    this.#playedAt = now;
    this.#requestStop();
  }

  /** @param {number} now */
  #playOn(now) {
    const seconds = this.#playedFrom + (now - this.#playedAt) / 1000;
    this.frames = this.recorded.filter((frame) => frame.seconds <= seconds);
    const end = this.recorded[this.recorded.length - 1].seconds;
    this.seconds = Math.min(seconds, end);
    if (this.frames.length === this.recorded.length) this.mode = "done";
  }
}

/**
 * @param {number} patches
 * @param {number} error
 * @param {Frame["filters"]} [filters]
 * @returns {Frame}
 */
function frameOf(patches, error, filters = null) {
  return { patches, error, seconds: 0, filters };
}
