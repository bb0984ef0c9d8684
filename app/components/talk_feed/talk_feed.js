// Passes the stage's requests for a training on to the server, and publishes what the server answers.

import { component } from "../shared/mount.js";
import { unpack } from "../shared/payload.js";
import { fetchOfRun } from "../shared/server.js";

/** @import { StagedTrainingState } from "../shared/events.js" */
/** @import { Mount } from "../shared/mount.js" */
/** @import { FeedAnswer } from "../shared/training.js" */

const OFTEN = 150; // ms between requests
const UNDER_WAY = ["waiting", "loading", "running"];

/**
 * @typedef {object} Payload
 * @property {number} request the stage's latest one that the server knows of; 0 before the first
 * @property {string | null} run the training that answers it
 * @property {string} message why there is none
 */

class TalkFeed {
  #mount;
  /** The request that is followed. */
  #request = 0;

  /** @param {Mount} mount */
  constructor(mount) {
    this.#mount = mount;
    mount.subscribe("start-training", ({ request }) => mount.trigger("start", request));
    mount.subscribe("stop-training", ({ request }) => mount.trigger("stop", request));
    mount.onUnmount(() => {
      this.#request = 0;
    });
  }

  /** @param {Payload} payload */
  update({ request, run, message }) {
    if (request === this.#request) return;
    this.#request = request;
    if (run) this.#follow(request, run);
    else if (request)
      this.#mount.publish("staged-training", { request, state: "failed", message, points: [] });
  }

  /**
   * Until the run has ended, another one is followed, or the server does not answer: the stage notices by itself
   * that nothing comes any more.
   * @param {number} request
   * @param {string} run
   */
  async #follow(request, run) {
    /** @type {StagedTrainingState["points"]} */
    const points = [];
    let attempt = "";
    let seen = -1;
    /** @type {Float32Array | undefined} */
    let weights;
    while (this.#request === request) {
      const query = { after: points.length, seen, attempt };
      /** @type {{ content: FeedAnswer } | null} */
      const found = await fetchOfRun(run, "feed", query).catch(() => null);
      if (!found || this.#request !== request) return;
      const { state, message, now, patchSize, ...answer } = found.content;
      attempt = answer.attempt;
      points.length = answer.first;
      for (const [patches, , testError] of answer.points) points.push([patches, testError]);
      if (now && answer.weights.length) [seen, weights] = [now[0], answer.weights];
      /** @type {StagedTrainingState["latest"]} */
      const latest = now && [now[0], now[2]];
      this.#mount.publish("staged-training", { request, state, message, points, latest, weights, patchSize });
      if (!UNDER_WAY.includes(state)) return;
      await new Promise((done) => setTimeout(done, OFTEN));
    }
  }
}

export default component(
  (mount) => new TalkFeed(mount),
  (feed, /** @type {Uint8Array} */ bytes) => feed.update(unpack(bytes)),
);
