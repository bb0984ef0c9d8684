// What components on one page share: the rank in the link, and word of what moved.

// Write a parameter into the page's address without a script run; the server reads it at its next one.
// Browsers limit how often an address may change, so it waits until the movement rests.
const linkTimers = {};
function rememberInLink(name, value) {
  clearTimeout(linkTimers[name]);
  linkTimers[name] = setTimeout(() => {
    const address = new URL(window.location.href);
    if (address.searchParams.get(name) === String(value)) return;
    address.searchParams.set(name, value);
    window.history.replaceState(window.history.state, "", address);
  }, 300);
}

// Tell the other components; they listen with hear(), and who comes late hears the last word at once.
const lastWords = (window.rankscopeLastWords ??= {});
function tell(event, detail) {
  lastWords[event] = detail;
  window.dispatchEvent(new CustomEvent(`rankscope:${event}`, { detail }));
}

// A request is for whoever listens now.
function ask(event, detail) {
  window.dispatchEvent(new CustomEvent(`rankscope:${event}`, { detail }));
}

function hear(event, handler) {
  const listener = (message) => handler(message.detail);
  window.addEventListener(`rankscope:${event}`, listener);
  if (lastWords[event]) handler(lastWords[event]);
  return () => window.removeEventListener(`rankscope:${event}`, listener);
}

// Per-instance state: made once for each place on the page, kept while its data changes.
const instances = new WeakMap();
function instanceOf(parentElement, make) {
  if (!instances.has(parentElement)) instances.set(parentElement, make());
  return instances.get(parentElement);
}

function byPart(parentElement) {
  const parts = {};
  for (const element of parentElement.querySelectorAll("[data-part]")) {
    parts[element.dataset.part] = element;
  }
  return parts;
}

function clamp(value, low, high) {
  return Math.min(high, Math.max(low, value));
}
