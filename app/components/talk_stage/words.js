// Numbers as the talk says them. Without a DOM.

/** @param {number} share */
export const percent = (share) => `${Math.round(100 * share)} %`;
/** @param {number} count */
export const units = (count) => (count === 1 ? "1 unit" : `${count}\u00a0units`);
/** @param {number} count */
export const millions = (count) => `${+(count / 1e6).toPrecision(3)}\u00a0million`;
/**
 * @param {number} psnr in dB; infinite without any error
 * @param {string} exact what is said then
 */
export const decibels = (psnr, exact) => (Number.isFinite(psnr) ? `${psnr.toFixed(1)}\u00a0dB` : exact);

/** A smaller share of the error is called equal. */
export const CLEARLY = 0.01;

/**
 * @param {ArrayLike<number>} a errors by number of units, from 1
 * @param {ArrayLike<number>} b
 * @returns {[from: number, to: number][]} the numbers of units at which `a` is clearly smaller than `b`
 */
export function rangesWhereBetter(a, b) {
  /** @type {[number, number][]} */
  const ranges = [];
  for (let k = 1; k <= Math.min(a.length, b.length); k++) {
    if (!(a[k - 1] < (1 - CLEARLY) * b[k - 1])) continue;
    const last = ranges.at(-1);
    if (last?.[1] === k - 1) last[1] = k;
    else ranges.push([k, k]);
  }
  return ranges;
}

/**
 * @param {[from: number, to: number][]} ranges
 * @param {number} most units there are
 */
export function rangesInWords(ranges, most) {
  if (!ranges.length) return "at no number of units";
  const words = ranges.map(([from, to]) => {
    if (from === 1 && to === most) return "at every number of units";
    if (to === most) return `from ${units(from)} on`;
    return from === to ? `with ${units(from)}` : `with ${from} to ${to} units`;
  });
  return words.join(" and ");
}

/**
 * Which of three is better where, from their errors by number of units alone.
 * @param {ArrayLike<number>} progressive
 * @param {ArrayLike<number>} paper
 * @param {ArrayLike<number>} pca
 */
export function verdict(progressive, paper, pca) {
  /**
   * @param {ArrayLike<number>} a
   * @param {ArrayLike<number>} b
   */
  const better = (a, b) => rangesInWords(rangesWhereBetter(a, b), pca.length);
  return (
    `Progressive beats PCA ${better(progressive, pca)}; PCA wins ${better(pca, progressive)}, ` +
    `and PCA beats the paper’s rule ${better(pca, paper)}.`
  );
}
