/** @import { Chart } from "./chart.js" */

/** @param {string | number} text */
const quoted = (text) => `"${String(text).replaceAll('"', '""')}"`;

/**
 * A chart's numbers as CSV: one line for each point of each series, or for each bar. A chart of another kind brings
 * its own `table()`.
 * @param {Pick<Chart, "series" | "bars" | "table" | "xMin" | "xMax" | "xLabel" | "yLabel" | "undo">} chart
 * @returns {string}
 */
export function chartAsCsv({ series, bars, table, xMin, xMax, xLabel, yLabel, undo = (y) => y }) {
  if (table) {
    const [names, ...rows] = table();
    return asLines(names, rows);
  }
  if (bars) {
    const step = (xMax - xMin) / bars.length;
    const rows = Array.from(bars, (height, i) => [xMin + i * step, xMin + (i + 1) * step, undo(height)]);
    return asLines([`from: ${xLabel}`, `to: ${xLabel}`, yLabel], rows);
  }
  const rows = series.flatMap(({ name, x, y }) => Array.from(x, (at, i) => [quoted(name), at, undo(y[i])]));
  return asLines(["series", xLabel, yLabel], rows);
}

/**
 * @param {(string | number)[]} names
 * @param {(string | number)[][]} rows
 */
function asLines(names, rows) {
  return [names.map(quoted), ...rows].map((row) => row.join(",")).join("\n");
}
