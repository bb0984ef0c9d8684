// Which key of the talk an event stands for, and which elements keep keys for themselves.

/** @typedef {Pick<KeyboardEvent, "key" | "code" | "shiftKey">} Pressed */

/** What keys of a US keyboard without shift give, by their place on the keyboard. */
const OF_PLACES = /^(?:Key([A-Z])|Digit([0-9])|(Period))$/;

const OTHER_SCRIPT = /^(?:(?!\p{Script=Latin})[\p{L}\p{M}\p{Nd}])+$/u;

/**
 * The key by what it is labelled, in lower case. Where the label is a letter of another script, or an input method
 * has taken the key, the key at the same place on a US keyboard: so the talk's keys work with a Cyrillic, Greek or
 * Hebrew layout, and a presenter's remote control, which sends places, with any. The upper row counts as digits
 * also where digits need shift, as on a French keyboard.
 * @param {Pressed} event
 * @returns {string} as `KeyboardEvent.key`
 */
export function keyOf({ key, code, shiftKey }) {
  if (/^[a-z0-9]$/i.test(key)) return key.toLowerCase();
  const [, letter, digit, period] = OF_PLACES.exec(code) ?? [];
  if (digit && !shiftKey && key !== "." && key !== "?") return digit;
  const isUnreadable = OTHER_SCRIPT.test(key) || key === "Process" || key === "Unidentified";
  if (!isUnreadable) return key;
  if (digit) return key;
  return letter?.toLowerCase() ?? (period && ".") ?? key;
}

/**
 * @param {Element} target
 * @param {string} key
 * @returns {boolean} whether the element has its own use for the key
 */
export function takesKey(target, key) {
  if (target instanceof HTMLInputElement) return target.type !== "range";
  if (/^(textarea|select)$/i.test(target.tagName)) return true;
  return /^(button|summary)$/i.test(target.tagName) && (key === " " || key === "Enter");
}
