// The row under a player: a slider over ranks (or whatever is numbered from 1), steps, play and speed. Moves by
// mouse, touch and keyboard.

const SPEEDS = { slow: 2, normal: 8, fast: 24 };

const controls = (thing, label) => `
  <button data-part="first" title="First ${thing} (Home)" aria-label="First ${thing}">|&#x25C0;</button>
  <button data-part="back" title="One ${thing} back (left arrow)" aria-label="One ${thing} back">◀</button>
  <button data-part="play" title="Play (space)" aria-pressed="false">▶ Play</button>
  <button data-part="forward" title="One ${thing} on (right arrow)" aria-label="One ${thing} on">▶</button>
  <button data-part="last" title="Last ${thing} that changes anything (End)" aria-label="Last ${thing}">&#x25B6;|</button>
  <input data-part="slider" type="range" min="1" max="2" value="1" step="1" aria-label="${label}" />
  <button data-part="loop" title="Start again when the end is reached" aria-pressed="false" aria-label="Loop">⟳</button>
  <select data-part="speed" aria-label="Playing speed" title="Playing speed">
    <option value="slow">slow</option><option value="normal" selected>normal</option><option value="fast">fast</option>
  </select>`;

// Fill the part `transport`, whose data say what it moves through, and listen to keys anywhere in `root`.
// onRank(rank) is called after every movement. Returns { rank, setRank, setRange, stop }.
function makeTransport(root, parts, onRank) {
  const { thing, label } = parts.transport.dataset;
  parts.transport.innerHTML = controls(thing, label);
  Object.assign(parts, byPart(parts.transport));
  const transport = { rank: 1, ranks: 1, lastUseful: 1, timer: null };

  transport.setRank = (rank) => {
    transport.rank = clamp(Math.round(rank), 1, transport.ranks);
    parts.slider.value = transport.rank;
    onRank(transport.rank);
  };
  // `lastUseful`: the rank after which nothing changes any more; playing ends there.
  transport.setRange = (ranks, lastUseful) => {
    transport.ranks = ranks;
    transport.lastUseful = Math.max(1, lastUseful);
    parts.slider.max = ranks;
  };
  transport.stop = () => {
    clearInterval(transport.timer);
    transport.timer = null;
    parts.play.textContent = "▶ Play";
    parts.play.setAttribute("aria-pressed", "false");
  };
  const start = () => {
    if (transport.rank >= transport.lastUseful) transport.setRank(1);
    parts.play.textContent = "❚❚ Pause";
    parts.play.setAttribute("aria-pressed", "true");
    const step = () => {
      if (transport.rank < transport.lastUseful) transport.setRank(transport.rank + 1);
      else if (parts.loop.getAttribute("aria-pressed") === "true") transport.setRank(1);
      else transport.stop();
    };
    transport.timer = setInterval(step, 1000 / SPEEDS[parts.speed.value]);
  };
  const toggle = () => (transport.timer ? transport.stop() : start());
  const move = (rank) => {
    transport.stop();
    transport.setRank(rank);
  };

  parts.slider.oninput = () => move(Number(parts.slider.value));
  parts.play.onclick = toggle;
  parts.loop.onclick = () =>
    parts.loop.setAttribute("aria-pressed", String(parts.loop.getAttribute("aria-pressed") !== "true"));
  parts.first.onclick = () => move(1);
  parts.back.onclick = () => move(transport.rank - 1);
  parts.forward.onclick = () => move(transport.rank + 1);
  parts.last.onclick = () => move(transport.lastUseful);
  parts.speed.onchange = () => {
    if (!transport.timer) return;
    transport.stop();
    start();
  };
  const keys = {
    ArrowLeft: () => move(transport.rank - 1),
    ArrowDown: () => move(transport.rank - 1),
    ArrowRight: () => move(transport.rank + 1),
    ArrowUp: () => move(transport.rank + 1),
    PageDown: () => move(transport.rank - 10),
    PageUp: () => move(transport.rank + 10),
    Home: () => move(1),
    End: () => move(transport.lastUseful),
    " ": toggle,
  };
  root.onkeydown = (event) => {
    const inForm = ["SELECT", "BUTTON"].includes(event.target.tagName) && event.key === " ";
    const inSelect = event.target.tagName === "SELECT";
    if (!(event.key in keys) || inForm || inSelect || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  };
  return transport;
}
