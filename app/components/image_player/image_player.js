// Sums of the first k units of every patch are kept and moved rank by rank; the picture is painted from them.

const RANK_MEMORY = "rankscope-rank";
const FIRST_RANK = 20;
const SHOWN_SIDE = 460; // px, of the longer side

// Bring the running sums from rank `from` to rank `to`: a step up adds one unit a patch. Going down starts
// again from nothing, so that rounding never piles up.
function moveSums(player, to) {
  const { data } = player;
  const inputs = 3 * data.patchSize ** 2;
  if (to < player.summed) {
    player.sums.fill(0);
    player.summed = 0;
  }
  const last = Math.min(to, data.depth);
  for (let patch = 0; patch < data.rows.length; patch++) {
    const sum = patch * inputs;
    for (let k = player.summed; k < last; k++) {
      const activation = data.rankedActivations[patch * data.depth + k];
      if (activation === 0) break;
      const filter = data.rankedUnits[patch * data.depth + k] * inputs;
      for (let j = 0; j < inputs; j++) player.sums[sum + j] += activation * data.weights[filter + j];
    }
  }
  player.summed = to;
}

// Each pixel comes from the first patch that covers it: later patches fill in what is left.
function fillPicture(player) {
  const { data, pixels } = player;
  const { patchSize, width, height } = data;
  const inputs = 3 * patchSize ** 2;
  let squared = 0;
  let absolute = 0;
  for (let patch = 0; patch < data.rows.length; patch++) {
    const top = data.rows[patch];
    const left = data.cols[patch];
    const rowFrom = player.firstNewRow[patch];
    const colFrom = player.firstNewCol[patch];
    for (let row = rowFrom; row < patchSize; row++) {
      for (let col = colFrom; col < patchSize; col++) {
        const from = patch * inputs + 3 * (row * patchSize + col);
        const to = (top + row) * width + left + col;
        for (let channel = 0; channel < 3; channel++) {
          const value = clamp(player.sums[from + channel], 0, 1);
          const error = value - data.picture[3 * to + channel] / 256;
          squared += error * error;
          absolute += Math.abs(error);
          pixels.data[4 * to + channel] = 256 * value;
        }
      }
    }
  }
  const values = 3 * width * height;
  return { psnr: -10 * Math.log10(squared / values), meanError: absolute / values };
}

function showRank(player, rank) {
  const { data, parts } = player;
  moveSums(player, rank);
  const { psnr, meanError } = fillPicture(player);
  parts.reconstruction.getContext("2d").putImageData(player.pixels, 0, 0);
  parts.caption.textContent =
    `Rank ${rank} of ${data.units}: PSNR ${Number.isFinite(psnr) ? `${psnr.toFixed(1)} dB` : "exact"}, mean error ${(100 * meanError).toFixed(2)} % of full brightness`;
  Object.assign(parts.root.dataset, { rank, psnr: psnr.toFixed(4) });
  sessionStorage.setItem(RANK_MEMORY, rank);
  rememberInLink("k", rank);
  player.shownRank = rank;
  if (rank !== player.heardRank) ask("go-to-rank", { rank }); // the rank player below moves along
}

function newPicture(player) {
  const { data, parts } = player;
  const { width, height } = data;
  player.sums = new Float32Array(data.rows.length * 3 * data.patchSize ** 2);
  player.summed = 0;
  // How much of each patch the one above it and the one to its left have already covered.
  const across = [...new Set(data.cols)].sort((a, b) => a - b);
  const down = [...new Set(data.rows)].sort((a, b) => a - b);
  const overlap = (places) =>
    new Map(places.map((at, i) => [at, i ? Math.max(0, places[i - 1] + data.patchSize - at) : 0]));
  const [overRow, overCol] = [overlap(down), overlap(across)];
  player.firstNewRow = Int32Array.from(data.rows, (row) => overRow.get(row));
  player.firstNewCol = Int32Array.from(data.cols, (col) => overCol.get(col));
  const shown = `${Math.round((width * SHOWN_SIDE) / Math.max(width, height))}px`;
  for (const canvas of [parts.picture, parts.reconstruction]) canvas.style.width = shown;
  paint(parts.picture, height, width, (i) => data.picture[i]);
  parts.reconstruction.width = width;
  parts.reconstruction.height = height;
  player.pixels = new ImageData(width, height);
  for (let i = 3; i < player.pixels.data.length; i += 4) player.pixels.data[i] = 255;
}

