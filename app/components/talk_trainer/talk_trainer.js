// Trains for the stage in a file that has no server: in a worker, whose answers it publishes as the server's.

import { component } from "../shared/mount.js";
import { unpack } from "../shared/payload.js";

/** @import { StagedTrainingState } from "../shared/events.js" */
/** @import { Mount } from "../shared/mount.js" */
/** @import { Material } from "./training.js" */
/** @import { Standing, Task } from "./worker.js" */

/** `payload`: a packed `Material`; `script`: the worker's. @typedef {{ payload: Uint8Array, script: string }} Data */

class TalkTrainer {
  #mount;
  /** @type {Material | null} */
  #material = null;
  #script = "";
  /** @type {Worker | null} */
  #worker = null;

  /** @param {Mount} mount */
  constructor(mount) {
    this.#mount = mount;
    mount.subscribe("start-training", ({ request }) => this.#start(request));
    mount.subscribe("stop-training", () => this.#stop());
    mount.onUnmount(() => this.#stop());
  }

  /** @param {Data} data */
  update({ payload, script }) {
    this.#material = unpack(payload);
    this.#script = script;
  }

  #stop() {
    this.#worker?.terminate();
    this.#worker = null;
  }

  /** @param {number} request */
  #start(request) {
    this.#stop();
    const material = this.#material;
    if (!material) return;
    try {
      this.#worker = workerOf(this.#script);
    } catch {
      this.#fail(request);
      return;
    }
    /** @type {StagedTrainingState["points"]} */
    const points = [];
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(request);
    };
    this.#worker.onmessage = (/** @type {MessageEvent<Standing>} */ { data }) => {
      const { seen, error, weights, isOver } = data;
      points.push([seen, error]);
      this.#mount.publish("staged-training", {
        request,
        state: isOver ? "finished" : "running",
        message: "",
        points: [...points],
        latest: [seen, error],
        weights,
        patchSize: material.patchSize,
        planned: material.patches,
      });
    };
    /** @type {Task} */
    const task = { material, seed: request % 2 ** 31 };
    this.#worker.postMessage(task);
  }

  /** @param {number} request */
  #fail(request) {
    const message = "this browser lets no file train";
    this.#mount.publish("staged-training", { request, state: "failed", message, points: [] });
  }
}

/**
 * @param {string} script
 * @returns {Worker}
 * @throws {DOMException} the browser refuses workers here
 */
function workerOf(script) {
  const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  try {
    return new Worker(address);
  } finally {
    URL.revokeObjectURL(address);
  }
}

export default component(
  (mount) => new TalkTrainer(mount),
  (trainer, /** @type {Data} */ data) => trainer.update(data),
);
