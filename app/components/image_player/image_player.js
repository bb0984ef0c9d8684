// The picture at rank k, or with units spent otherwise. Workers decompose it; everything else is done here, and
// nothing asks the server but a click on a place, which the address shall remember.

const FIRST_RANK = 20;
const KEYS_REST = 150; // ms

function newPicture(player, told) {
  const { parts } = player;
  player.coding?.stop();
  if (player.started) player.budget = null; // it was for another picture
  Object.assign(player, { told, job: told, order: null, best: null, needed: null, never: 0, firing: null });
  const { picture, height, width, patchSize, weights } = told;
  for (const name of ["psnr", "units", "even"]) delete parts.root.dataset[name];
  parts.root.dataset.size = `${width}x${height}`;
  fitStage(player.stage, height, width);
  paint(parts.picture, height, width, (i) => picture[i]);
  player.canvas = {};
  for (const name of ["reconstruction", "residual", "map"]) {
    const data = (player.canvas[`${name}Data`] = new ImageData(width, height));
    player.canvas[name] = new Uint32Array(data.data.buffer);
  }
  layOutFilters(parts.filters, told, (unit) => {
    setUnit(player, unit);
    draw(player);
  });
  player.settleFilters();
  player.coding = startCoding(
    told,
    () => (player.coding.done ? decomposed(player) : drawLater(player)),
    () => player.now && (showComparison(player), showPlots(player)),
    () => (parts.caption.textContent = "This browser could not decompose the picture; reload the page."),
  );
  player.mean = player.coding.tiling.overlapping ? meanCanvas(told, player.coding.tiling) : null;
  player.now = null;
  player.transport.setRange(player.coding.units, player.coding.units);
  // The rank first: the rank player below answers at once to what it is told, with a rank of its own.
  const before = Number(remembered("sessionStorage", RANK_MEMORY)) || FIRST_RANK;
  player.transport.setRank(player.started ? player.transport.rank : (player.settings.rank ?? before));
  player.started = true;
  tell("model", (player.toldModel = { weights, patchSize }));
  if (player.place) showPlace(player, tileFrom(player, player.place));
}

function decomposed(player) {
  const { coding, transport } = player;
  transport.setRange(coding.units, coding.deepest);
  startMode(player);
}

// The tile at a pixel: side by side the one that paints it, else the one whose middle is nearest.
function tileAt({ coding, job }, row, col) {
  const { down, across, overlapping } = coding.tiling;
  const nearest = (starts, at) => {
    if (!overlapping) return starts.findIndex((start) => at < start + job.patchSize);
    const away = starts.map((start) => Math.abs(start + job.patchSize / 2 - at));
    return away.indexOf(Math.min(...away));
  };
  const [d, a] = [nearest(down, row), nearest(across, col)];
  return Math.max(0, d) * across.length + Math.max(0, a);
}

// The tile that begins at a place, else the one that is there.
function tileFrom(player, { row, col }) {
  const { down, across } = player.coding.tiling;
  const [d, a] = [down.indexOf(row), across.indexOf(col)];
  return d >= 0 && a >= 0 ? d * across.length + a : tileAt(player, row, col);
}

// Frame a tile and tell the page's rank player of the patch in it.
function showPlace(player, tile) {
  const { job, coding, stage, parts } = player;
  const { down, across } = coding.tiling;
  player.tile = tile;
  const [row, col] = [down[Math.floor(tile / across.length)], across[tile % across.length]];
  const patch = cutPatch(job.picture, job.width, row, col, job.patchSize);
  tell("patch", (player.toldPatch = { patch, patchSize: job.patchSize, row, col }));
  const { height, width, patchSize } = job;
  frameTile(stage, {
    top: row / height,
    left: col / width,
    height: patchSize / height,
    width: patchSize / width,
  });
  Object.assign(parts.root.dataset, { row, col });
  player.place = { row, col };
}

function choosePlace(player, tile, rest) {
  showPlace(player, tile);
  clearTimeout(player.placeTimer);
  const place = { ...player.place, click: ++player.clicks };
  player.placeTimer = setTimeout(() => player.send("place", place), rest);
}

