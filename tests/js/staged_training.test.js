import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { StagedTraining } from "../../app/components/talk_stage/staged_training.js";
import { PageEvent } from "./page_event.js";

/** @type {string[]} names of the requests that were published */
let requests = [];
/** The number of the latest request. */
let latest = 0;

beforeEach(() => {
  const window = new EventTarget();
  Object.assign(globalThis, { window, CustomEvent: PageEvent });
  requests = [];
  for (const name of ["start-training", "stop-training"]) {
    window.addEventListener(`rankscope:${name}`, (event) => {
      requests.push(name);
      latest = /** @type {CustomEvent<{ request: number }>} */ (event).detail.request;
    });
  }
});

const SECONDS = 10;
const RECORDING = {
  patches: [0, 100, 200, 400],
  errors: [2, 1, 0.5, 0.25],
  framesAt: [0, 2],
  seconds: SECONDS,
};
const FILTERS = new Uint8Array(2 * 2 * 3);
const AUTHOR_ERROR = 0.5;
const WEIGHTS = new Float32Array([0, 1, 2, 3, 4, 5]);

function loaded() {
  const training = new StagedTraining();
  training.load(RECORDING, FILTERS, AUTHOR_ERROR);
  return training;
}

/**
 * What the server answers.
 * @param {string} state
 * @param {[number, number]} [newest]
 */
function news(state, newest) {
  /** @type {[number, number][]} */
  const points = [
    [0, 2],
    [50, 1.5],
  ];
  const model = newest && { latest: newest, weights: WEIGHTS, patchSize: 1 };
  return { request: latest, state, message: "", points: newest ? points : [], ...model };
}

test("a live training is requested, shown as it is answered, and stopped", () => {
  const training = loaded();
  training.start(1000);
  assert.equal(training.mode, "requested");
  training.start(1001); // once is enough
  training.update(news("loading"), 1500);
  training.update(news("running", [60, 1.4]), 3000);
  training.watch(3100);
  assert.equal(training.mode, "live");
  assert.equal(training.seconds, 2);
  assert.deepEqual(
    training.frames.map(({ patches, error }) => [patches, error]),
    [
      [0, 2],
      [50, 1.5],
      [60, 1.4],
    ],
  );
  assert.equal(training.frames[2].filters?.length, WEIGHTS.length);
  training.update({ ...news("running", [70, 1.3]), request: latest - 1 }, 3200); // an earlier request's
  assert.equal(training.frames.length, 3);
  training.stop();
  assert.equal(training.mode, "done");
  assert.deepEqual(requests, ["start-training", "stop-training"]);
});

test("a server that does not answer is replaced by the recording, which plays to its end", () => {
  const training = loaded();
  training.start(0);
  training.watch(3000);
  assert.equal(training.mode, "requested");
  training.watch(3001);
  assert.equal(training.mode, "recorded");
  assert.equal(training.message, "the server does not answer");
  training.watch(3001 + 5000); // half of the patches, as the recording's time is evenly spread
  assert.deepEqual(
    training.frames.map(({ patches }) => patches),
    [0, 100, 200],
  );
  training.watch(3001 + 1000 * SECONDS);
  assert.equal(training.mode, "done");
  assert.equal(training.seconds, SECONDS);
  assert.deepEqual(requests, ["start-training", "stop-training"]);
});

test("why the live one is replaced", () => {
  for (const [state, why] of [
    ["waiting", "another training has its turn"],
    ["loading", "this machine is slow to begin"],
  ]) {
    const training = loaded();
    training.start(0);
    training.update(news(state), 2900);
    training.watch(3001);
    assert.equal(training.message, why);
  }
  const refused = loaded();
  refused.start(0);
  refused.update({ ...news("failed"), message: "The queue is full." }, 10);
  assert.deepEqual([refused.mode, refused.message], ["recorded", "The queue is full"]);
});

test("a training that is too slow for a talk is replaced from where it stood", () => {
  const training = loaded();
  training.start(0);
  training.update(news("running", [20, 1.9]), 3900);
  training.watch(3900); // too early to judge
  assert.equal(training.mode, "live");
  training.update(news("running", [25, 1.9]), 4000);
  training.watch(4000); // 200 patches for the author's error, at 25 in 4 s: 32 s
  assert.deepEqual([training.mode, training.message], ["recorded", "this machine would need 32 s"]);
  training.watch(4000);
  assert.deepEqual(
    training.frames.map(({ patches }) => patches),
    [0, 100],
  );
});

test("a training that has reached the author's error is in time, however slow", () => {
  const training = loaded();
  training.start(0);
  training.update(news("running", [25, AUTHOR_ERROR]), 4000);
  training.watch(4000);
  assert.equal(training.mode, "live");
});

test("the frames of the recording are made once, not at every tick", () => {
  let reads = 0;
  const counted = {
    ...RECORDING,
    get framesAt() {
      reads += 1;
      return RECORDING.framesAt;
    },
  };
  const training = new StagedTraining();
  training.load(counted, FILTERS, AUTHOR_ERROR);
  training.start(0);
  for (let now = 0; now < 20_000; now += 100) training.watch(now);
  assert.equal(training.mode, "done");
  assert.equal(reads, 1);
});

test("a rehearsal's training is forgotten, and stopped if it still runs", () => {
  const training = loaded();
  training.start(0);
  training.reset();
  assert.deepEqual([training.mode, training.frames, training.message], ["idle", [], ""]);
  assert.deepEqual(requests, ["start-training", "stop-training"]);
  training.reset();
  assert.equal(requests.length, 2);
});
