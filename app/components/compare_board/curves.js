// The three charts of a comparison, as data. Without a DOM.

import { shortNumber } from "../shared/chart_scale.js";

/** @import { Chart } from "../shared/chart.js" */

/**
 * One side's figures, each (ranks,) over the numbers of components from 1.
 * @typedef {object} Curves
 * @property {string} label
 * @property {string} kind its CSS class
 * @property {ArrayLike<number>} mean error
 * @property {ArrayLike<number>} low a tenth of the patches lie under it
 * @property {ArrayLike<number>} high a tenth lie above
 * @property {ArrayLike<number>} fvu
 * @property {ArrayLike<number>} active components really used, in the mean
 *
 * @typedef {object} Axes
 * @property {boolean} logX
 * @property {boolean} logY
 * @property {boolean} bands
 * @property {boolean} byActive whether components really used stand on the x axis, instead of k
 */

const LEAST = 1e-3; // where a logarithmic axis of errors ends at the latest: less is rounding
const LEAST_FVU = 1e-5;

/**
 * @param {Curves[]} sides
 * @param {Axes} axes
 * @param {number} rank marked on the x axis
 * @returns {Chart}
 */
export function errorChart(sides, axes, rank) {
  const values = sides.flatMap(({ mean, low, high }) => (axes.bands ? [low, high] : [mean]));
  const x = acrossAxis(sides, axes);
  const y = upAxis(values, axes.logY);
  return {
    ...x.axis,
    ...y.axis,
    yLabel: "error (L2 norm)",
    series: sides.map(({ label, kind, mean }, i) => ({
      name: label,
      kind,
      x: x.places[i],
      y: Array.from(mean, y.scale),
    })),
    bands: axes.bands
      ? sides.map(({ kind, low, high }, i) => ({
          kind,
          x: x.places[i],
          low: Array.from(low, y.scale),
          high: Array.from(high, y.scale),
        }))
      : [],
    marker: axes.byActive ? null : { x: x.scale(rank), y: y.scale(sides[0].mean[rank - 1]) },
    table: () => table(sides),
  };
}

/**
 * @param {Curves[]} sides
 * @param {Axes} axes
 * @returns {Chart} always logarithmic up
 */
export function fvuChart(sides, axes) {
  const x = acrossAxis(sides, axes);
  const y = upAxis(
    sides.map(({ fvu }) => fvu),
    true,
    LEAST_FVU,
  );
  return {
    ...x.axis,
    ...y.axis,
    yLabel: "FVU",
    series: sides.map(({ label, kind, fvu }, i) => ({
      name: label,
      kind,
      x: x.places[i],
      y: Array.from(fvu, y.scale),
    })),
    table: () => table(sides),
  };
}

/**
 * The error curves seen from the other axis: how many components bring the mean error under a bound.
 * @param {Curves[]} sides
 * @returns {Chart}
 */
export function neededChart(sides) {
  const ranks = sides[0].mean.length;
  const most = Math.max(...sides.map(({ mean }) => mean[0]));
  const series = sides.map(({ label, kind, mean }) => {
    /** @type {number[]} */
    const x = [];
    /** @type {number[]} */
    const y = [];
    // From the last k to the first, so that x rises; where the error does not fall, the smallest k counts.
    for (let k = ranks; k >= 1; k--) {
      if (x.length && mean[k - 1] <= x[x.length - 1]) y[y.length - 1] = k;
      else {
        x.push(mean[k - 1]);
        y.push(k);
      }
    }
    return { name: label, kind, x, y };
  });
  return {
    xMin: 0,
    xMax: most,
    yMax: ranks,
    xLabel: "mean error asked for",
    yLabel: "components k",
    series,
  };
}

/**
 * @param {Curves[]} sides
 * @returns {(string | number)[][]}
 */
function table(sides) {
  const names = [
    "side",
    "components k",
    "really used",
    "mean error",
    "10 % quantile",
    "90 % quantile",
    "FVU",
  ];
  const rows = sides.flatMap(({ label, mean, low, high, fvu, active }) =>
    Array.from(mean, (error, i) => [quoted(label), i + 1, active[i], error, low[i], high[i], fvu[i]]),
  );
  return [names, ...rows];
}

/** @param {string} text */
const quoted = (text) => `"${text.replaceAll('"', '""')}"`;

/**
 * @param {Curves[]} sides
 * @param {Axes} axes
 */
function acrossAxis(sides, { logX, byActive }) {
  /** @param {number} value */
  const scale = (value) => (logX ? Math.log10(Math.max(value, 1)) : value);
  const places = sides.map(({ mean, active }) =>
    byActive ? rising(Array.from(active, scale)) : Array.from(mean, (_, i) => scale(i + 1)),
  );
  const ranks = sides[0].mean.length;
  const ends = byActive ? sides.map(({ active }) => active[active.length - 1]) : [ranks];
  const most = Math.max(...ends, 2);
  const ticks = logX ? { xTicks: logTicks(1, most), xWords: inNumbers } : {};
  return {
    scale,
    places,
    axis: {
      xMin: scale(1),
      xMax: scale(most),
      xLabel: byActive ? "components really used, in the mean" : "components k",
      ...ticks,
    },
  };
}

/**
 * @param {ArrayLike<number>[]} values
 * @param {boolean} logarithmic
 * @param {number} [end] where it ends at the latest if it is
 */
function upAxis(values, logarithmic, end = LEAST) {
  const all = values.flatMap((each) => Array.from(each));
  const most = Math.max(...all, end);
  if (!logarithmic) return { scale: (/** @type {number} */ y) => y, axis: { yMin: 0, yMax: most * 1.03 } };
  const least = Math.max(end, Math.min(...all));
  return {
    scale: (/** @type {number} */ y) => Math.log10(Math.max(y, end / 10)),
    axis: {
      yMin: Math.log10(least),
      yMax: Math.log10(Math.max(most, 2 * least)),
      yTicks: logTicks(least, most),
      yWords: inNumbers,
    },
  };
}

/**
 * @param {number} low above 0
 * @param {number} high
 * @returns {number[]} logarithms of 1, 2 and 5 times powers of ten in between; of powers alone if there are many
 */
export function logTicks(low, high) {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const steps = last - first > 2 ? [1] : [1, 2, 5];
  const ticks = [];
  for (let power = first; power <= last; power++) {
    for (const step of steps) {
      const tick = Math.log10(step) + power;
      if (tick >= Math.log10(low) - 1e-9 && tick <= Math.log10(high) + 1e-9) ticks.push(tick);
    }
  }
  return ticks;
}

/** @param {number} tick */
const inNumbers = (tick) => shortNumber(10 ** tick);

/**
 * @param {number[]} values that never fall
 * @returns {number[]} the same, rising by a trace where they stand still, as a line's places must
 */
function rising(values) {
  return values.map((value, i) => value + i * 1e-9);
}
