// One unit: everything here comes with the payload and stands still until another unit is chosen.

function exampleButton(view, place, words) {
  const { data } = view;
  const button = document.createElement("button");
  const inputs = 3 * data.patchSize ** 2;
  const canvas = button.appendChild(document.createElement("canvas"));
  paint(canvas, data.patchSize, data.patchSize, (i) => data.examples[place * inputs + i]);
  button.append(document.createTextNode(data.answers[place].toFixed(2)));
  button.dataset.stop = "";
  button.title = `${words}: activation ${data.answers[place].toFixed(3)}. Press to open it in its picture.`;
  button.setAttribute("aria-label", button.title);
  button.onclick = () => view.send("example", { place: data.places[place], pick: ++view.picks });
  return button;
}

function friendButton(view, i) {
  const { data } = view;
  const unit = data.friends[i];
  const button = document.createElement("button");
  paintFilter(button.appendChild(document.createElement("canvas")), data.friendFilters, i, data.patchSize);
  button.append(document.createTextNode(`u${unit}`));
  Object.assign(button.dataset, { stop: "", unit });
  button.title = `Unit ${unit}: its activations go along with a correlation of ${data.correlations[i].toFixed(2)}`;
  button.setAttribute("aria-label", button.title);
  button.onclick = () => {
    ask("go-to-unit", { unit });
    view.send("unit", { unit, pick: ++view.picks });
  };
  pointsAt(button, () => [unit]);
  return button;
}

function showFacts({ data, parts }) {
  const dead = data.rate === 0;
  parts.mean.textContent = data.mean.toPrecision(3);
  parts.rate.textContent = `${(100 * data.rate).toFixed(1)} % of patches`;
  parts.meanRank.textContent = dead ? "–" : data.meanRank.toFixed(1);
  parts.skew.textContent = dead ? "–" : data.skew.toFixed(1);
  parts.skewWords.textContent = dead
    ? `Unit ${data.unit} is dead: none of the ${data.patches} test patches makes it active.`
    : `It is ${data.skewWords}.`;
  parts.alive.hidden = dead;
  parts.root.dataset.unit = data.unit;
}

function showCharts({ data, parts }) {
  if (data.rate === 0) return;
  const heights = Array.from(data.counts, (count) => Math.log10(1 + count));
  const powers = [1, 10, 100, 1000, 10000].filter((count) => count <= data.patches);
  const bars = drawBars(parts.counts, heights, {
    xMin: 0,
    xMax: data.most,
    yMax: Math.max(...heights) * 1.05,
    yTicks: powers.map((count) => Math.log10(1 + count)).filter((y) => y <= Math.max(...heights)),
    yWords: (tick) => shortNumber(Math.round(10 ** tick - 1)),
    undo: (height) => Math.round(10 ** height - 1),
    xLabel: "its activation",
    yLabel: "patches",
  });
  bars.forEach((bar, i) => {
    const [from, to] = [i, i + 1].map((edge) => ((edge * data.most) / bars.length).toFixed(3));
    describe(bar, `${data.counts[i]} patches from ${from} to ${to}`);
  });
  const ranks = drawBars(parts.ranks, data.rankCounts, {
    xMin: 1,
    xMax: data.rankCounts.length,
    yMax: Math.max(...data.rankCounts) * 1.05,
    xLabel: "rank",
    yLabel: "patches",
  });
  ranks.forEach((bar, k) => describe(bar, `rank ${k + 1} for ${data.rankCounts[k]} patches`));
}

function show(view) {
  const { data, parts } = view;
  showFacts(view);
  paintFilter(parts.filter, data.filter, 0, data.patchSize);
  const top = Array.from({ length: data.top }, (_, i) =>
    exampleButton(view, i, `Strongest, number ${i + 1}`),
  );
  const spread = data.quantiles.map((quantile, i) =>
    exampleButton(view, data.top + i, `Stronger than ${Math.round(100 * quantile)} % of its answers`),
  );
  parts.top.replaceChildren(...top);
  parts.spread.replaceChildren(...spread);
  parts.friends.replaceChildren(...Array.from(data.friends, (_, i) => friendButton(view, i)));
  for (const settle of view.settles) settle();
  showCharts(view);
}

function makeView(parentElement) {
  const parts = byPart(parentElement);
  const view = { parts, data: null, picks: 0 };
  view.settles = [parts.top, parts.spread, parts.friends].map((row) => walkByArrows(row, () => 1));
  const watcher = new ResizeObserver(() => view.data && showCharts(view));
  watcher.observe(parts.root);
  view.leave = () => watcher.disconnect();
  return view;
}

export default function ({ data: bytes, parentElement, setStateValue }) {
  const view = instanceOf(parentElement, () => makeView(parentElement));
  view.send = setStateValue;
  view.data = unpack(bytes);
  whenIdle(view, () => show(view));
  return view.leave;
}
