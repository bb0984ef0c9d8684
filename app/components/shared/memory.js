// What the browser keeps for the page. Inside the frame of another site it may refuse to: then nothing is remembered.

/** The rank that was shown last; the players of all pages begin with it. */
export const RANK_MEMORY = "rankscope-rank";

/** @typedef {"sessionStorage" | "localStorage"} StorageName */

/**
 * @param {StorageName} storage
 * @param {string} name
 * @param {string | number} value
 */
export function remember(storage, name, value) {
  try {
    window[storage].setItem(name, String(value));
  } catch {
    // Refused, or full.
  }
}

/**
 * @param {StorageName} storage
 * @param {string} name
 * @returns {string | null}
 */
export function remembered(storage, name) {
  try {
    return window[storage].getItem(name);
  } catch {
    return null;
  }
}
