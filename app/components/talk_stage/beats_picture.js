// The beats about a whole picture.

const MOST_PLACES = 1500; // of a picture, whose units are counted
const GOOD_ENOUGH = 0.5; // the error under which a patch counts as rebuilt

function patchStarts(length, patchSize, step = patchSize) {
  const starts = [];
  for (let at = 0; at + patchSize <= length; at += step) starts.push(at);
  if (starts.at(-1) + patchSize < length) starts.push(length - patchSize);
  return starts;
}

// Every patch side by side, decomposed: as model/coding/picture_code.py cuts a picture.
function encodeTiles({ data, tiles }, { name, weights, patchSize }) {
  if (tiles.has(name)) return tiles.get(name);
  const codes = patchStarts(data.height, patchSize).flatMap((row) =>
    patchStarts(data.width, patchSize).map((col) => {
      const patch = cutPatch(data.picture, data.width, row, col, patchSize);
      return { row, col, patch, weights, ...encode(patch, weights) };
    }),
  );
  tiles.set(name, codes);
  return codes;
}

// The picture from the first `rank` units of every patch: bytes, and their PSNR in dB.
function pictureAt({ data }, tiles, patchSize, rank) {
  const bytes = new Uint8ClampedArray(data.picture.length);
  for (const code of [...tiles].reverse()) {
    // Backwards, so that the first patch has the last word.
    const total = sumOfRanks(code, rank, new Set());
    for (let i = 0, row = 0; row < patchSize; row++) {
      const start = 3 * ((code.row + row) * data.width + code.col);
      for (let j = 0; j < 3 * patchSize; j++) bytes[start + j] = 256 * clamp(total[i++], 0, 1);
    }
  }
  let squared = 0;
  for (let i = 0; i < bytes.length; i++) squared += ((bytes[i] - data.picture[i]) / 256) ** 2;
  return { bytes, psnr: -10 * Math.log10(squared / bytes.length) };
}

function pictureBeat(talk, host) {
  const { data, model } = talk;
  const aspect = data.width / data.height;
  const all = model.meanError.length;
  const ranks = [...[1, 3, 10, 30].filter((rank) => rank < all), all];
  const tiles = ["The picture", ...ranks.map(String)].map((label) => tile(label, aspect));
  host.append(node("div", "six", ...tiles.map((t) => t.figure)));
  const ready = once(() => {
    const codes = encodeTiles(talk, model);
    const shown = ranks.map((rank) => pictureAt(talk, codes, model.patchSize, rank));
    shown.forEach((at, i) => {
      at.how = i === ranks.length - 1 ? "all units" : units(ranks[i]);
      at.good = Number.isFinite(at.psnr) ? `${at.psnr.toFixed(1)}\u00a0dB` : "no error at all";
      tiles[i + 1].words(at.how, at.good);
    });
    return shown;
  });
  return {
    prepare: ready,
    sentence() {
      const said = ready()
        .filter((_, i) => i % 2 === 1)
        .map(({ how, good }) => `${how} reach ${good}`);
      return `The same for every patch of a whole picture: ${said.join(", ")}.`;
    },
    show() {
      paint(tiles[0].canvas, data.height, data.width, (i) => data.picture[i]);
      ready().forEach(({ bytes }, i) => paint(tiles[i + 1].canvas, data.height, data.width, (j) => bytes[j]));
    },
  };
}

// Dark blue to yellow by rising lightness: read by everyone, and in grey.
const RAMP = [
  [0, 32, 77],
  [60, 77, 110],
  [124, 123, 120],
  [187, 175, 113],
  [255, 234, 70],
];
function rampByte(share, channel) {
  const at = clamp(share, 0, 1) * (RAMP.length - 1);
  const i = Math.min(RAMP.length - 2, Math.floor(at));
  return RAMP[i][channel] + (at - i) * (RAMP[i + 1][channel] - RAMP[i][channel]);
}

function mapBeat(talk, host) {
  const { data, model } = talk;
  const aspect = data.width / data.height;
  const picture = tile("The picture", aspect);
  const map = tile("Units needed around each place", aspect);
  const scale = node("canvas");
  const [fewest, most] = [node("span"), node("span")];
  host.append(column(picture.figure), column(map.figure, node("div", "scale", fewest, scale, most)));
  const ready = once(() => countUnits(talk, model));
  return {
    prepare: ready,
    sentence() {
      const { sorted } = ready();
      const at = (share) => sorted[Math.floor(share * (sorted.length - 1))];
      return `Units are spent where something happens: half of the places need ${units(at(0.5))} or fewer, a tenth ${at(0.9)} or more.`;
    },
    show() {
      const { counts, rows, cols, sorted } = ready();
      const top = Math.max(2, sorted[Math.floor(0.98 * (sorted.length - 1))]);
      paint(picture.canvas, data.height, data.width, (i) => data.picture[i]);
      paint(map.canvas, rows, cols, (i) => rampByte((counts[Math.floor(i / 3)] - 1) / (top - 1), i % 3));
      paint(scale, 1, 64, (i) => rampByte(Math.floor(i / 3) / 63, i % 3));
      fewest.textContent = "1 unit";
      most.textContent = `${top} or more`;
      map.words(`Units until the error is under ${GOOD_ENOUGH}`);
    },
  };
}

// How many units each place needs until the error is good enough; all active ones where that never happens.
function countUnits({ data }, { weights, patchSize }) {
  const area = (data.height - patchSize + 1) * (data.width - patchSize + 1);
  const step = Math.max(1, Math.ceil(Math.sqrt(area / MOST_PLACES)));
  const [down, across] = [data.height, data.width].map((length) => patchStarts(length, patchSize, step));
  const counts = down.flatMap((row) =>
    across.map((col) => {
      const patch = cutPatch(data.picture, data.width, row, col, patchSize);
      const code = { patch, weights, ...encode(patch, weights) };
      return unitsUntil(code, GOOD_ENOUGH);
    }),
  );
  return { counts, rows: down.length, cols: across.length, sorted: [...counts].sort((a, b) => a - b) };
}

function unitsUntil({ patch, weights, order, activations, active }, goal) {
  const total = new Float64Array(patch.length);
  for (let k = 0; k < active; k++) {
    addUnit(total, weights, order[k], activations[order[k]]);
    if (squaredError(patch, total) < goal ** 2) return k + 1;
  }
  return Math.max(1, active);
}

// A value that is worked out when it is first asked for.
function once(make) {
  let made;
  return () => (made ??= make());
}
