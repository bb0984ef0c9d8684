// Goes through all beats on this machine, measures them and says what to mend.

const IN_TIME = 500; // ms from the key to the picture
const SMOOTH = 1000 / 30; // ms between frames that the eye still takes for motion
const STEPS = 40;
const SMALLEST = [1024, 700]; // px of the stage

const nextFrame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
const nap = (ms) => new Promise((done) => setTimeout(done, ms));

async function timed(act) {
  const began = performance.now();
  act();
  await nextFrame();
  return performance.now() - began;
}

// The middle and the slowest twentieth of the times between frames while the ranks go up, in ms.
async function sweep(stage) {
  const most = stage.view.ranks?.();
  if (!most) return null;
  const times = [];
  let last = null;
  for (let step = 0; step < STEPS; step++) {
    stage.talk.setRank(1 + (step % most));
    await new Promise((done) => requestAnimationFrame(done));
    if (last !== null) times.push(performance.now() - last);
    last = performance.now();
  }
  times.sort((a, b) => a - b);
  return { middle: times[times.length >> 1], slow: times[Math.floor(0.95 * times.length)] };
}

// Start the training as on stage and see when it answers.
async function rehearseTraining(stage) {
  const { training } = stage;
  if (training.mode === "idle" || training.mode === "done") startTraining(stage.talk);
  const began = performance.now();
  while (performance.now() - began < 6000) {
    stage.view.tick();
    if (training.mode === "live" && training.frames.at(-1)?.patches > 0) break;
    if (training.mode === "recorded") break;
    await nap(TICK);
  }
  const first = performance.now() - began;
  if (training.mode === "live" && training.seconds < FIRST_JUDGEMENT) {
    while (training.mode === "live" && training.seconds < FIRST_JUDGEMENT + 0.5) {
      stage.view.tick();
      await nap(TICK);
    }
  }
  return {
    first,
    live: training.mode === "live" || (training.mode === "done" && !training.message),
    why: training.message,
  };
}

async function rehearse(stage) {
  if (stage.rehearsing) return;
  stage.rehearsing = true;
  const { parts, views } = stage;
  const before = { at: stage.at, rank: stage.talk.rank };
  parts.rehearsal.hidden = true;
  const rows = [];
  try {
    for (let i = 0; i < views.length; i++) {
      const drawn = await timed(() => goTo(stage, i));
      const frames = await sweep(stage);
      const training = views[i].name === "live" ? await rehearseTraining(stage) : null;
      rows.push({ beat: stage.talk.data.titles[views[i].name], drawn, frames, training });
      await nap(120); // long enough to see that it is there
    }
  } finally {
    stage.rehearsing = false;
    if (stage.training.mode === "live") ask("stop-training", { request: stage.training.request });
    Object.assign(stage.training, newTraining(), { mode: "idle" });
    stage.talk.rank = before.rank;
    goTo(stage, before.at);
  }
  showRehearsal(stage, rows);
}

function toMend(stage, rows) {
  const { clientWidth, clientHeight } = stage.parts.root;
  const advice = [];
  const slow = rows.filter(({ drawn }) => drawn > IN_TIME);
  const rough = rows.filter(({ frames }) => frames && frames.slow > SMOOTH);
  const training = rows.find((row) => row.training)?.training;
  if (slow.length)
    advice.push(
      `${slow.map(({ beat }) => `“${beat}”`).join(", ")} took more than half a second. Close other programs and tabs, or take a smaller picture, and rehearse again.`,
    );
  if (rough.length)
    advice.push(
      "Moving through the ranks is not smooth. Close other programs, plug the computer in, or show fewer screens at once.",
    );
  if (training && !training.live)
    advice.push(
      `The training will be played from the recording: ${training.why}. That is fine on stage; for a live one, close what else runs and rehearse again.`,
    );
  if (training?.live && training.first > 1000)
    advice.push(
      `The filters began to change ${(training.first / 1000).toFixed(1)} s after the key. Rehearse once more: the second time is quicker, as everything is warm.`,
    );
  if (clientWidth < SMALLEST[0] || clientHeight < SMALLEST[1])
    advice.push(
      `The stage is only ${clientWidth} × ${clientHeight} pixels large. Press F for full screen, or set the projector to 1024 × 768 or more.`,
    );
  return advice;
}

function showRehearsal(stage, rows) {
  const { rehearsal } = stage.parts;
  const head = node(
    "tr",
    "",
    ...["Beat", "first drawn", "between frames", ""].map((text) => node("th", "", text)),
  );
  const lines = rows.map(({ beat, drawn, frames, training }) => {
    const motion = frames
      ? `${frames.middle.toFixed(0)} ms, slowest ${frames.slow.toFixed(0)} ms`
      : training
        ? `first change after ${(training.first / 1000).toFixed(1)} s`
        : "";
    const good = drawn <= IN_TIME && (!frames || frames.slow <= SMOOTH) && (!training || training.live);
    return node(
      "tr",
      "",
      ...[beat, `${drawn.toFixed(0)} ms`, motion].map((text) => node("td", "", text)),
      node("td", good ? "" : "bad", good ? "good" : "see below"),
    );
  });
  const advice = toMend(stage, rows);
  const close = node("button", "", "Close (Esc)");
  close.onclick = () => (rehearsal.hidden = true);
  rehearsal.replaceChildren(
    node("h2", "", advice.length ? "What to mend" : "Everything is ready"),
    ...advice.map((text) => node("p", "bad", text)),
    node("table", "", head, ...lines),
    close,
  );
  rehearsal.dataset.beats = rows.length;
  rehearsal.hidden = false;
}
