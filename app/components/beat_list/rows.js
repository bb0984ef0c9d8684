// The rows of the list of beats: those of the talk in order, and those that were left out. Without a DOM.

/**
 * @typedef {{ name: string, sentence: string, note: string, within: boolean }} Row `sentence`: the speaker's own, on
 *   stage; `note`: in the speaker's window only; `within` the talk
 * @typedef {[name: string, sentence: string, note: string]} Beat
 */

/**
 * @param {string[]} names of all beats there are
 * @param {Beat[]} beats of the talk, in order
 * @returns {Row[]} those that are left out last
 */
export function rowsOf(names, beats) {
  const chosen = beats.map(([name, sentence, note]) => ({ name, sentence, note, within: true }));
  const others = names.filter((name) => !beats.some(([other]) => other === name));
  return [...chosen, ...others.map((name) => ({ name, sentence: "", note: "", within: false }))];
}

/**
 * @param {Row[]} rows
 * @returns {Beat[]} the talk
 */
export function beatsOf(rows) {
  return rows.filter(({ within }) => within).map(({ name, sentence, note }) => [name, sentence, note]);
}

/**
 * @param {Row[]} rows
 * @param {number} from
 * @param {number} to
 * @returns {Row[]} with one row moved to another place
 */
export function moved(rows, from, to) {
  const others = rows.filter((_, i) => i !== from);
  return [...others.slice(0, to), rows[from], ...others.slice(to)];
}
