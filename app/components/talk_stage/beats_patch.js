// The beats about one patch. A beat is made by (talk, host): it fills the host and returns { sentence, show } and
// what else it answers to: rank(k) for the up and down keys, key(name) for others. show() is called when it
// comes on stage and when the stage's size or theme changes.

function patchBeat(talk, host) {
  const { data, model } = talk;
  const picture = tile("The picture", data.width / data.height);
  const frame = node("div", "frame");
  const over = node("div", "over", frame);
  picture.fit.append(over);
  const patch = tile(`The patch: ${model.patchSize} × ${model.patchSize} pixels`);
  const colours = ["red", "green", "blue"].map((colour) => tile(colour));
  const channels = node("div", "channels", ...colours.map((c) => c.figure));
  host.append(column(picture.figure), column(patch.figure, channels));
  const share = (length, of) => `${(100 * length) / of}%`;
  Object.assign(frame.style, {
    top: share(data.row, data.height),
    left: share(data.col, data.width),
    width: share(model.patchSize, data.width),
    height: share(model.patchSize, data.height),
  });
  const { patchSize } = model;
  return {
    sentence: () =>
      `A patch is a small square of a picture: ${patchSize}\u00a0×\u00a0${patchSize} pixels in three colours, ${talk.patch.length} numbers.`,
    show() {
      paint(picture.canvas, data.height, data.width, (i) => data.picture[i]);
      paint(patch.canvas, patchSize, patchSize, (i) => plainByte(talk.patch[i]));
      colours.forEach(({ canvas }, channel) =>
        paint(canvas, patchSize, patchSize, (i) => (i % 3 === channel ? plainByte(talk.patch[i]) : 0)),
      );
    },
  };
}

const LARGE_FILTERS = 3;

function filtersBeat(talk, host) {
  const { model, code } = talk;
  const grid = tile(`Every square is one unit's filter; the most active units come first.`);
  const large = Array.from({ length: LARGE_FILTERS }, () => tile(""));
  host.append(column(grid.figure), node("div", "large", ...large.map((t) => t.figure)));
  const order = [...model.meanActivation.keys()].sort(
    (a, b) => model.meanActivation[b] - model.meanActivation[a],
  );
  return {
    sentence: () =>
      `The model has ${order.length} units, and each has learned one filter: ${talk.patch.length} weights, seen here as a picture.`,
    show() {
      paintGrid(grid.canvas, talk.filters(model), model.patchSize, order);
      large.forEach(({ canvas, words }, i) => {
        const unit = code.order[i];
        if (unit === undefined) return;
        paintFilter(canvas, model.weights, unit, model.patchSize);
        words(`Unit ${unit}`, `rank ${i + 1} here`);
      });
    },
  };
}

function ranksBeat(talk, host) {
  const { model, code, errors, patch } = talk;
  const tiles = ["The patch", "Sum", "Still missing", "This unit adds"].map((label) => tile(label));
  const [original, sum, missing, output] = tiles;
  const curve = plot("What is still missing, by rank", [
    ["this patch", "main"],
    ["mean of 10,000 test patches", "second"],
  ]);
  const slider = node("input");
  Object.assign(slider, { type: "range", min: 1, max: Math.max(1, code.active), step: 1 });
  slider.setAttribute("aria-label", "Rank k");
  slider.oninput = () => talk.setRank(Number(slider.value));
  const shown = node("output");
  host.append(
    column(
      node("div", "tiles", ...tiles.map((t) => t.figure)),
      node("div", "slide", "rank", slider, shown),
      curve.host,
    ),
  );
  const ranks = rankNumbers(errors.length);
  const most = Math.max(errors[0], model.meanError[0], 0.1) * 1.05;
  const showRank = (rank) => {
    const size = model.patchSize;
    const unit = code.order[rank - 1];
    const total = sumOfRanks(code, rank, new Set());
    paint(original.canvas, size, size, (i) => plainByte(patch[i]));
    paint(sum.canvas, size, size, (i) => plainByte(total[i]));
    paint(missing.canvas, size, size, (i) => signedByte(patch[i] - clamp(total[i], 0, 1)));
    paint(output.canvas, size, size, (i) =>
      signedByte(code.activations[unit] * model.weights[unit * patch.length + i]),
    );
    sum.words(rank === 1 ? "Rank 1 alone" : `Sum of ${rank}`);
    output.words(`Unit ${unit} adds`);
    slider.value = rank;
    shown.textContent = `${rank} of ${Math.max(1, code.active)}`;
    curve.draw({
      xMin: 1,
      xMax: Math.max(2, code.active),
      yMax: most,
      xLabel: "rank k: number of units summed",
      yLabel: "error",
      series: [
        { name: "mean", x: ranks, y: model.meanError, kind: "second" },
        { name: "patch", x: ranks, y: errors, kind: "main" },
      ],
      marker: { x: rank, y: errors[rank - 1] },
    });
  };
  return {
    sentence: () =>
      "The units line up, the strongest first; with every rank one more filter is added to the sum.",
    show: () => showRank(talk.rank),
    rank: showRank,
    ranks: () => Math.max(1, code.active),
  };
}

function fewBeat(talk, host) {
  const { code, errors, patch } = talk;
  const histogram = plot("How strongly the units answer");
  const curve = plot("What is still missing, by rank");
  host.append(column(histogram.host), column(curve.host));
  const length = Math.sqrt(squaredError(patch, new Float64Array(patch.length)));
  const removed = (k) => (length - errors[k - 1]) / (length - errors.at(-1) || 1);
  const enough = [...errors.keys()].findIndex((k) => removed(k + 1) >= 0.9) + 1;
  const bins = 20;
  const top = Math.max(...code.activations, 0.05);
  const counts = new Array(bins).fill(0);
  for (const a of code.activations) counts[Math.min(bins - 1, Math.floor((a / top) * bins))] += 1;
  return {
    sentence: () =>
      code.active
        ? `Few units do most of the work: ${units(enough)} of ${code.activations.length} bring ${percent(removed(enough))} of all that the model can bring to this patch.`
        : "No unit answers to this patch: it is black.",
    show() {
      const height = (count) => Math.log10(1 + count); // else the many silent ones hide the few
      histogram.drawBars(counts.map(height), {
        xMin: 0,
        xMax: top,
        yMax: height(Math.max(...counts)) * 1.05,
        yTicks: [0, 1, 3, 10, 30, 100, 300].filter((tick) => tick <= Math.max(...counts)).map(height),
        yWords: (tick) => String(Math.round(10 ** tick - 1)),
        undo: (drawn) => Math.round(10 ** drawn - 1),
        xLabel: "activation: how strongly a unit answers",
        yLabel: "number of units",
      });
      curve.draw({
        xMin: 1,
        xMax: errors.length,
        yMax: Math.max(errors[0], 0.1) * 1.05,
        xLabel: "rank k: number of units summed",
        yLabel: "error",
        series: [{ name: "patch", x: rankNumbers(errors.length), y: errors, kind: "main" }],
        marker: enough ? { x: enough, y: errors[enough - 1] } : null,
      });
    },
  };
}
