// Places are the recorded snapshots, or some of them where all would take too much memory, and the newest weights as
// the last one. While it stands there it follows the training.

const MOST_WEIGHTS = 24_000_000; // numbers of 4 bytes that are kept here
const AT_ONCE = 12; // snapshots a question

// Indices of the recorded snapshots that can be gone to, evenly among all, the first and the last always.
function placesOf({ seen, units, patchSize }) {
  const most = Math.max(4, Math.floor(MOST_WEIGHTS / (units * 3 * patchSize ** 2)));
  const count = Math.min(seen.length, most);
  return Array.from({ length: count }, (_, i) =>
    Math.round((i * (seen.length - 1)) / Math.max(1, count - 1)),
  );
}

const isAhead = ({ now, seen }) => Boolean(now) && now.seen > (seen.at(-1) ?? -1);

function figuresAt({ series }, i) {
  return Object.fromEntries(Object.entries(series).map(([name, values]) => [name, values[i]]));
}

// What stands at a place: the moment to tell of, its weights null while they are not here yet.
function momentAt(scrubber, number) {
  const { training, places, kept } = scrubber;
  const { run, units, patchSize, now } = training;
  const last = number > places.length || (number === places.length && !isAhead(training));
  const common = { run, units, patchSize, last };
  if (last && now)
    return { ...common, seen: now.seen, figures: now.figures, errors: now.errors, weights: now.weights };
  const i = places[number - 1];
  const seen = training.seen[i];
  return {
    ...common,
    seen,
    figures: figuresAt(training, i),
    errors: training.errors[i],
    weights: kept.get(seen) ?? null,
  };
}

function show(scrubber, number) {
  if (!scrubber.places.length && !scrubber.training?.now) return;
  const moment = momentAt(scrubber, number);
  scrubber.following = moment.last;
  if (!moment.last) fetchAround(scrubber, number);
  else if (scrubber.training.now) scrubber.kept.set(moment.seen, moment.weights);
  tell("moment", (scrubber.told = moment));
  if (moment.weights)
    tell("model", (scrubber.model = { weights: moment.weights, patchSize: moment.patchSize }));
  const { parts } = scrubber;
  parts.words.textContent =
    `After ${moment.seen.toLocaleString("en")} patches: test error ${moment.figures.testError.toFixed(3)}, ` +
    `error sum ${moment.figures.errorSum.toFixed(1)}${moment.weights ? "" : ", filters on their way"}.`;
  Object.assign(parts.root.dataset, {
    seen: moment.seen,
    error: moment.figures.testError.toFixed(6),
    ready: moment.weights ? "true" : "",
  });
}

// Fetch the weights at a place and at those around it that are not here yet, one question at a time.
async function fetchAround(scrubber, number) {
  if (scrubber.fetching) return;
  const { training, places, kept } = scrubber;
  const wanted = places
    .map((i, place) => [Math.abs(place + 1 - number), training.seen[i]])
    .filter(([, seen]) => !kept.has(seen))
    .sort((a, b) => a[0] - b[0])
    .slice(0, AT_ONCE)
    .map(([, seen]) => seen);
  if (!wanted.length) return;
  scrubber.fetching = true;
  let more = false;
  try {
    const address = new URL(`runs/${encodeURIComponent(training.run)}/snapshots`, document.baseURI);
    address.searchParams.set("seen", wanted.join(","));
    const answer = await fetch(address);
    if (!answer.ok || scrubber.left || training !== scrubber.training) return;
    const { seen, weights } = unpack(new Uint8Array(await answer.arrayBuffer()));
    const size = weights.length / Math.max(1, seen.length);
    for (const missing of wanted) kept.set(missing, null); // damaged, unless it is among those that came
    seen.forEach((patches, i) => kept.set(patches, weights.slice(i * size, (i + 1) * size)));
    more = true;
  } catch {
    scrubber.parts.words.textContent = "The server does not answer; move again to try again.";
  } finally {
    scrubber.fetching = false;
  }
  if (!more) return;
  if (scrubber.told && !scrubber.told.weights) show(scrubber, scrubber.transport.rank);
  fetchAround(scrubber, scrubber.transport.rank);
}

// Only what can be gone to stays in memory.
function tidy({ training, places, kept }) {
  const reachable = new Set(places.map((i) => training.seen[i]));
  for (const seen of kept.keys()) if (!reachable.has(seen)) kept.delete(seen);
}

function takeIn(scrubber, training) {
  const other = scrubber.training !== training;
  if (other) {
    scrubber.transport.stop();
    Object.assign(scrubber, { kept: new Map(), places: [], following: true });
    scrubber.parts.words.textContent = "";
    Object.assign(scrubber.parts.root.dataset, { seen: "", error: "", ready: "" });
  }
  scrubber.training = training;
  if (!training.run || !training.seen.length) return;
  const { transport } = scrubber;
  const at = scrubber.told?.seen;
  scrubber.places = placesOf(training);
  tidy(scrubber);
  const count = scrubber.places.length + (isAhead(training) ? 1 : 0);
  transport.setRange(count, count);
  const told = scrubber.told?.run === training.run && scrubber.told.weights === training.now?.weights;
  if (scrubber.following && !told) transport.setRank(count);
  else {
    // More snapshots have come, or none: stay at the one that is shown, without telling of it anew.
    const place = scrubber.following ? -1 : scrubber.places.findIndex((i) => training.seen[i] >= at);
    transport.rank = place < 0 ? count : place + 1;
    scrubber.parts.slider.value = transport.rank;
  }
}

function makeScrubber(parentElement) {
  const parts = byPart(parentElement);
  const scrubber = {
    parts,
    training: null,
    places: [],
    kept: new Map(),
    following: true,
    told: null,
    model: null,
  };
  scrubber.transport = makeTransport(parts.root, parts, (number) => show(scrubber, number));
  const silence = hear("training", (training) => takeIn(scrubber, training));
  scrubber.leave = () => {
    scrubber.left = true;
    scrubber.transport.stop();
    silence();
    forget("moment", scrubber.told);
    forget("model", scrubber.model);
  };
  return scrubber;
}

export default function ({ parentElement }) {
  return instanceOf(parentElement, () => makeScrubber(parentElement)).leave;
}