function makeImagePlayer(parentElement) {
  const parts = byPart(parentElement);
  parts.modes = [...parentElement.querySelectorAll("[data-mode]")];
  const player = { parts, clicks: 0, heardRank: null };
  player.transport = makeTransport(parts.root, parts, (rank) => player.coding && showRank(player, rank));
  player.stage = makeStage(parts, {
    pick: (down, right) => {
      if (!player.coding) return;
      choosePlace(player, tileAt(player, down * player.job.height, right * player.job.width), 0);
    },
    walk: (down, right) => {
      if (!player.coding) return;
      const { tiling } = player.coding;
      const columns = tiling.across.length;
      const tile = player.tile ?? 0;
      const row = clamp(Math.floor(tile / columns) + down, 0, tiling.down.length - 1);
      const col = clamp((tile % columns) + right, 0, columns - 1);
      choosePlace(player, row * columns + col, KEYS_REST);
    },
  });
  player.settleFilters = walkByArrows(
    parts.filters,
    () => getComputedStyle(parts.filters).gridTemplateColumns.split(" ").length,
  );
  askForInput(player);
  listen(player);
  return player;
}

function askForInput(player) {
  const { parts, transport } = player;
  for (const button of parts.modes) {
    button.onclick = () => {
      setMode(player, button.dataset.mode);
      rememberInLink("mode", button.dataset.mode);
    };
  }
  parts.view.onchange = () => player.coding?.blocks.length && drawBeside(player);
  parts.budget.onchange = () => {
    if (!player.coding?.done || parts.budget.value === "") return;
    setBudget(player, Math.round(clamp(Number(parts.budget.value), 0, Number(parts.budget.max))));
    player.keepBudget = true;
    transport.setRank(Math.max(1, rankFor(player.coding, player.budget)));
    player.keepBudget = false;
  };
  const bound = (input) => () => {
    if (input.value === "" || !(Number(input.value) >= 0)) return;
    setBound(player, Number(input.value));
    draw(player);
  };
  parts.bound.onchange = bound(parts.bound);
  parts.boundSlider.oninput = bound(parts.boundSlider);
  for (const input of [parts.budget, parts.bound, parts.boundSlider, parts.view]) {
    input.onkeydown = (event) => event.stopPropagation(); // its arrow keys are its own
  }
  const pick = (event) => {
    if (!player.box) return;
    const { left, right } = player.box;
    const share = (event.clientX - parts.chart.getBoundingClientRect().left - left) / (right - left);
    transport.stop();
    transport.setRank(1 + share * (player.coding.deepest - 1));
  };
  parts.chart.onpointerdown = (event) => {
    parts.chart.setPointerCapture(event.pointerId);
    pick(event);
  };
  parts.chart.onpointermove = (event) => event.buttons && pick(event);
}

function listen(player) {
  const { parts } = player;
  const silences = [
    hear("picture", (told) => {
      player.told = told;
      if (player.settings) newPicture(player, told);
    }),
    hear("rank", ({ rank }) => {
      player.heardRank = rank;
      if (player.coding && rank !== player.shownRank) player.transport.setRank(rank);
    }),
    hear("place", ({ row, col }) => {
      player.place = { row, col };
      if (player.coding) showPlace(player, tileFrom(player, player.place));
    }),
  ];
  const watcher = new ResizeObserver(() => player.now && showPlots(player));
  watcher.observe(parts.root);
  player.leave = () => {
    player.transport.stop();
    player.coding?.stop();
    for (const silence of silences) silence();
    watcher.disconnect();
    forget("model", player.toldModel);
    forget("patch", player.toldPatch);
  };
}

export default function ({ data: bytes, parentElement, setStateValue }) {
  const player = instanceOf(parentElement, () => makeImagePlayer(parentElement));
  player.send = setStateValue;
  const first = !player.settings;
  player.settings = unpack(bytes);
  if (first) {
    const { mode, budget, bound, unit } = player.settings;
    Object.assign(player, { budget, bound, unit });
    setMode(player, mode);
    if (player.told) newPicture(player, player.told);
  }
  return player.leave;
}
