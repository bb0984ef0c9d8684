import assert from "node:assert/strict";
import { test } from "node:test";
import { unitOrder } from "../../app/components/filter_grid/unit_order.js";
import { linesOf, wholeView } from "../../app/components/live_chart/lines.js";
import { binned } from "../../app/components/shared/histogram.js";
import { unpack } from "../../app/components/shared/payload.js";
import { appendAnswer, emptyTraining, isAhead, isOfRun } from "../../app/components/shared/training.js";
import { lastPlace, missingAround, momentAt, placesOf } from "../../app/components/time_scrubber/moments.js";
import { shareDone, stateInWords, timeLeft } from "../../app/components/training_feed/progress.js";
import { bytesOf, farthest, oracle } from "./oracle.js";

/** @import { Figures } from "../../app/components/shared/events.js" */
/** @import { FeedAnswer, RunState } from "../../app/components/shared/training.js" */
/** @import { Sorting, UnitFigures } from "../../app/components/filter_grid/unit_order.js" */

/** @typedef {{ figures: Figures, errors: number[], weights: number[] }} Snapshot */

const feed = oracle("feed");
/** @type {Snapshot[]} */
const snapshots = feed.snapshots;
/** @type {(name: string) => FeedAnswer} */
const answer = (name) => unpack(bytesOf(feed.answers[name]));

/** @returns {RunState} */
function wholeTraining() {
  const training = emptyTraining();
  appendAnswer(training, answer("whole"));
  assert.ok(isOfRun(training));
  return training;
}

/** @param {RunState} training */
function assertWhole(training) {
  assert.deepEqual(
    training.seen,
    snapshots.map(({ figures }) => figures.seen),
  );
  for (const [name, values] of Object.entries(training.series)) {
    const expected = snapshots.map(({ figures }) => figures[/** @type {keyof Figures} */ (name)]);
    assert.deepEqual(values, expected, name);
  }
  assert.equal(training.errors.length, snapshots.length);
  training.errors.forEach((errors, i) => {
    assert.ok(farthest(errors, snapshots[i].errors) < 1e-6);
  });
}

test("the first answer holds every recorded snapshot and the newest weights", () => {
  const training = wholeTraining();
  assert.ok(snapshots.length > feed.had + 2);
  assertWhole(training);
  const newest = snapshots[snapshots.length - 1];
  assert.deepEqual(training.now?.figures, newest.figures);
  assert.equal(farthest(training.now?.weights ?? [], newest.weights), 0);
  assert.equal(training.state, "finished");
  assert.equal(isAhead(training), false);
});

test("a later answer is appended to the points that it continues", () => {
  const training = wholeTraining();
  for (const list of [training.seen, training.errors, ...Object.values(training.series)]) {
    list.length = feed.had;
  }
  appendAnswer(training, answer("rest"));
  assertWhole(training);
  appendAnswer(training, answer("rest")); // the same once more: nothing is there twice
  appendAnswer(training, answer("nothing"));
  assertWhole(training);
});

test("points of another attempt replace those that are there", () => {
  const training = wholeTraining();
  appendAnswer(training, { ...answer("otherAttempt"), attempt: "another" });
  assertWhole(training);
  assert.equal(training.attempt, "another");
});

test("newest weights stay while the browser has them, and go with their attempt", () => {
  const training = wholeTraining();
  const { now } = training;
  const without = { weights: new Float32Array(), nowErrors: new Float32Array() };
  appendAnswer(training, { ...answer("nothing"), ...without });
  assert.equal(training.now, now);
  appendAnswer(training, { ...answer("whole"), ...without }); // their snapshot is damaged
  assert.equal(training.now, null);
});

test("the snapshots that can be gone to lie evenly among all", () => {
  for (const { count, units, patchSize, places } of oracle("places")) {
    const seen = Array.from({ length: count }, (_, i) => i);
    assert.deepEqual(
      placesOf({ seen, units, patchSize, now: null }),
      places,
      `${count}, ${units}, ${patchSize}`,
    );
  }
});

test("every place of a training is a moment with its figures, errors and weights", () => {
  const training = wholeTraining();
  const places = placesOf(training);
  assert.equal(lastPlace(training, places), snapshots.length);
  const kept = new Map(snapshots.map(({ figures, weights }) => [figures.seen, Float32Array.from(weights)]));
  snapshots.forEach((snapshot, i) => {
    const moment = momentAt(training, places, i + 1, kept);
    assert.equal(moment.seen, snapshot.figures.seen);
    assert.deepEqual(moment.figures, snapshot.figures);
    assert.ok(farthest(moment.errors, snapshot.errors) < 1e-6);
    assert.equal(farthest(moment.weights ?? [], snapshot.weights), 0);
    assert.equal(moment.last, i === snapshots.length - 1);
  });
  assert.equal(momentAt(training, places, 1, new Map()).weights, null);
});

