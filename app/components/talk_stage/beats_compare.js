// The beats that compare: the two learning rules, and both with PCA.

const PICTURE_RANK = 10;

function rulesBeat(talk, host) {
  const { data, models } = talk;
  const rules = [models.paper, models.progressive];
  const grid = tile("");
  const picture = tile("", data.width / data.height);
  const curve = plot("Error by rank, mean of 10,000 test patches");
  const buttons = rules.map(({ label }, i) => {
    const button = node("button", "", label);
    button.onclick = () => showRule(i);
    return button;
  });
  host.append(column(grid.figure), column(node("div", "choice", ...buttons), picture.figure, curve.host));
  const ranks = rankNumbers(models.paper.meanError.length);
  const order = [...ranks.keys()];
  const ready = once(() =>
    rules.map((rule) => pictureAt(talk, encodeTiles(talk, rule), rule.patchSize, PICTURE_RANK)),
  );
  let shown = 0;
  function showRule(which) {
    shown = which;
    const rule = rules[which];
    const { bytes, psnr } = ready()[which];
    paintGrid(grid.canvas, talk.filters(rule), rule.patchSize, order);
    grid.words(`Filters of the ${rule.label.toLowerCase()}`);
    paint(picture.canvas, data.height, data.width, (i) => bytes[i]);
    picture.words(`${PICTURE_RANK} units a patch`, Number.isFinite(psnr) ? `${psnr.toFixed(1)} dB` : "exact");
    buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(i === which)));
    curve.setLegend(rules.map(({ label }, i) => [label, i === which ? "main" : "second"]));
    const line = (rule, i) => ({
      name: rule.label,
      x: ranks,
      y: rule.meanError,
      kind: i === which ? "main" : "second",
    });
    curve.draw({
      xMin: 1,
      xMax: ranks.length,
      yMax: models.paper.meanError[0] * 1.05,
      xLabel: "rank k: number of units summed",
      yLabel: "error",
      series: rules.map(line),
    });
    talk.stage.parts.root.dataset.rule = rule.name;
  }
  const sum = ({ meanError }) => meanError.reduce((a, b) => a + b, 0);
  return {
    prepare: ready,
    sentence() {
      const [papers, ours] = rules.map(sum);
      return `Same model, another rule: when every unit answers for all later ranks too, the error summed over the ranks falls from ${papers.toFixed(1)} to ${ours.toFixed(1)}.`;
    },
    show: () => showRule(shown),
    rank: (step) => showRule(step > 0 ? 1 : 0),
    ranks: () => 0,
    key: (name) => ["Enter", "t", "T"].includes(name) && (showRule(1 - shown), true),
  };
}

const CLEARLY = 0.01; // a smaller share of the error is called equal
const SHOWN_RANKS = [1, 5, 10, 20, 50];
const LEAST_SHOWN = 0.03; // where the axis of errors begins

// The numbers of units, as ranges [from, to], at which the errors `a` are clearly smaller than `b`.
function rangesWhereBetter(a, b) {
  const ranges = [];
  for (let k = 1; k <= Math.min(a.length, b.length); k++) {
    if (!(a[k - 1] < (1 - CLEARLY) * b[k - 1])) continue;
    if (ranges.at(-1)?.[1] === k - 1) ranges.at(-1)[1] = k;
    else ranges.push([k, k]);
  }
  return ranges;
}

function rangesInWords(ranges, most) {
  if (!ranges.length) return "at no number of units";
  const words = ranges.map(([from, to]) => {
    if (from === 1 && to === most) return "at every number of units";
    if (to === most) return `from ${units(from)} on`;
    return from === to ? `with ${units(from)}` : `with ${from} to ${to} units`;
  });
  return words.join(" and ");
}

// Who is better where, from the numbers alone.
function verdict(progressive, paper, pca) {
  const most = pca.length;
  const ours = rangesWhereBetter(progressive, pca);
  const theirs = rangesWhereBetter(pca, progressive);
  const overPaper = rangesWhereBetter(pca, paper);
  return `Progressive beats PCA ${rangesInWords(ours, most)}; PCA wins ${rangesInWords(theirs, most)}, and it beats the paper’s rule ${rangesInWords(overPaper, most)}.`;
}

function pcaBeat(talk, host) {
  const { data, models } = talk;
  const lines = [
    ["Progressive rule", "main", models.progressive.meanError],
    ["PCA, largest coefficients", "second", data.pcaLargest],
    ["Paper’s rule", "third", models.paper.meanError],
    ["PCA, first components", "fourth", data.pcaFirst],
  ];
  const curve = plot("Error on 10,000 test patches (logarithmic)", lines);
  const heads = SHOWN_RANKS.map((k) => node("th", "", `k = ${k}`));
  const table = node("table", "errors", node("tr", "", node("th", "", "error at"), ...heads));
  const best = SHOWN_RANKS.map((k) => Math.min(...lines.map(([, , errors]) => errors[k - 1])));
  for (const [name, , errors] of lines) {
    const cells = SHOWN_RANKS.map((k, i) => {
      const isBest = errors[k - 1] <= best[i] * (1 + CLEARLY);
      return node("td", isBest ? "best" : "", errors[k - 1].toFixed(3));
    });
    table.append(node("tr", "", node("th", "", name), ...cells));
  }
  host.append(column(curve.host, table));
  const most = 80;
  const height = (error) => Math.log10(Math.max(error, LEAST_SHOWN) / LEAST_SHOWN); // ratios, so that all four stay apart
  return {
    sentence: () => verdict(models.progressive.meanError, models.paper.meanError, data.pcaLargest),
    show: () =>
      curve.draw({
        xMin: 1,
        xMax: most,
        yMax: height(2),
        yTicks: [0.05, 0.1, 0.2, 0.5, 1, 2].map(height),
        yWords: (tick) => +(LEAST_SHOWN * 10 ** tick).toPrecision(2),
        undo: (drawn) => LEAST_SHOWN * 10 ** drawn,
        xLabel: "k: number of units or components",
        yLabel: "error",
        series: [...lines].reverse().map(([name, kind, errors]) => ({
          name,
          kind,
          x: rankNumbers(errors.length),
          y: Array.from(errors, height),
        })),
      }),
  };
}
