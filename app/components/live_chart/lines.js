// What a chart of a training shows. Without a DOM.

import { isAhead } from "../shared/training.js";

/** @import { Series } from "../shared/chart.js" */
/** @import { View } from "../shared/chart_scale.js" */
/** @import { Figures, TrainingState } from "../shared/events.js" */

/**
 * A line that grows: a figure of the run that is watched.
 * @typedef {{ name: string, figure: keyof Figures, kind: string }} Growing
 *
 * @typedef {object} Payload
 * @property {string} title
 * @property {string} yLabel
 * @property {number} xMax where the x axis ends while no run is watched
 * @property {number} yMax
 * @property {string} testId
 * @property {Growing[]} live
 * @property {(Series & { x: number[], y: number[] })[]} still lines that stand still
 */

/**
 * @param {Payload} payload
 * @param {TrainingState | null} training
 * @returns {Series[]}
 */
export function linesOf({ live, still }, training) {
  const growing = live.map(({ name, figure, kind }) => {
    if (!training) return { name, kind, x: [], y: [] };
    const { now, seen, series } = training;
    const newest = now && isAhead(training) ? now.figures : null;
    return {
      name,
      kind,
      x: newest ? [...seen, newest.seen] : seen,
      y: newest ? [...series[figure], newest[figure]] : series[figure],
    };
  });
  return [...growing, ...still];
}

/**
 * @param {Payload} payload
 * @param {TrainingState | null} training
 * @returns {View} from (0, 0) to the end of the training, or of a run that is compared with it
 */
export function wholeView({ still, xMax, yMax }, training) {
  const compared = still.filter(({ kind }) => kind.startsWith("other"));
  const ends = compared.map(({ x }) => x.at(-1) ?? 0);
  return { xMin: 0, xMax: training ? Math.max(training.patches ?? 0, ...ends) : xMax, yMin: 0, yMax };
}
