// What the beats have in common.

/** @import { StagedTraining } from "./staged_training.js" */
/** @import { Talk } from "./talk.js" */

/**
 * What a beat is made from.
 * @typedef {object} Setting
 * @property {Talk} talk
 * @property {HTMLElement} host which the beat fills
 * @property {StagedTraining} training
 * @property {(rank: number) => void} setRank of the talk
 * @property {(attributes: Record<string, string | number>) => void} mark data attributes of the stage
 *
 * One screen of the talk, made before it is shown.
 * @typedef {object} Beat
 * @property {() => string} sentence over the screen
 * @property {() => void} show draws it: called when it comes on stage and when the stage's size changes
 * @property {() => void} [prepare] computes beforehand what takes long
 * @property {() => void} [showRank] draws the talk's present rank; only a beat that shows one has it
 * @property {(step: number) => void} [move] the up and down keys, 1 and -1, on a beat without ranks
 * @property {() => void} [tick] called ten times a second while it is on stage
 * @property {(key: string) => boolean} [press] a key, as `keyOf` names it; whether it does anything
 */

/**
 * A value that is computed when it is first needed.
 * @template T
 * @param {() => T} make
 * @returns {() => T}
 */
export function once(make) {
  /** @type {{ value: T } | undefined} */
  let made;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
