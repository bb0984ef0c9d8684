// The beats about learning: a training that runs while one watches, and the author's own run.

const NEWS_EXPECTED = 3000; // ms: a server that has not answered by then is taken for out of reach
const SLOWEST = 30; // s: a training that will take longer to reach the author's error is replaced by the recorded one
const FIRST_JUDGEMENT = 4; // s of training before its speed is judged
const TICK = 100; // ms

// What the live beat shows: { mode, frames, seconds, message }. It outlives the beat's nodes, which a new patch
// replaces. mode: idle, asked, live, recorded, done. A frame: { patches, error, seconds, filters }.
const newTraining = () => ({ mode: "idle", frames: [], seconds: 0, message: "" });

// Of the recorded training every point, each with the latest filters that were kept.
function recordedFrames({ data }) {
  const { patches, errors, framesAt, seconds } = data.recorded;
  const size = data.recordedFilters.length / framesAt.length;
  return patches.map((seen, i) => {
    const frame = framesAt.findLastIndex((point) => point <= i);
    return {
      patches: seen,
      error: errors[i],
      seconds: (seconds * seen) / patches.at(-1),
      filters: data.recordedFilters.subarray(frame * size, (frame + 1) * size),
    };
  });
}

function startTraining(talk) {
  const { training } = talk.stage;
  if (training.mode === "asked" || training.mode === "live" || training.mode === "recorded") return;
  const now = performance.now();
  Object.assign(training, newTraining(), { mode: "asked", request: Date.now(), began: now, heard: now });
  ask("start-training", { request: training.request });
}

function stopTraining({ stage: { training } }) {
  if (training.mode === "idle" || training.mode === "done") return;
  ask("stop-training", { request: training.request });
  training.mode = training.frames.length ? "done" : "idle";
}

// News of the training from the server.
function takeNews(stage, news) {
  const { training } = stage;
  if ((training.mode !== "asked" && training.mode !== "live") || news.request !== training.request) return;
  if (news.state === "failed") {
    playRecorded(stage, news.message.replace(/\.$/, ""));
    return;
  }
  training.heard = performance.now();
  training.inLine = news.state === "waiting";
  if (!news.weights) return;
  training.mode = ["finished", "stopped"].includes(news.state) ? "done" : "live";
  const [patches, error] = news.latest;
  const before = news.points.filter(([seen]) => seen < patches);
  const filters = filterBytes(news.weights, 3 * news.patchSize ** 2);
  training.frames = [
    ...before.map(([seen, then]) => ({ patches: seen, error: then })),
    { patches, error, filters },
  ];
  training.seconds = (training.heard - training.began) / 1000;
}

// From where the live one stood, if it had begun.
function playRecorded(stage, why) {
  const { training, talk } = stage;
  const all = recordedFrames(talk);
  const stood = training.frames.at(-1)?.patches ?? 0;
  const from = Math.max(
    0,
    all.findIndex(({ patches }) => patches >= stood),
  );
  Object.assign(training, {
    mode: "recorded",
    message: why,
    all,
    from: all[from].seconds,
    replayed: performance.now(),
  });
  ask("stop-training", { request: training.request });
}

// Called while the beat is on stage: moves a recording on, and finds out whether the live one is in time.
function watchTraining(stage) {
  const { training, talk } = stage;
  const now = performance.now();
  if (training.mode === "recorded") {
    const seconds = training.from + (now - training.replayed) / 1000;
    training.frames = training.all.filter((frame) => frame.seconds <= seconds);
    training.seconds = Math.min(seconds, training.all.at(-1).seconds);
    if (training.frames.length === training.all.length) training.mode = "done";
    return;
  }
  const since = training.mode === "asked" ? training.began : training.heard;
  if (["asked", "live"].includes(training.mode) && now - since > NEWS_EXPECTED) {
    const silent = training.heard === training.began || now - training.heard > NEWS_EXPECTED;
    const busy = training.inLine ? "another training has its turn" : "this machine is slow to begin";
    playRecorded(stage, silent ? "the server does not answer" : busy);
  }
  if (training.mode !== "live") return;
  const last = training.frames.at(-1);
  if (training.seconds < FIRST_JUDGEMENT || last.error <= talk.data.authorError) return;
  const all = recordedFrames(talk);
  const needed = all.find(({ error }) => error <= talk.data.authorError)?.patches ?? all.at(-1).patches;
  const seconds = (training.seconds * needed) / Math.max(1, last.patches);
  if (seconds > SLOWEST) playRecorded(stage, `this machine would need ${Math.round(seconds)} s`);
}

