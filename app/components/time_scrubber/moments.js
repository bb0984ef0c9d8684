// The moments of a training that can be gone to: the recorded snapshots, or some of them where the weights of all
// would take too much memory, and the newest weights as the last one. Places are numbered from 1. Without a DOM.

import { isAhead } from "../shared/training.js";

/** @import { Figures, MomentState } from "../shared/events.js" */
/** @import { RunState } from "../shared/training.js" */

const MOST_WEIGHTS = 24_000_000; // numbers of 4 bytes that the browser keeps
const FEWEST_PLACES = 4;

/**
 * @param {Pick<RunState, "seen" | "units" | "patchSize" | "now">} training
 * @returns {number[]} indices of recorded snapshots, evenly among all, the first and the last always; snapshots after
 *   the newest weights are none: they are damaged
 */
export function placesOf({ seen, units, patchSize, now }) {
  const last = now ? seen.findLastIndex((patches) => patches <= now.seen) : seen.length - 1;
  const most = Math.max(FEWEST_PLACES, Math.floor(MOST_WEIGHTS / (units * 3 * patchSize ** 2)));
  const count = Math.min(last + 1, most);
  return Array.from({ length: count }, (_, i) => Math.round((i * last) / Math.max(1, count - 1)));
}

/**
 * @param {RunState} training
 * @param {number[]} places as `placesOf` gives them
 * @returns {number} the number of the last place
 */
export function lastPlace(training, places) {
  return places.length + (isAhead(training) ? 1 : 0);
}

/**
 * @param {RunState} training with at least one place
 * @param {number[]} places
 * @param {number} number of the place; beyond the last one it is the last one
 * @param {ReadonlyMap<number, Float32Array>} kept weights by patches seen
 * @returns {MomentState}
 */
export function momentAt(training, places, number, kept) {
  const { run, units, patchSize, coder, now, series } = training;
  const last = number >= lastPlace(training, places);
  const common = { run, units, patchSize, coder, last };
  if (last && now) return { ...common, ...now };
  const i = places[Math.min(number, places.length) - 1];
  const seen = training.seen[i];
  const figures = Object.fromEntries(Object.entries(series).map(([name, values]) => [name, values[i]]));
  return {
    ...common,
    seen,
    figures: /** @type {Figures} */ (figures),
    errors: training.errors[i],
    weights: kept.get(seen) ?? null,
  };
}

/**
 * @param {RunState} training
 * @param {number[]} places
 * @param {number} number of the place that is shown
 * @param {(seen: number) => boolean} isSettled whether the weights after so many patches are there, or never will be
 * @returns {number[]} patches seen of the snapshots whose weights are missing, the nearest first
 */
export function missingAround(training, places, number, isSettled) {
  return places
    .map((i, place) => ({ distance: Math.abs(place + 1 - number), seen: training.seen[i] }))
    .filter(({ seen }) => !isSettled(seen))
    .sort((a, b) => a.distance - b.distance)
    .map(({ seen }) => seen);
}
