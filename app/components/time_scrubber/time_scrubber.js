// A whole training under a slider. While it stands at the last place it follows the training. Weights of other moments
// are fetched from the server when they are wanted, together with those around them.

import { component } from "../shared/mount.js";
import { fetchOfRun } from "../shared/server.js";
import { isOfRun } from "../shared/training.js";
import { Transport } from "../shared/transport.js";
import { lastPlace, missingAround, momentAt, placesOf } from "./moments.js";

/** @import { MomentState, TrainingState } from "../shared/events.js" */
/** @import { Mount } from "../shared/mount.js" */

const AT_ONCE = 12; // snapshots a request

/**
 * @typedef {object} Snapshots
 * @property {number[]} seen patches seen of the snapshots in `weights`
 * @property {number[]} damaged the same of those that can't be read
 * @property {Float32Array} weights (snapshots, units * inputs), flat
 */

class TimeScrubber {
  #mount;
  #parts;
  #transport;
  /** @type {TrainingState | null} */
  #training = null;
  /** @type {number[]} */
  #places = [];
  /** @type {Map<number, Float32Array>} weights by patches seen */
  #kept = new Map();
  /** @type {Set<number>} patches seen of damaged snapshots */
  #damaged = new Set();
  #following = true;
  /** @type {MomentState | null} */
  #moment = null;
  #fetching = false;
  #left = false;

  /** @param {Mount} mount */
  constructor(mount) {
    this.#mount = mount;
    this.#parts = {
      root: mount.part("root", HTMLElement),
      words: mount.part("words", HTMLElement),
    };
    const place = mount.part("transport", HTMLElement);
    this.#transport = new Transport(this.#parts.root, place, (number) => this.#show(number));
    mount.subscribe("training", (training) => this.#followTraining(training));
    mount.onUnmount(() => {
      this.#left = true;
      this.#transport.stop();
    });
  }

  /** @param {TrainingState} training */
  #followTraining(training) {
    if (this.#training !== training) this.#forget();
    this.#training = training;
    if (!isOfRun(training) || !training.seen.length) return;
    this.#places = placesOf(training);
    this.#dropUnreachable(training);
    const count = lastPlace(training, this.#places);
    this.#transport.setRange(count, count);
    const before = this.#moment;
    const isShown = before?.run === training.run && before.weights === training.now?.weights;
    if (this.#following && !isShown) {
      this.#transport.setRank(count);
      return;
    }
    // More snapshots have come, or none: stay at the one that is shown, without publishing it anew.
    const at = before?.seen ?? 0;
    const place = this.#following ? -1 : this.#places.findIndex((i) => training.seen[i] >= at);
    this.#transport.standAt(place < 0 ? count : place + 1);
  }

  /** Another run is watched. */
  #forget() {
    this.#transport.stop();
    this.#kept = new Map();
    this.#damaged = new Set();
    this.#places = [];
    this.#following = true;
    this.#parts.words.textContent = "";
    Object.assign(this.#parts.root.dataset, { seen: "", error: "", ready: "" });
  }

  /**
   * Only weights of the places stay in memory.
   * @param {TrainingState} training
   */
  #dropUnreachable({ seen }) {
    const reachable = new Set(this.#places.map((i) => seen[i]));
    for (const patches of this.#kept.keys()) if (!reachable.has(patches)) this.#kept.delete(patches);
  }

  /** @param {number} number */
  #show(number) {
    const training = this.#training;
    if (!training || !isOfRun(training) || !this.#places.length) return;
    const moment = momentAt(training, this.#places, number, this.#kept);
    const { seen, figures, weights, patchSize, coder } = moment;
    this.#moment = moment;
    this.#following = moment.last;
    if (moment.last && weights) this.#kept.set(seen, weights);
    else this.#fetchAround();
    this.#mount.publish("moment", moment);
    if (weights) this.#mount.publish("model", { weights, patchSize, coder, trainedFor: coder });
    const damaged = this.#damaged.has(seen);
    const missing = damaged ? ", filters damaged" : ", filters on their way";
    this.#parts.words.textContent =
      `After ${seen.toLocaleString("en")} patches: test error ${figures.testError.toFixed(3)}, ` +
      `error sum ${figures.errorSum.toFixed(1)}${weights ? "" : missing}.`;
    Object.assign(this.#parts.root.dataset, {
      seen,
      error: figures.testError.toFixed(6),
      ready: weights ? "true" : damaged ? "damaged" : "",
    });
  }

  /** Fetch the weights at the present place and at those around it, a few at a time, until all are there. */
  async #fetchAround() {
    if (this.#fetching) return;
    this.#fetching = true;
    try {
      while (await this.#fetchNearest());
    } catch {
      this.#parts.words.textContent = "The server does not answer; move again to try again.";
    } finally {
      this.#fetching = false;
    }
  }

  /**
   * @returns {Promise<boolean>} whether more may be missing
   * @throws {Error} the server does not answer
   */
  async #fetchNearest() {
    const training = this.#training;
    if (this.#left || !training || !isOfRun(training)) return false;
    /** @param {number} seen */
    const isSettled = (seen) => this.#kept.has(seen) || this.#damaged.has(seen);
    const { rank } = this.#transport;
    const wanted = missingAround(training, this.#places, rank, isSettled).slice(0, AT_ONCE);
    if (!wanted.length) return false;
    /** @type {{ content: Snapshots } | null} */
    const found = await fetchOfRun(training.run, "snapshots", { seen: wanted.join(",") });
    if (this.#left || training !== this.#training) return true;
    const { seen = [], damaged = [], weights } = found?.content ?? {};
    if (!weights || !(seen.length || damaged.length)) throw new Error("Nothing of what was requested came.");
    const size = weights.length / Math.max(1, seen.length);
    seen.forEach((patches, i) => {
      this.#kept.set(patches, weights.slice(i * size, (i + 1) * size));
    });
    for (const patches of damaged) this.#damaged.add(patches);
    const shown = this.#moment;
    if (shown && !shown.weights && [...seen, ...damaged].includes(shown.seen))
      this.#show(this.#transport.rank);
    return true;
  }
}

export default component((mount) => new TimeScrubber(mount));
