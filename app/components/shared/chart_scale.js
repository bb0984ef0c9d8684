// Where the numbers of a chart stand in pixels, and how they are written.

import { clamp } from "./clamp.js";

/** @typedef {{ left: number, right: number, top: number, bottom: number }} Box in pixels */
/** @typedef {{ xMin: number, xMax: number, yMin: number, yMax: number }} View the part of a chart that is shown */

/**
 * @param {number} width of the whole chart in pixels
 * @param {number} height
 * @returns {Box} the part inside of the axes
 */
export function plotBox(width, height) {
  return { left: 52, right: width - 12, top: 10, bottom: height - 38 };
}

/**
 * @param {View} view
 * @param {Box} box
 */
export function scalesOf({ xMin, xMax, yMin, yMax }, { left, right, top, bottom }) {
  return {
    /** @param {number} x */
    toX: (x) => left + ((x - xMin) / (xMax - xMin || 1)) * (right - left),
    /** @param {number} y limited to the view */
    toY: (y) => bottom - ((clamp(y, yMin, yMax) - yMin) / (yMax - yMin)) * (bottom - top),
  };
}

/**
 * @param {number} low
 * @param {number} high
 * @param {number} count
 * @returns {number[]} about `count` ticks in [low, high], a step of 1, 2 or 5 times a power of ten apart
 */
export function niceTicks(low, high, count) {
  if (!(high > low)) return [low];
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5].map((m) => m * power).find((s) => s >= rough * 0.999) ?? 10 * power;
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-6) || 0; i * step <= high + step * 1e-3; i++) ticks.push(i * step);
  return ticks;
}

/**
 * Ticks of the x axis. Where it begins at 1 it counts ranks, and the first of them is worth its number.
 * @param {number} xMin
 * @param {number} xMax
 * @param {number} width of the chart in pixels
 */
export function xTicks(xMin, xMax, width) {
  const ticks = niceTicks(xMin, xMax, Math.max(3, Math.min(8, width / 110)));
  if (xMin !== 1) return ticks;
  const step = ticks.length > 1 ? ticks[1] - ticks[0] : 0;
  return [1, ...ticks.filter((tick) => tick > 1 && tick - 1 > step / 3)];
}

/**
 * @param {number} value
 * @returns {string} at most four digits; from ten thousand on in thousands or millions
 */
export function shortNumber(value) {
  if (value < 0) return `−${shortNumber(-value)}`;
  if (value >= 1e6) return `${+(value / 1e6).toPrecision(3)} M`;
  if (value >= 1e4) return `${+(value / 1e3).toPrecision(3)} k`;
  return String(+value.toPrecision(4));
}

/**
 * A line's points from `low` to `high`, with one on each end that the line crosses.
 * @param {{ x: ArrayLike<number>, y: ArrayLike<number> }} line by rising x
 * @param {number} low
 * @param {number} high
 */
export function pointsBetween({ x, y }, low, high) {
  /** @type {[number, number][]} */
  const points = [];
  /**
   * @param {number} i
   * @param {number} end
   * @returns {[number, number]}
   */
  const crossing = (i, end) => [end, y[i - 1] + ((end - x[i - 1]) / (x[i] - x[i - 1])) * (y[i] - y[i - 1])];
  for (let i = 0; i < x.length; i++) {
    if (i && x[i - 1] < low && x[i] > low) points.push(crossing(i, low));
    if (i && x[i - 1] < high && x[i] > high) points.push(crossing(i, high));
    if (x[i] > high) break;
    if (x[i] >= low) points.push([x[i], y[i]]);
  }
  return points;
}
