// What a rehearsal's times mean. Without a DOM.

/**
 * Times between frames, in ms: the middle one, and that of the slowest twentieth.
 * @typedef {{ middle: number, slow: number }} Motion
 *
 * When the training first changed the filters, in ms; whether it was live to the end, and why not.
 * @typedef {{ first: number, isLive: boolean, why: string }} TrainingMeasured
 *
 * A beat as it was measured; `drawn` in ms from the key to the picture.
 * @typedef {{ title: string, drawn: number, motion: Motion | null, training: TrainingMeasured | null }} Row
 */

const IN_TIME = 500; // ms from the key to the picture
const SMOOTH = 1000 / 30; // ms between frames that the eye still takes for motion
const QUICK_TRAINING = 1000; // ms
const SMALLEST = [1024, 700]; // px of the stage

/** @param {Row} row */
export function isGood({ drawn, motion, training }) {
  return drawn <= IN_TIME && (!motion || motion.slow <= SMOOTH) && (!training || training.isLive);
}

/**
 * @param {Row[]} rows
 * @param {number} width of the stage in pixels
 * @param {number} height
 * @returns {string[]} what to mend, in sentences
 */
export function adviceOn(rows, width, height) {
  const advice = [];
  const slow = rows.filter(({ drawn }) => drawn > IN_TIME).map(({ title }) => `“${title}”`);
  if (slow.length) {
    advice.push(
      `${slow.join(", ")} took more than half a second. Close other programs and tabs, or take a smaller picture, ` +
        "and rehearse again.",
    );
  }
  if (rows.some(({ motion }) => motion && motion.slow > SMOOTH)) {
    advice.push(
      "Moving through the ranks is not smooth. Close other programs, plug the computer in, or show fewer screens " +
        "at once.",
    );
  }
  const training = rows.find((row) => row.training)?.training;
  if (training) advice.push(...adviceOnTraining(training));
  if (width < SMALLEST[0] || height < SMALLEST[1]) {
    advice.push(
      `The stage is only ${width} × ${height} pixels large. Press F for full screen, or set the projector to ` +
        "1024 × 768 or more.",
    );
  }
  return advice;
}

/** @param {TrainingMeasured} training */
function adviceOnTraining({ first, isLive, why }) {
  if (!isLive) {
    return [
      `The training will be played from the recording: ${why}. That is fine on stage; for a live one, close what ` +
        "else runs and rehearse again.",
    ];
  }
  if (first <= QUICK_TRAINING) return [];
  return [
    `The filters began to change ${(first / 1000).toFixed(1)} s after the key. Rehearse once more: the second time ` +
      "is quicker, as everything is warm.",
  ];
}
