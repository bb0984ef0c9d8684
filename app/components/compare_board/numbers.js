// The table of a comparison, and paragraphs.

import { shortNumber } from "../shared/chart_scale.js";

/** @import { Payload } from "./types.js" */

const SHOWN_ERRORS = [1, 0.5, 0.3, 0.2, 0.1];
const FVU_RANKS = [5, 20];

/**
 * @param {string} text shown letter for letter
 * @returns {HTMLParagraphElement}
 */
export function paragraph(text) {
  const element = document.createElement("p");
  element.textContent = text;
  return element;
}

/**
 * Fill the table: a row for each side.
 * @param {HTMLTableElement} table
 * @param {Payload} payload
 */
export function sideTable(table, payload) {
  const fvuRanks = FVU_RANKS.filter((k) => k <= payload.ranks);
  const names = [
    "",
    `error, summed to k = ${payload.ranks}`,
    "used by a patch",
    ...fvuRanks.map((k) => `FVU at ${k}`),
    ...SHOWN_ERRORS.map((error) => `k for error ${error}`),
    "learned from",
    "seconds",
    "products a patch",
  ];
  const rows = payload.sides.map(({ label, sum, l0, needed, cost }, i) => [
    label,
    sum.toFixed(1),
    l0.toFixed(1),
    ...fvuRanks.map((k) => payload[`fvu${i}`][k - 1].toPrecision(3)),
    ...SHOWN_ERRORS.map((error) => needed[payload.asked.indexOf(error)] ?? "never"),
    cost.patches === null ? "?" : cost.patches ? `${shortNumber(cost.patches)} patches` : "nothing",
    cost.seconds === null ? "?" : cost.seconds.toFixed(cost.seconds < 10 ? 1 : 0),
    shortNumber(cost.multiplications),
  ]);
  const head = document.createElement("thead");
  head.append(newRow(names, "col"));
  const body = document.createElement("tbody");
  body.append(...rows.map((row) => newRow(row, "row")));
  table.replaceChildren(head, body);
}

/**
 * @param {(string | number)[]} cells
 * @param {"col" | "row"} scope of its heads: all cells of a row of names, else the first one
 */
function newRow(cells, scope) {
  const row = document.createElement("tr");
  cells.forEach((cell, i) => {
    const isHead = scope === "col" ? i > 0 : i === 0;
    const element = document.createElement(isHead ? "th" : "td");
    if (isHead) element.setAttribute("scope", scope);
    element.textContent = String(cell);
    row.append(element);
  });
  return row;
}
