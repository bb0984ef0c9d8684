// Bars know the units they count, so that they can be pointed at and pressed.

const BARS = 40;

// Units by bar: bar i holds the values from low + i * width up to the next.
function binned(values, low, high) {
  const bars = Array.from({ length: BARS }, () => []);
  const width = (high - low) / BARS || 1;
  values.forEach((value, unit) => bars[clamp(Math.floor((value - low) / width), 0, BARS - 1)].push(unit));
  return bars;
}

function drawHistogram(answers, svg, values, low, high, xLabel) {
  const bins = binned(values, low, high);
  const yMax = Math.max(4, ...bins.map((units) => units.length)) * 1.05;
  const counts = bins.map((units) => units.length);
  const bars = drawBars(svg, counts, { xMin: low, xMax: high, yMax, xLabel, yLabel: "units" });
  bins.forEach((units, i) => {
    const [from, to] = [i, i + 1].map((edge) => (low + (edge * (high - low)) / BARS).toFixed(3));
    if (units.length) bars[i].dataset.stop = "";
    else delete bars[i].dataset.stop;
    bars[i].dataset.count = units.length;
    bars[i].setAttribute("role", "button");
    describe(bars[i], `${units.length} ${units.length === 1 ? "unit" : "units"} from ${from} to ${to}`);
    wire(answers, bars[i], units);
  });
}

function wire(answers, bar, units) {
  bar.units = units;
  bar.onclick = () => {
    const ranks = units.map((unit) => answers.code.rankOf[unit]);
    ask("go-to-rank", { rank: Math.min(...ranks) });
  };
  bar.onkeydown = (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    bar.onclick();
  };
  pointsAt(bar, () => units);
}

function showCode(answers) {
  const { code, parts } = answers;
  if (!code) return;
  drawHistogram(answers, parts.activations, code.activations, 0, 1, "activation a of a unit");
  const low = Math.min(0, ...code.preActivations);
  const high = Math.max(low + 1e-6, 0, ...code.preActivations);
  drawHistogram(answers, parts.preActivations, code.preActivations, low, high, "pre-activation p of a unit");
  for (const settle of answers.settles) settle();
  showMarks(answers);
}

function showMarks({ parts, pointedAt, current }) {
  for (const bar of [...parts.activations.children, ...parts.preActivations.children]) {
    if (!bar.units) continue;
    bar.classList.toggle(
      "pointed-at",
      bar.units.some((unit) => pointedAt.includes(unit)),
    );
    bar.classList.toggle("current", bar.units.includes(current));
  }
}

function makeAnswers(parentElement) {
  const parts = byPart(parentElement);
  const answers = { parts, code: null, pointedAt: [], current: null };
  answers.settles = [parts.activations, parts.preActivations].map((svg) => walkByArrows(svg, () => 1));
  const silences = [
    hear("code", (code) => whenIdle(Object.assign(answers, { code }), () => showCode(answers))),
    hear("rank", ({ unit }) => showMarks(Object.assign(answers, { current: unit }))),
    hear("hover", ({ units }) => showMarks(Object.assign(answers, { pointedAt: units }))),
  ];
  const watcher = new ResizeObserver(() => showCode(answers));
  watcher.observe(parts.activations);
  answers.leave = () => {
    for (const silence of silences) silence();
    watcher.disconnect();
  };
  return answers;
}

export default function ({ parentElement }) {
  return instanceOf(parentElement, () => makeAnswers(parentElement)).leave;
}
