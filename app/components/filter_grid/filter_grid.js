// One button a unit. Canvases are painted again only where weights have changed.

function makeGrid(parentElement) {
  const { grid } = byPart(parentElement);
  const filters = { grid, buttons: [], data: null, current: null };
  filters.silence = hear("rank", ({ unit, active }) => {
    filters.current = active ? unit : null;
    showCurrent(filters);
  });
  return filters;
}

function showCurrent(filters) {
  if (!filters.data?.lit) return;
  filters.buttons.forEach((button, unit) => button.classList.toggle("current", unit === filters.current));
}

function layOut(filters, units) {
  filters.grid.style.gridTemplateColumns = `repeat(${Math.ceil(Math.sqrt(units))}, minmax(0, 1fr))`;
  filters.buttons = Array.from({ length: units }, (_, unit) => {
    const button = document.createElement("button");
    button.dataset.unit = unit;
    button.append(document.createElement("canvas"), document.createElement("span"));
    button.lastChild.className = "badge";
    button.onclick = () => ask("go-to-unit", { unit });
    return button;
  });
  filters.grid.replaceChildren(...filters.buttons);
}

function sameWeights(a, b) {
  return a && a.length === b.length && a.every((weight, i) => weight === b[i]);
}

export default function ({ data: bytes, parentElement }) {
  const filters = instanceOf(parentElement, () => makeGrid(parentElement));
  const data = unpack(bytes);
  const units = data.weights.length / (3 * data.patchSize ** 2);
  if (units !== filters.buttons.length) layOut(filters, units);
  if (!sameWeights(filters.data?.weights, data.weights)) {
    filters.buttons.forEach((button, unit) =>
      paintFilter(button.firstChild, data.weights, unit, data.patchSize),
    );
  }
  filters.data = data;
  const rankOf = new Map(Array.from(data.ranked, (unit, k) => [unit, k + 1]));
  filters.buttons.forEach((button, unit) => {
    const rank = rankOf.get(unit);
    button.classList.toggle("dim", data.lit && !rank);
    button.lastChild.textContent = rank ?? "";
    const words = rank ? `Unit ${unit}: rank ${rank} for this patch` : `Unit ${unit}`;
    button.title = data.lit && !rank ? `${words}: not active for this patch` : words;
    button.setAttribute("aria-label", button.title);
  });
  showCurrent(filters);
  return filters.silence;
}