test("weights newer than the last snapshot are a place of their own", () => {
  const training = wholeTraining();
  const places = placesOf(training);
  assert.ok(training.now);
  const seen = training.now.seen + 100;
  training.now = { ...training.now, seen, figures: { ...training.now.figures, seen } };
  assert.ok(isAhead(training));
  assert.equal(lastPlace(training, places), snapshots.length + 1);
  assert.deepEqual(
    [snapshots.length, snapshots.length + 1].map((number) => {
      const moment = momentAt(training, places, number, new Map());
      return [moment.seen, moment.last, moment.weights === null];
    }),
    [
      [seen - 100, false, true],
      [seen, true, false],
    ],
  );
});

test("without the newest weights, the last snapshot is the last place, and its weights are missing", () => {
  const training = wholeTraining();
  training.now = null;
  const moment = momentAt(training, placesOf(training), snapshots.length, new Map());
  assert.ok(moment.last);
  assert.equal(moment.weights, null);
});

test("snapshots after the newest weights are damaged, and no places", () => {
  const training = wholeTraining();
  assert.ok(training.now);
  const [before] = snapshots.slice(-2);
  training.now = { ...training.now, seen: before.figures.seen, figures: before.figures };
  const places = placesOf(training);
  assert.equal(places.length, snapshots.length - 1);
  assert.equal(lastPlace(training, places), places.length);
  const moment = momentAt(training, places, places.length, new Map());
  assert.deepEqual([moment.last, moment.seen], [true, before.figures.seen]);
  assert.ok(moment.weights);
});

test("what is missing is fetched from the nearest place on, and what is settled is not fetched", () => {
  const training = { ...wholeTraining(), seen: [0, 10, 20, 30, 40] };
  const missing = missingAround(training, [0, 2, 3, 4], 3, (seen) => seen === 20);
  assert.deepEqual(missing, [30, 40, 0]);
});

test("bars count the values between their edges", () => {
  for (const { values, low, high, counts } of oracle("histograms")) {
    const bins = binned(values, low, high, counts.length);
    assert.deepEqual(
      bins.map(({ length }) => length),
      counts,
    );
    assert.deepEqual(
      bins.flat().sort((a, b) => a - b),
      [...values.keys()],
    );
  }
});

test("units are sorted as the model measured them, ties by number", () => {
  const { figures, orders } = oracle("unit_order");
  /** @type {UnitFigures} */
  const measured = {
    meanActivation: Float32Array.from(figures.meanActivation),
    firingRate: Float32Array.from(figures.firingRate),
    meanRank: Float32Array.from(figures.meanRank),
    likeness: Uint16Array.from(figures.likeness),
  };
  for (const [by, order] of Object.entries(orders)) {
    assert.deepEqual(unitOrder(measured, /** @type {Sorting} */ (by)), order, by);
  }
});

const CHART = {
  title: "",
  yLabel: "",
  xMax: 50,
  yMax: 2,
  testId: "",
  live: [{ name: "test patches", figure: /** @type {const} */ ("testError"), kind: "main" }],
  still: [{ name: "another run", x: [0, 30_000], y: [1, 0.5], kind: "other1" }],
};

test("a chart's lines grow with the training, the newest figures at their end", () => {
  const training = wholeTraining();
  assert.ok(training.now);
  training.now.figures = { ...training.now.figures, seen: 30_000, testError: 0.125 };
  training.now.seen = 30_000;
  const [line, other] = linesOf(CHART, training);
  assert.deepEqual(line.x, [...training.seen, 30_000]);
  assert.deepEqual(line.y, [...training.series.testError, 0.125]);
  assert.equal(other, CHART.still[0]);
  assert.deepEqual(linesOf(CHART, null)[0].x, []);
});

test("a chart goes to the end of the longest run that it shows", () => {
  assert.deepEqual(wholeView(CHART, wholeTraining()), { xMin: 0, xMax: 30_000, yMin: 0, yMax: 2 });
  assert.equal(wholeView({ ...CHART, still: [] }, wholeTraining()).xMax, 20_000);
  assert.equal(wholeView(CHART, null).xMax, 50);
});

test("how far a training is", () => {
  const running = { ...answer("whole"), state: "running", patches: 10_000, patchesSeen: 4_000, batch: 16 };
  assert.equal(shareDone(running), 0.4);
  assert.equal(timeLeft({ ...running, patchesPerSecond: 70 }), "86 s");
  assert.equal(timeLeft({ ...running, patchesPerSecond: 10 }), "10 min");
  assert.equal(timeLeft({ ...running, patchesPerSecond: 0.5 }), "3 h");
  assert.equal(timeLeft({ ...running, patchesPerSecond: 70, speed: 2 }), "4 min"); // 32 patches a second
  assert.equal(timeLeft({ ...running, patchesPerSecond: 0 }), "–");
  assert.equal(timeLeft({ ...running, patchesPerSecond: 70, state: "paused" }), "–");
  /** @type {FeedAnswer} */
  const loading = { ...running, state: "loading", loaded: [5e6, 20e6] };
  assert.equal(shareDone(loading), 0.25);
  assert.equal(stateInWords(loading), "Downloading: 5 of 20 MB.");
  assert.equal(stateInWords({ ...running, state: "a state of a later version" }), "");
});
