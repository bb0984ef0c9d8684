import { readFileSync } from "node:fs";

/**
 * What tests/js/write_oracle.py wrote about a subject.
 * @param {string} subject
 */
export function oracle(subject) {
  return JSON.parse(readFileSync(new URL(`oracle/${subject}.json`, import.meta.url), "utf8"));
}

/** @param {string} text in base64 */
export function bytesOf(text) {
  return new Uint8Array(Buffer.from(text, "base64"));
}

/** @param {string} text in base64 */
export function floatsOf(text) {
  return new Float32Array(bytesOf(text).buffer);
}

/**
 * @param {ArrayLike<number>} actual
 * @param {ArrayLike<number>} expected
 * @returns {number} the largest difference; Infinity if there are more of one than of the other
 */
export function farthest(actual, expected) {
  if (actual.length !== expected.length) return Infinity;
  return Array.from(actual, (value, i) => Math.abs(value - expected[i])).reduce((a, b) => Math.max(a, b), 0);
}
