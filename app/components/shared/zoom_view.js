/** @import { Box, View } from "./chart_scale.js" */

/** @typedef {[number, number]} Point x and y in pixels */

const LEAST = 8; // px: a rectangle with a shorter side is taken for a click

/**
 * The part of a view that a rectangle covers.
 * @param {View} view
 * @param {Box} box where the view stands
 * @param {Point} from a corner of the rectangle
 * @param {Point} to the opposite one
 * @returns {View | null} null if the rectangle is hardly more than a point
 */
export function partBetween({ xMin, xMax, yMin, yMax }, box, from, to) {
  if (Math.abs(from[0] - to[0]) < LEAST || Math.abs(from[1] - to[1]) < LEAST) return null;
  /** @param {number} x */
  const atX = (x) => xMin + ((x - box.left) / (box.right - box.left)) * (xMax - xMin);
  /** @param {number} y */
  const atY = (y) => yMin + ((box.bottom - y) / (box.bottom - box.top)) * (yMax - yMin);
  return {
    xMin: atX(Math.min(from[0], to[0])),
    xMax: atX(Math.max(from[0], to[0])),
    yMin: atY(Math.max(from[1], to[1])),
    yMax: atY(Math.min(from[1], to[1])),
  };
}

/** @type {Record<string, number>} */
const GROWTH = { "+": -0.15, "=": -0.15, "-": 0.2 }; // shares of the view, at each end
/** @type {Record<string, Point>} */
const MOVES = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] };

/**
 * What a key makes of a view.
 * @param {View} view
 * @param {View} whole all there is, which the result does not leave
 * @param {string} key
 * @returns {View | null | undefined} null for all there is, undefined if the key changes nothing
 */
export function viewAfterKey(view, whole, key) {
  if (key === "0" || key === "Escape") return null;
  const growth = GROWTH[key];
  const move = MOVES[key];
  if (growth === undefined && !move) return undefined;
  const [dx, dy] = move ?? [0, 0];
  const by = growth ?? 0;
  const width = view.xMax - view.xMin;
  const height = view.yMax - view.yMin;
  const next = {
    xMin: Math.max(view.xMin + (dx - by) * width, whole.xMin),
    xMax: Math.min(view.xMax + (dx + by) * width, whole.xMax),
    yMin: Math.max(view.yMin + (dy - by) * height, whole.yMin),
    yMax: Math.min(view.yMax + (dy + by) * height, whole.yMax),
  };
  return next.xMax > next.xMin && next.yMax > next.yMin ? next : undefined;
}
