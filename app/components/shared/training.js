// The state of a training, put together from the answers of the server's feed. Without a DOM.

/** @import { Coder } from "./encoder.js" */
/** @import { Figures, TrainingState } from "./events.js" */

/**
 * In the order of a row of the feed's `points`.
 * @type {readonly (keyof Figures)[]}
 */
const FIGURES = [
  "seen",
  "trainError",
  "testError",
  "trainObjective",
  "testObjective",
  "errorSum",
  "dead",
  "active",
];

/**
 * The training of a run, of which at least one answer has come.
 * @typedef {TrainingState & Required<Pick<TrainingState, "run" | "state" | "patches" | "units" | "patchSize" | "coder">>} RunState
 *
 * What the server answers about a run: see `feed_of_training` in app/api.py.
 * @typedef {object} FeedAnswer
 * @property {string} run
 * @property {string} attempt
 * @property {string} state
 * @property {number} place in the queue, from 1
 * @property {number} patches in all
 * @property {number} units
 * @property {number} patchSize
 * @property {Coder} coder of the rule: how its model's units are chosen
 * @property {string} message why the run failed
 * @property {[number, number] | null} loaded bytes downloaded, and in all
 * @property {number} patchesPerSecond
 * @property {number | null} speed updates a second; null for full speed
 * @property {number} batch patches an update
 * @property {number} patchesSeen
 * @property {number} first index of the first of `points`
 * @property {number[][]} points rows of FIGURES, one for each recorded snapshot from `first` on
 * @property {number[] | null} now the same of the newest weights that can be read
 * @property {number[]} damaged patches seen of the newest snapshots, whose weights can't be read
 * @property {Float32Array} errors (points, units) by rank, flat
 * @property {Float32Array} nowErrors (units,) of the newest weights; none if the browser has them
 * @property {Float32Array} weights (units, inputs), flat, the newest; none if the browser has them
 */

/** @returns {TrainingState} */
export function emptyTraining() {
  /** @type {Partial<TrainingState["series"]>} */
  const series = {};
  for (const name of FIGURES) series[name] = [];
  return { seen: [], series: /** @type {TrainingState["series"]} */ (series), errors: [], now: null };
}

/**
 * @param {TrainingState} training
 * @returns {training is RunState}
 */
export function isOfRun(training) {
  return training.run !== undefined;
}

/**
 * @param {number[]} row of a feed's answer
 * @returns {Figures}
 */
export function figuresOf(row) {
  return /** @type {Figures} */ (Object.fromEntries(FIGURES.map((name, column) => [name, row[column]])));
}

/**
 * Append the points of an answer to those that it continues; points of another attempt replace all.
 * @param {TrainingState} training changed in place
 * @param {FeedAnswer} answer
 */
export function appendAnswer(training, answer) {
  const { first, points, units } = answer;
  for (const list of [training.seen, training.errors, ...Object.values(training.series)]) list.length = first;
  points.forEach((row, i) => {
    FIGURES.forEach((name, column) => {
      training.series[name].push(row[column]);
    });
    training.seen.push(row[0]);
    training.errors.push(answer.errors.subarray(i * units, (i + 1) * units));
  });
  const { run, attempt, state, patches, patchSize, coder } = answer;
  Object.assign(training, { run, attempt, state, patches, units, patchSize, coder });
  if (answer.now && answer.weights.length) {
    const figures = figuresOf(answer.now);
    training.now = { seen: figures.seen, figures, errors: answer.nowErrors, weights: answer.weights };
  } else if (!answer.now || first === 0) {
    training.now = null; // there are none, or their snapshot is damaged
  }
}

/**
 * @param {TrainingState} training
 * @returns {boolean} whether the newest weights are newer than the newest recorded snapshot
 */
export function isAhead({ now, seen }) {
  return now !== null && now.seen > (seen.at(-1) ?? -1);
}
