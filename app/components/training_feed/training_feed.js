// Asks how a run stands and tells the other components: { run, state, patches, units, patchSize, seen, series,
// errors, now }. seen, the arrays of series and errors hold one entry a recorded snapshot; now is the newest
// weights, recorded or not: { seen, figures, errors, weights }.

const FIGURES = [
  "seen",
  "trainError",
  "testError",
  "trainObjective",
  "testObjective",
  "errorSum",
  "dead",
  "active",
];
const MOVING = ["waiting", "loading", "running", "paused"];
const OFTEN = 300; // ms between questions
const VERY_OFTEN = 90; // while single updates are to be seen
const SELDOM = 1200; // while nothing moves, or the answers are large
const LARGE = 1_000_000; // bytes of an answer

const WORDS = {
  waiting: ({ place }) => `Waits for its turn: number ${place} in line.`,
  loading: ({ loaded }) =>
    loaded?.[1]
      ? `Downloading: ${(loaded[0] / 1e6).toFixed(0)} of ${(loaded[1] / 1e6).toFixed(0)} MB.`
      : "Loading the pictures.",
  running: ({ speed }) => (speed ? `Slow motion: ${speed} updates a second.` : ""),
  paused: () => "Held; Step makes one update.",
  finished: () => "The model is kept and ready on every page.",
  stopped: () => "What it had learned is kept, and it can be resumed below.",
  interrupted: () => "Its server ended; it can be resumed below.",
  failed: ({ message }) => message,
};

const emptyTraining = () => ({
  seen: [],
  series: Object.fromEntries(FIGURES.map((name) => [name, []])),
  errors: [],
  now: null,
});

// Put an answer behind what is there already.
function takeIn(training, answer) {
  const { first, points, units } = answer;
  for (const list of [training.seen, training.errors, ...Object.values(training.series)]) list.length = first;
  points.forEach((figures, i) => {
    FIGURES.forEach((name, column) => training.series[name].push(figures[column]));
    training.seen.push(figures[0]);
    training.errors.push(answer.errors.subarray(i * units, (i + 1) * units));
  });
  for (const name of ["run", "stretch", "state", "patches", "units", "patchSize"])
    training[name] = answer[name];
  if (answer.now && answer.weights.length) {
    const figures = Object.fromEntries(FIGURES.map((name, column) => [name, answer.now[column]]));
    training.now = { seen: figures.seen, figures, errors: answer.nowErrors, weights: answer.weights };
  }
  if (!answer.now) training.now = null;
}

function showFigures({ parts, training }, answer) {
  const { state, patches, patchesSeen, patchesPerSecond } = answer;
  const figures = training.now?.figures;
  const number = (value, digits) => (value === undefined ? "–" : value.toFixed(digits));
  parts.state.textContent = state[0].toUpperCase() + state.slice(1);
  parts.words.textContent = WORDS[state]?.(answer) ?? "";
  parts.words.classList.toggle("failed", state === "failed");
  parts.progress.value =
    state === "loading" && answer.loaded?.[1] ? answer.loaded[0] / answer.loaded[1] : patchesSeen / patches;
  parts.patchesSeen.textContent = `${shortNumber(patchesSeen)} of ${shortNumber(patches)}`;
  parts.speed.textContent = patchesPerSecond ? Math.round(patchesPerSecond).toLocaleString("en") : "–";
  parts.left.textContent = state === "running" ? timeLeft(answer) : "–";
  parts.error.textContent = number(figures?.testError, 3);
  parts.sum.textContent = number(figures?.errorSum, 1);
  parts.active.textContent = number(figures?.active, 0);
  parts.dead.textContent = number(figures?.dead, 0);
  Object.assign(parts.root.dataset, {
    state,
    seen: patchesSeen,
    run: answer.run,
    sum: figures?.errorSum ?? "",
  });
}

function timeLeft({ patches, patchesSeen, patchesPerSecond, speed, batch }) {
  const perSecond = speed ? speed * batch : patchesPerSecond;
  if (!perSecond) return "–";
  const seconds = Math.ceil((patches - patchesSeen) / perSecond);
  if (seconds < 100) return `${seconds} s`;
  return seconds < 6000 ? `${Math.ceil(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

async function question(feed) {
  const { training } = feed;
  const address = new URL(`runs/${encodeURIComponent(feed.run)}/feed`, document.baseURI);
  address.search = new URLSearchParams({
    after: training.seen.length,
    seen: training.now?.seen ?? -1,
    stretch: training.stretch ?? "",
  });
  const answer = await fetch(address);
  if (answer.status === 404) return null;
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

// Ask once, and again as long as something moves and somebody looks.
async function askServer(feed) {
  clearTimeout(feed.timer);
  if (feed.left || feed.asking || !feed.run || document.hidden) return;
  feed.asking = true;
  const { run } = feed;
  let rest = SELDOM;
  try {
    const bytes = await question(feed);
    if (feed.left || run !== feed.run) return;
    if (!bytes) {
      feed.moving = false;
      feed.parts.words.textContent = "This run is gone.";
      return;
    }
    const answer = unpack(bytes);
    const news = answer.points.length || answer.weights.length || answer.state !== feed.training.state;
    takeIn(feed.training, answer);
    showFigures(feed, answer);
    if (news) tell("training", feed.training);
    feed.moving = MOVING.includes(answer.state);
    if (["running", "paused"].includes(answer.state) && bytes.length < LARGE)
      rest = answer.speed ? VERY_OFTEN : OFTEN;
    if (answer.state !== feed.state) sayState(feed, answer.state);
  } catch {
    feed.moving = true;
    if (run === feed.run) feed.parts.words.textContent = "The server does not answer; trying again.";
  } finally {
    feed.asking = false;
    if (run !== feed.run) askServer(feed);
    else if (feed.moving) feed.timer = setTimeout(() => askServer(feed), rest);
  }
}

// The page shows other buttons then.
function sayState(feed, state) {
  feed.state = state;
  feed.said = (feed.said ?? 0) + 1;
  feed.send("state", { run: feed.run, state, said: feed.said });
}

function showNothing({ parts }) {
  parts.state.textContent = "Nothing trains yet.";
  parts.words.textContent = "Press Train: the filters grow out of noise, and the curves fall.";
  for (const part of ["patchesSeen", "speed", "left", "error", "sum", "active", "dead"])
    parts[part].textContent = "–";
  parts.progress.value = 0;
  Object.assign(parts.root.dataset, { state: "nothing", seen: "", run: "" });
}

export default function ({ data: bytes, parentElement, setStateValue }) {
  const feed = instanceOf(parentElement, () => {
    const made = { parts: byPart(parentElement), training: null, run: undefined };
    made.look = () => askServer(made);
    document.addEventListener("visibilitychange", made.look);
    return made;
  });
  feed.send = setStateValue;
  feed.left = false;
  const { run, state } = unpack(bytes);
  feed.state = state;
  if (run !== feed.run) {
    feed.run = run;
    forget("training", feed.training);
    feed.training = emptyTraining();
    if (!run) showNothing(feed);
  }
  askServer(feed);
  return () => {
    feed.left = true;
    clearTimeout(feed.timer);
    document.removeEventListener("visibilitychange", feed.look);
    forget("training", feed.training);
  };
}
