// Messages between the components of a page. Each is dispatched on `window` as "rankscope:<event>".
//
// A state lasts: a component that subscribes later gets the latest one at once. A request does not: only
// present subscribers get it. A test compares this list with the calls in the sources.
//
// state            published by                         subscribed by
// patch            patch_picker, image_player         > rank_player
// model            filter_grid, image_player, time_scrubber > rank_player
// code             rank_player                        > film_strip, filter_grid, unit_answers
// rank             rank_player                        > film_strip, filter_grid, unit_answers, image_player
// hover            shared/hover                       > rank_player, film_strip, filter_grid, unit_answers
// off              film_strip                         > rank_player
// place            rank_player                        > image_player
// picture          picture_source                     > image_player
// training         training_feed                      > live_chart, error_map, time_scrubber
// moment           time_scrubber                      > rank_player, filter_grid, live_chart, error_map
// staged-training  talk_feed, talk_trainer            > talk_stage
//
// request          requested by                         subscribed by
// go-to-rank       image_player, unit_answers         > rank_player
// go-to-unit       filter_grid, unit_view             > rank_player
// start-training   talk_stage                         > talk_feed, talk_trainer
// stop-training    talk_stage                         > talk_feed, talk_trainer
// rehearse         beat_list                          > talk_stage

/** @import { Code } from "./code.js" */
/** @import { Coder } from "./encoder.js" */

/**
 * A patch of a picture: `patch` holds patchSize x patchSize x 3 values in [0, 1), row-major RGB; `row` and `col` are
 * those of its upper left pixel.
 * @typedef {{ patch: Float32Array, patchSize: number, row: number, col: number }} PatchState
 *
 * The model that decomposes it: `weights` is (units, patchSize * patchSize * 3), flat; `coder` is how units are chosen;
 * `trainedFor` is how they were chosen while it learned.
 * @typedef {{ weights: Float32Array, patchSize: number, coder: Coder, trainedFor: Coder }} ModelState
 *
 * The patch as the model encodes it, the weights that decode it, and the units that are switched off.
 * @typedef {PatchState & Code & {
 *   weights: Float32Array, coder: Coder, off: ReadonlySet<number>, errors: Float64Array,
 * }} CodeState
 *
 * The rank that is shown, from 1; the unit at this rank and whether it is active.
 * @typedef {{ rank: number, unit: number, active: boolean }} RankState
 *
 * A whole picture and how it is tiled: `picture` is (height, width, 3) bytes, flat.
 * @typedef {ModelState & { picture: Uint8Array, height: number, width: number, stride: number }} PictureState
 *
 * What is measured of a model, by name.
 * @typedef {Record<"seen" | "trainError" | "testError" | "trainObjective" | "testObjective" | "errorSum" | "dead" |
 *   "active", number>} Figures
 *
 * The newest weights of a training, recorded or not. `seen`: patches; `errors`: (units,) by rank.
 * @typedef {{ seen: number, figures: Figures, errors: Float32Array, weights: Float32Array }} NewestWeights
 *
 * How a run stands. `attempt`: which attempt at the run the points belong to. `seen`, each of `series` and `errors` have
 * one entry a recorded snapshot. Without a run there is nothing but empty lists.
 * @typedef {{
 *   run?: string, state?: string, attempt?: string, patches?: number, units?: number, patchSize?: number,
 *   coder?: Coder,
 *   seen: number[], series: Record<keyof Figures, number[]>, errors: Float32Array[], now: NewestWeights | null,
 * }} TrainingState
 *
 * A moment of a training that is looked at. `weights` is null until they have been fetched, and if their snapshot is
 * damaged; `last`: it is the newest.
 * @typedef {{
 *   run: string, units: number, patchSize: number, coder: Coder, last: boolean, seen: number, figures: Figures,
 *   errors: Float32Array, weights: Float32Array | null,
 * }} MomentState
 *
 * The training of the talk, as the server answered last, or the page's own worker; `points` and `latest` are
 * [patches seen, test error]; `planned`: patches that a training in the browser is to learn from.
 * @typedef {{
 *   request: number, state: string, message: string, points: [number, number][], latest?: [number, number] | null,
 *   weights?: Float32Array, patchSize?: number, planned?: number,
 * }} StagedTrainingState
 */

/**
 * What each state carries.
 * @typedef {{
 *   patch: PatchState, model: ModelState, code: CodeState, rank: RankState, hover: { units: number[] },
 *   off: { units: ReadonlySet<number> }, place: { row: number, col: number }, picture: PictureState,
 *   training: TrainingState, moment: MomentState, "staged-training": StagedTrainingState,
 * }} States
 *
 * What each request carries; that of a training is a number which the answers name again.
 * @typedef {{
 *   "go-to-rank": { rank: number }, "go-to-unit": { unit: number }, "start-training": { request: number },
 *   "stop-training": { request: number }, rehearse: Record<string, never>,
 * }} Requests
 *
 * @typedef {States & Requests} Messages
 */

/**
 * On `window` rather than in this module, so that modules of two versions understand each other while a page that was
 * open during an update of the server has both.
 * @returns {Partial<States>}
 */
function latestStates() {
  const page = /** @type {{ rankscopeLastWords?: Partial<States> }} */ (/** @type {unknown} */ (window));
  page.rankscopeLastWords ??= {};
  return page.rankscopeLastWords;
}

/**
 * @param {string} event
 * @param {unknown} detail
 */
function dispatch(event, detail) {
  window.dispatchEvent(new CustomEvent(`rankscope:${event}`, { detail }));
}

/**
 * @template {keyof States} E
 * @param {E} event
 * @param {States[E]} state
 */
export function publish(event, state) {
  latestStates()[event] = state;
  dispatch(event, state);
}

/**
 * Withdraw a state, so that later subscribers do not get it. No-op if another one has been published since.
 * @template {keyof States} E
 * @param {E} event
 * @param {States[E] | undefined} state as it was published
 */
export function retract(event, state) {
  const latest = latestStates();
  if (latest[event] === state) delete latest[event];
}

/**
 * @template {keyof Requests} E
 * @param {E} event
 * @param {Requests[E]} payload
 */
export function request(event, payload) {
  dispatch(event, payload);
}

/**
 * @template {keyof Messages} E
 * @param {E} event
 * @param {(payload: Messages[E]) => void} handler called at once with the latest state, if there is one
 * @returns {() => void} ends the subscription
 */
export function subscribe(event, handler) {
  /** @param {Event} message */
  const listener = (message) => handler(/** @type {CustomEvent<Messages[E]>} */ (message).detail);
  window.addEventListener(`rankscope:${event}`, listener);
  const latest = /** @type {Partial<Messages>} */ (latestStates())[event];
  if (latest) handler(latest);
  return () => window.removeEventListener(`rankscope:${event}`, listener);
}
