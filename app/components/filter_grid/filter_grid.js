// One button a unit. Canvases are painted again only where weights or their scale have changed.

const LARGEST_FILTER = 72; // px
const MANY = 225; // filters: from here on, they are so small that ranks need smaller print

function makeGrid(parentElement) {
  const parts = byPart(parentElement);
  const filters = { parts, buttons: [], data: null, code: null, current: null, pointedAt: [], silences: [] };
  filters.settle = walkByArrows(parts.grid, () => columnsFor(filters.buttons.length));
  parts.sort.onchange = () => arrange(filters);
  parts.scale.onchange = () => paintAll(filters);
  return filters;
}

// Only a grid that belongs to a player listens to it.
function listen(filters) {
  filters.silences = [
    hear("code", (code) => showCode(Object.assign(filters, { code }))),
    hear("rank", ({ unit, active }) => showMarks(Object.assign(filters, { current: active ? unit : null }))),
    hear("hover", ({ units }) => showMarks(Object.assign(filters, { pointedAt: units }))),
  ];
}

// On a page with a time scrubber the filters are those of the moment it stands at.
function follow(filters, seen) {
  filters.silences = [
    hear("moment", ({ weights, patchSize, units }) => {
      if (!weights) return;
      Object.assign(filters.data, { weights, patchSize });
      seen.draw(() => {
        if (units !== filters.buttons.length) layOut(filters, units);
        paintAll(filters);
      });
    }),
    seen.leave,
  ];
}

const columnsFor = (units) => Math.ceil(Math.sqrt(units));

function layOut(filters, units) {
  filters.parts.grid.style.gridTemplateColumns = `repeat(${columnsFor(units)}, minmax(0, ${LARGEST_FILTER}px))`;
  filters.parts.grid.classList.toggle("many", units > MANY);
  filters.buttons = Array.from({ length: units }, (_, unit) => {
    const button = document.createElement("button");
    Object.assign(button.dataset, { unit, stop: "" });
    button.append(document.createElement("canvas"), document.createElement("span"));
    button.lastChild.className = "badge";
    button.onclick = () => choose(filters, unit);
    button.setAttribute("aria-label", `Unit ${unit}`);
    pointsAt(button, () => [unit]);
    return button;
  });
  filters.parts.grid.replaceChildren(...filters.buttons);
  filters.settle();
}

function choose(filters, unit) {
  if (!filters.data.linked) return;
  ask("go-to-unit", { unit });
  filters.picks = (filters.picks ?? 0) + 1;
  filters.send("unit", { unit, pick: filters.picks });
}

// Put the buttons in the chosen order; ties, and the dead at the end, by unit.
function arrange(filters) {
  const { data, parts, buttons } = filters;
  const by = data.linked ? parts.sort.value : "index";
  let order = Array.from(buttons.keys());
  if (by === "likeness") order = [...data.likeness];
  else if (by === "meanRank") order.sort((a, b) => data.meanRank[a] - data.meanRank[b]);
  else if (by !== "index") order.sort((a, b) => data[by][b] - data[by][a]);
  parts.grid.replaceChildren(...order.map((unit) => buttons[unit]));
}

function paintAll({ data, parts, buttons }) {
  const common = data.linked && parts.scale.value === "common";
  const most = common ? data.weights.reduce((far, weight) => Math.max(far, Math.abs(weight)), 0) || 1 : 0;
  const inputs = 3 * data.patchSize ** 2;
  buttons.forEach((button, unit) => {
    const at = (i) => 128 + (127 * data.weights[unit * inputs + i]) / most;
    if (common) paint(button.firstChild, data.patchSize, data.patchSize, at);
    else paintFilter(button.firstChild, data.weights, unit, data.patchSize);
  });
}

function showCode(filters) {
  const { code, data, buttons } = filters;
  buttons.forEach((button, unit) => {
    const fits = data.linked && code?.rankOf.length === buttons.length;
    const rank = fits && code.activations[unit] > 0 ? code.rankOf[unit] : null;
    const dead = data.linked && data.firingRate[unit] === 0;
    button.classList.toggle("dim", fits && !rank);
    button.classList.toggle("dead", dead);
    button.lastChild.textContent = rank ?? "";
    let words = `Unit ${unit}`;
    if (dead) words += ": dead, no test patch makes it active";
    else if (rank) words += `: rank ${rank} for this patch`;
    else if (fits) words += ": not active for this patch";
    button.title = words;
    button.setAttribute("aria-label", words);
  });
}

function showMarks({ data, buttons, current, pointedAt, parts }) {
  if (!data?.linked) return;
  buttons.forEach((button, unit) => {
    button.classList.toggle("current", unit === current);
    button.classList.toggle("chosen", unit === data.unit);
    button.classList.toggle("pointed-at", pointedAt.includes(unit));
  });
  const [unit] = pointedAt.length === 1 ? pointedAt : [];
  parts.words.textContent = buttons[unit]
    ? `${buttons[unit].title}. Over test patches: fires for ${(100 * data.firingRate[unit]).toFixed(0)} %` +
      (data.firingRate[unit] ? `, mean rank ${data.meanRank[unit].toFixed(0)}` : "") +
      `, mean activation ${data.meanActivation[unit].toPrecision(2)}.`
    : `${data.firingRate.filter((rate) => rate === 0).length} of ${buttons.length} units are dead.`;
}

function sameWeights(a, b) {
  return a && a.length === b.length && a.every((weight, i) => weight === b[i]);
}

export default function ({ data: bytes, parentElement, setStateValue }) {
  const filters = instanceOf(parentElement, () => makeGrid(parentElement));
  filters.send = setStateValue;
  const before = filters.data;
  const data = unpack(bytes);
  if (before && !data.weights.length) return filters.leave; // it goes on following
  filters.data = data;
  const units = data.weights.length / (3 * data.patchSize ** 2);
  filters.parts.tools.hidden = !data.linked;
  const others = !sameWeights(before?.weights, data.weights);
  if (others && data.linked) {
    tell("model", (filters.told = { weights: data.weights, patchSize: data.patchSize }));
  }
  const draw = () => {
    if (filters.left) return;
    if (units !== filters.buttons.length) layOut(filters, units);
    if (others) {
      paintAll(filters);
      arrange(filters);
    }
    showCode(filters);
    showMarks(filters);
    if (data.linked && !filters.silences.length) listen(filters);
    if (data.follows && !filters.silences.length) follow(filters, whileSeen(filters.parts.grid));
  };
  if (before) draw();
  else whenIdle(filters, draw);
  return (filters.leave = () => {
    filters.left = true;
    for (const silence of filters.silences) silence();
    forget("model", filters.told);
  });
}
