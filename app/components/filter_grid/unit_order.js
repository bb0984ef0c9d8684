// In which order a grid shows the units. Without a DOM.

/**
 * What is measured of the units over test patches.
 * @typedef {object} UnitFigures
 * @property {Float32Array} meanActivation (units,)
 * @property {Float32Array} firingRate (units,), 0 for a dead unit
 * @property {Float32Array} meanRank (units,), larger than any rank for a dead unit
 * @property {Uint16Array} likeness the units as a chain: each is followed by the one most like it that is left
 *
 * @typedef {"index" | keyof UnitFigures} Sorting
 */

/**
 * @param {UnitFigures} figures
 * @param {Sorting} by
 * @returns {number[]} the units; ties by number
 */
export function unitOrder(figures, by) {
  if (by === "likeness") return [...figures.likeness];
  const units = [...figures.meanRank.keys()];
  if (by === "index") return units;
  const values = figures[by];
  return units.sort(by === "meanRank" ? (a, b) => values[a] - values[b] : (a, b) => values[b] - values[a]);
}
