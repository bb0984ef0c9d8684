// The ways to spend units: the same rank everywhere, a budget, as many as an error needs, and a look at one unit.

function showRank(player, rank) {
  const { parts, coding, mode } = player;
  Object.assign(parts.root.dataset, { rank });
  remember("sessionStorage", RANK_MEMORY, rank);
  rememberInLink("k", rank);
  player.shownRank = rank;
  if (mode === "budget" && coding?.done && !player.keepBudget) setBudget(player, costOf(coding, rank));
  if (mode !== "needed") draw(player);
  if (rank !== player.heardRank) ask("go-to-rank", { rank }); // the rank player below moves along
}

function setBudget(player, budget) {
  player.budget = budget;
  player.parts.budget.value = budget;
  player.parts.root.dataset.budget = budget;
  rememberInLink("budget", budget);
}

function setBound(player, bound) {
  const { parts, coding } = player;
  player.bound = bound;
  parts.bound.value = parts.boundSlider.value = bound;
  parts.root.dataset.bound = bound;
  if (player.mode === "needed") rememberInLink("error", bound);
  if (!coding?.done) return;
  player.needed = unitsNeeded(coding, bound);
  player.never = player.needed.reduce((sum, units) => sum + (units < 0), 0);
  const tiles = coding.tiling.count;
  parts.need.textContent =
    `${grouped(tiles - player.never)} of ${grouped(tiles)} patches come under it` +
    (player.never ? "; the others are rebuilt from all their active units." : ".");
}

function setUnit(player, unit) {
  const { parts, coding } = player;
  player.unit = unit;
  parts.root.dataset.unit = unit;
  if (player.mode === "unit") rememberInLink("unit", unit);
  for (const button of parts.filters.children)
    button.setAttribute("aria-pressed", String(Number(button.dataset.unit) === unit));
  if (!coding?.done) return;
  player.firing = ranksOfUnit(coding, unit);
  const ranks = player.firing.filter((rank) => rank);
  const mean = ranks.reduce((sum, rank) => sum + rank, 0) / ranks.length;
  parts.firing.textContent = ranks.length
    ? `Unit ${unit} fires in ${((100 * ranks.length) / coding.tiling.count).toFixed(1)} % of the patches, at rank ${mean.toFixed(1)} in the mean. Choose another:`
    : `Unit ${unit} is silent everywhere in this picture. Choose another:`;
}

const VIEW_OF_MODE = { rank: "residual", budget: "used", needed: "used", unit: "unit" };

function setMode(player, mode) {
  const { parts, coding, transport } = player;
  player.mode = mode;
  parts.root.dataset.mode = mode;
  for (const button of parts.modes) button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
  parts.askBudget.hidden = mode !== "budget";
  parts.askBound.hidden = mode !== "needed";
  parts.askUnit.hidden = mode !== "unit";
  parts.transport.hidden = mode === "needed";
  parts.view.value = VIEW_OF_MODE[mode];
  if (coding?.done) startMode(player);
  if (mode !== "needed") parts.root.dataset.rank = transport.rank;
}

// What a mode needs once the whole picture is decomposed.
function startMode(player) {
  const { coding, transport } = player;
  setBound(player, player.bound);
  setUnit(player, Math.min(player.unit, coding.units - 1));
  const all = costOf(coding, coding.units);
  player.parts.budget.max = all;
  if (player.mode === "budget")
    setBudget(player, Math.min(player.budget ?? costOf(coding, transport.rank), all));
  draw(player);
}