function liveBeat(talk, host) {
  const { data, stage } = talk;
  const grid = tile("");
  const figures = node("dl", "figures");
  const shown = ["error now", "the author’s error", "patches seen"].map((name) => {
    const value = node("dd");
    figures.append(node("div", "", node("dt", "", name), value));
    return value;
  });
  const legend = [
    ["test patches", "main"],
    ["where the author ended", "level"],
  ];
  const curve = plot("Error with all units, while it learns", legend);
  const start = node("button", "start", "Train (Enter)");
  start.onclick = () => (startTraining(talk), draw());
  const note = node("p", "note");
  host.append(column(grid.figure), column(figures, curve.host, node("div", "slide", start, note)));
  const last = recordedFrames(talk).at(-1);
  const order = [...Array(data.recordedUnits).keys()];
  let drawn = null;

  function draw() {
    const { training } = stage;
    const frame = training.frames.at(-1) ?? recordedFrames(talk)[0];
    if (drawn !== frame) paintGrid(grid.canvas, frame.filters, data.recordedPatchSize, order);
    drawn = frame;
    const begun = training.mode !== "idle";
    grid.words(
      begun
        ? `Filters after ${frame.patches.toLocaleString("en")} patches`
        : "Filters before the first patch: noise",
    );
    shown[0].textContent = begun ? frame.error.toFixed(3) : "–";
    shown[1].textContent = data.authorError.toFixed(3);
    shown[2].textContent = frame.patches.toLocaleString("en");
    const reached = training.frames.find(({ error }) => error <= data.authorError);
    start.hidden = begun && training.mode !== "done";
    start.textContent = training.mode === "done" ? "Again (Enter)" : "Train (Enter)";
    note.textContent = trainingInWords(training, reached);
    curve.draw({
      xMin: 0,
      xMax: last.patches,
      yMax: 1.5,
      xLabel: "patches seen",
      yLabel: "error",
      series: [
        { name: "author", x: [0, last.patches], y: [data.authorError, data.authorError], kind: "level" },
        {
          name: "live",
          x: training.frames.map((f) => f.patches),
          y: training.frames.map((f) => f.error),
          kind: "main",
        },
      ],
      marker: begun && training.frames.length ? { x: frame.patches, y: frame.error } : null,
    });
    Object.assign(stage.parts.root.dataset, {
      training: training.mode,
      source: training.message ? "recorded" : "live",
      patches: frame.patches,
      trainingError: begun ? frame.error : "",
    });
  }
  return {
    sentence: () => "The filters grow out of noise: nobody draws them, they are learned from random patches.",
    show: draw,
    tick() {
      watchTraining(stage);
      draw();
    },
    key(name) {
      const does = { enter: startTraining, t: startTraining, s: stopTraining }[name.toLowerCase()];
      if (!does) return false;
      does(talk);
      draw();
      return true;
    },
  };
}

function trainingInWords(training, reached) {
  if (training.mode === "idle") return "";
  if (training.mode === "asked") return "It begins …";
  const seconds = `${training.seconds.toFixed(0)}\u00a0s`;
  const source = training.message
    ? `Recorded training, ${seconds}: ${training.message}.`
    : `Live on this machine, ${seconds}.`;
  return source + (reached ? " The author’s error is reached." : "");
}

function authorBeat(talk, host) {
  const { data } = talk;
  const names = [
    ["ours", "main"],
    ["the author’s", "second"],
  ];
  const learning = plot("Error with all units, over training", names);
  const byRank = plot("Error by rank, at the end", names);
  host.append(column(learning.host), column(byRank.host));
  const ranks = rankNumbers(data.errorPaper.length);
  const { patches, errors } = data.recorded;
  const [seen, theirs] = [data.author.patches, data.author.testError];
  const ours = data.errorPaper.at(-1);
  return {
    sentence: () =>
      `The paper’s rule, rebuilt: the author’s run ended at an error of ${data.authorError.toFixed(3)} after ${millions(seen.at(-1))} patches, ours at ${ours.toFixed(3)} after ${millions(data.patchesPaper)}.`,
    show() {
      learning.draw({
        xMin: 0,
        xMax: seen.at(-1),
        yMax: 1.2,
        xLabel: "patches seen",
        yLabel: "error",
        series: [
          { name: "author", x: seen, y: theirs, kind: "second" },
          { name: "ours", x: patches, y: errors, kind: "main" },
        ],
      });
      byRank.draw({
        xMin: 1,
        xMax: ranks.length,
        yMax: Math.max(data.authorByRank[0], data.errorPaper[0]) * 1.05,
        xLabel: "rank k: number of units summed",
        yLabel: "error",
        series: [
          { name: "ours", x: ranks, y: data.errorPaper, kind: "main" },
          { name: "author", x: ranks, y: data.authorByRank, kind: "second" },
        ],
      });
    },
  };
}
