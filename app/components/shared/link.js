// Parameters in the page's address.

/** Browsers limit how often an address may change, so it waits until the movement rests. */
const REST = 300; // ms

/** @type {Map<string, ReturnType<typeof setTimeout>>} */
const linkTimers = new Map();

/**
 * Write a parameter into the page's address without a script run; the server reads it at its next one.
 * No-op in a file opened from disk.
 * @param {string} name
 * @param {string | number} value
 */
export function rememberInLink(name, value) {
  if (window.location.protocol === "file:") return;
  clearTimeout(linkTimers.get(name));
  const write = () => {
    const address = new URL(window.location.href);
    if (address.searchParams.get(name) === String(value)) return;
    address.searchParams.set(name, String(value));
    window.history.replaceState(window.history.state, "", address);
  };
  linkTimers.set(name, setTimeout(write, REST));
}

/**
 * Write all parameters of the page's address anew, in place of those that it has; the history gets no entry.
 * @param {Record<string, string>} parameters
 */
export function replaceLink(parameters) {
  for (const timer of linkTimers.values()) clearTimeout(timer);
  const address = new URL(window.location.href);
  address.search = new URLSearchParams(parameters).toString();
  window.history.replaceState(window.history.state, "", address);
}
