// What components on one page share: the rank in the link, and word of what moved.

// Write a parameter into the page's address without a script run; the server reads it at its next one.
// Browsers limit how often an address may change, so it waits until the movement rests.
const linkTimers = {};
function rememberInLink(name, value) {
  if (window.location.protocol === "file:") return; // a player taken away, opened from disk
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

// Whoever told it leaves the page: who comes later shall not hear it.
function forget(event, detail) {
  if (lastWords[event] === detail) delete lastWords[event];
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

// What the browser keeps for the page. Inside somebody else's page it may refuse to: then nothing is remembered.
function remember(kind, name, value) {
  try {
    window[kind].setItem(name, value);
  } catch {
    // Refused, or full.
  }
}

function remembered(kind, name) {
  try {
    return window[kind].getItem(name);
  } catch {
    return null;
  }
}

// Per-instance state: made once for each place on the page, kept while its data changes.
const instances = new WeakMap();
function instanceOf(parentElement, make) {
  if (!instances.has(parentElement)) instances.set(parentElement, make());
  return instances.get(parentElement);
}

// Draw when the browser has a moment, and only the latest of what was asked meanwhile: what the eye rests on
// goes first. `owner` is any object of the component's own.
const waiting = new WeakMap();
const idly = window.requestIdleCallback ?? ((draw) => setTimeout(draw, 1)); // Safari has none
function whenIdle(owner, draw) {
  if (!waiting.has(owner)) {
    idly(
      () => {
        const latest = waiting.get(owner);
        waiting.delete(owner);
        latest();
      },
      { timeout: 150 },
    );
  }
  waiting.set(owner, draw);
}

// Draw an element only while it can be seen, and only the latest of what was asked meanwhile: what is hidden or
// scrolled away costs nothing. Returns { draw, leave }.
function whileSeen(element) {
  let seen = false;
  let pending = null;
  const watcher = new IntersectionObserver((entries) => {
    seen = entries[entries.length - 1].isIntersecting;
    if (!seen || !pending) return;
    const draw = pending;
    pending = null;
    draw();
  });
  watcher.observe(element);
  return {
    draw: (draw) => {
      if (seen) draw();
      else pending = draw;
    },
    leave: () => watcher.disconnect(),
  };
}

// Many buttons as one stop of the tab key: arrow keys walk them. `columns()` says how many stand in a row.
function walkByArrows(group, columns) {
  const stops = () => [...group.querySelectorAll("[data-stop]")].filter((stop) => !stop.disabled);
  const settle = (chosen) => {
    for (const stop of stops()) stop.setAttribute("tabindex", stop === chosen ? "0" : "-1");
  };
  group.addEventListener("focusin", (event) => event.target.closest("[data-stop]") && settle(event.target));
  group.addEventListener("keydown", (event) => {
    const all = stops();
    const here = all.indexOf(event.target);
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns(), ArrowDown: columns() };
    const goal = { Home: 0, End: all.length - 1 }[event.key] ?? here + steps[event.key];
    if (here < 0 || !(goal >= 0 && goal < all.length) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    all[goal].focus();
  });
  // Called when the buttons have changed.
  return () => {
    const all = stops();
    settle(all.find((stop) => stop.getAttribute("tabindex") === "0") ?? all[0]);
  };
}

// Word to all components that one or more units are pointed at, while they are.
function pointsAt(element, units) {
  element.onpointerenter = element.onfocus = () => tell("hover", { units: units() });
  element.onpointerleave = element.onblur = () => tell("hover", { units: [] });
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