function makeImagePlayer(parentElement) {
  const parts = byPart(parentElement);
  const player = { parts, data: null, clicks: 0 };
  player.transport = makeTransport(parts.root, parts, (rank) => showRank(player, rank));
  const pick = (event) => {
    const { data } = player;
    const box = event.currentTarget.getBoundingClientRect();
    const y = ((event.clientY - box.top) / box.height) * data.height;
    const x = ((event.clientX - box.left) / box.width) * data.width;
    const tile = tileAt(player, y, x);
    showPlace(player, tile);
    player.send("place", { row: data.rows[tile], col: data.cols[tile], click: ++player.clicks });
  };
  parts.picture.onclick = pick;
  parts.reconstruction.onclick = pick;
  const silences = [
    hear("rank", ({ rank }) => {
      player.heardRank = rank;
      if (player.sums && rank !== player.shownRank) player.transport.setRank(rank);
    }),
    hear("place", ({ row, col }) => {
      player.place = { row, col };
      if (player.data) showPlace(player, tileFrom(player, player.place));
    }),
  ];
  player.leave = () => {
    player.transport.stop();
    for (const silence of silences) silence();
    forget("model", player.toldModel);
    forget("patch", player.toldPatch);
  };
  return player;
}

// The tile that a pixel is painted from: the first that covers it.
function tileAt({ data }, row, col) {
  const covers = (top, i) => row < top + data.patchSize && col < data.cols[i] + data.patchSize;
  return Math.max(0, data.rows.findIndex(covers));
}

// The tile that begins at a place, else the one that covers it.
function tileFrom(player, { row, col }) {
  const { rows, cols } = player.data;
  const exact = rows.findIndex((top, i) => top === row && cols[i] === col);
  return exact >= 0 ? exact : tileAt(player, row, col);
}

// Frame a tile and tell the page's rank player of the patch in it.
function showPlace(player, tile) {
  const { data, parts } = player;
  const [row, col] = [data.rows[tile], data.cols[tile]];
  const patch = cutPatch(data.picture, data.width, row, col, data.patchSize);
  player.toldPatch = { patch, patchSize: data.patchSize, row, col };
  tell("patch", player.toldPatch);
  Object.assign(parts.root.dataset, { row, col });
  for (const element of [parts.frameA, parts.frameB]) {
    Object.assign(element.style, {
      display: "block",
      top: `${(100 * row) / data.height}%`,
      left: `${(100 * col) / data.width}%`,
      width: `${(100 * data.patchSize) / data.width}%`,
      height: `${(100 * data.patchSize) / data.height}%`,
    });
  }
}

export default function ({ data: bytes, parentElement, setStateValue }) {
  const player = instanceOf(parentElement, () => makeImagePlayer(parentElement));
  player.send = setStateValue;
  if (player.bytes !== bytes) {
    const first = player.data === null;
    player.bytes = bytes;
    player.data = unpack(bytes);
    newPicture(player);
    // The rank first: the rank player below answers at once to what it is told, with a rank of its own.
    player.transport.setRange(player.data.units, player.data.depth);
    const remembered = Number(sessionStorage.getItem(RANK_MEMORY)) || FIRST_RANK;
    player.transport.setRank(first ? (player.data.rank ?? remembered) : player.transport.rank);
    const { weights, patchSize } = player.data;
    tell("model", (player.toldModel = { weights, patchSize }));
    if (player.place) showPlace(player, tileFrom(player, player.place));
  }
  return player.leave;
}
