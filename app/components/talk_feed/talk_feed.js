// The stage asks on the page; the server is asked here, and what it answers is told to the stage.

const OFTEN = 150; // ms between questions
const UNDER_WAY = ["waiting", "loading", "running"];

// Ask how the run stands until it has ended, another one is followed, or the server is out of reach.
async function follow(feed, { request, run }) {
  const points = [];
  const weights = { seen: -1 };
  let stretch = "";
  while (feed.request === request) {
    const address = new URL(`runs/${encodeURIComponent(run)}/feed`, document.baseURI);
    address.search = new URLSearchParams({ after: points.length, seen: weights.seen, stretch });
    const answer = await fetch(address).catch(() => null);
    if (!answer?.ok || feed.request !== request) return; // the stage takes silence for an answer
    const news = unpack(new Uint8Array(await answer.arrayBuffer()));
    stretch = news.stretch;
    points.splice(news.first, Infinity, ...news.points.map(([seen, , testError]) => [seen, testError]));
    if (news.weights.length) Object.assign(weights, { seen: news.now[0], now: news.weights });
    const { state, message, now, patchSize } = news;
    const latest = now && [now[0], now[2]];
    feed.told = { request, state, message, points, latest, weights: weights.now, patchSize };
    tell("staged-training", feed.told);
    if (!UNDER_WAY.includes(state)) return;
    await new Promise((done) => setTimeout(done, OFTEN));
  }
}

export default function ({ data: bytes, parentElement, setStateValue }) {
  const feed = instanceOf(parentElement, () => {
    const made = { request: 0 };
    const silences = [
      hear("start-training", ({ request }) => made.send("start", request)),
      hear("stop-training", ({ request }) => made.send("stop", request)),
    ];
    made.leave = () => {
      made.request = 0;
      for (const silence of silences) silence();
      forget("staged-training", made.told);
    };
    return made;
  });
  feed.send = setStateValue;
  const { request, run, message } = unpack(bytes);
  if (request !== feed.request) {
    feed.request = request;
    if (run) follow(feed, { request, run });
    else if (request)
      tell("staged-training", (feed.told = { request, state: "failed", message, points: [] }));
  }
  return feed.leave;
}
