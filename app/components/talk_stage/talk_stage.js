// The talk: every beat is made beforehand from one payload, so that a key needs neither server nor network.

const BEATS = {
  patch: patchBeat,
  filters: filtersBeat,
  ranks: ranksBeat,
  few: fewBeat,
  picture: pictureBeat,
  map: mapBeat,
  live: liveBeat,
  author: authorBeat,
  rules: rulesBeat,
  pca: pcaBeat,
};
const FIRST_RANK = 5;
const BACKSTAGE_MEMORY = "rankscope-backstage";
const TOOLS_SHOWN = 2500; // ms after the pointer rests

// Everything the beats draw from: the payload, the patch and its code by the chosen model, and the models.
function makeTalk(stage, data) {
  const model = (name, label, weights, patchSize, meanError, meanActivation) => ({
    name,
    label,
    weights,
    patchSize,
    meanError,
    meanActivation,
  });
  const chosen = model(
    data.model,
    data.modelLabel,
    data.weights,
    data.patchSize,
    data.meanError,
    data.meanActivation,
  );
  const bundled = (name, label, weights, errors) =>
    model(name, label, weights, data.recordedPatchSize, errors);
  const models = {
    paper: bundled("rank-order", "Paper’s rule", data.weightsPaper, data.errorPaper),
    progressive: bundled("progressive", "Progressive rule", data.weightsProgressive, data.errorProgressive),
  };
  const patch = cutPatch(data.picture, data.width, data.row, data.col, data.patchSize);
  const code = { patch, weights: data.weights, ...encode(patch, data.weights) };
  const bytes = new Map();
  const filters = ({ weights, patchSize }) => {
    if (!bytes.has(weights)) bytes.set(weights, filterBytes(weights, 3 * patchSize ** 2));
    return bytes.get(weights);
  };
  const linked = Number(new URLSearchParams(window.location.search).get("k"));
  const rank = clamp(stage.talk?.rank || linked || FIRST_RANK, 1, Math.max(1, code.active));
  const talk = {
    stage,
    data,
    model: chosen,
    models,
    patch,
    code,
    errors: errorsByRank(code, new Set()),
    filters,
    rank,
    tiles: new Map(),
  };
  talk.setRank = (wanted) => {
    talk.rank = clamp(Math.round(wanted), 1, Math.max(1, code.active));
    rememberInLink("k", talk.rank);
    stage.parts.root.dataset.rank = talk.rank;
    stage.view.rank(talk.rank);
  };
  return talk;
}

function makeBeats(stage) {
  const { talk, parts } = stage;
  stage.views = talk.data.beats.map(({ beat, sentence }) => {
    const host = node("div", `beat ${beat}`);
    host.hidden = true;
    return { name: beat, own: sentence, host, ...BEATS[beat](talk, host) };
  });
  parts.beats.replaceChildren(...stage.views.map((view) => view.host));
  parts.dots.replaceChildren(
    ...stage.views.map((view, i) => {
      const dot = node("button");
      dot.title = `Beat ${i + 1}: ${talk.data.titles[view.name]}`;
      dot.setAttribute("aria-label", dot.title);
      dot.onclick = () => clicked(stage, i);
      return dot;
    }),
  );
  const ahead = stage.views.filter((view) => view.prepare);
  const prepareNext = () => {
    ahead.shift()?.prepare();
    if (ahead.length) whenIdle(stage.views, prepareNext);
  };
  whenIdle(stage.views, prepareNext);
}

function goTo(stage, wanted) {
  const began = performance.now();
  const { parts, views } = stage;
  stage.at = clamp(wanted, 0, views.length - 1);
  stage.view = views[stage.at];
  const { view } = stage;
  for (const other of views) other.host.hidden = other !== view;
  parts.sentence.textContent = view.sentence();
  parts.own.textContent = view.own ?? "";
  parts.own.hidden = !view.own;
  parts.place.textContent = `${stage.at + 1} of ${views.length}`;
  [...parts.dots.children].forEach((dot, i) => dot.toggleAttribute("aria-current", i === stage.at));
  view.show();
  clearInterval(stage.timer);
  stage.timer = view.tick ? setInterval(view.tick, TICK) : null;
  Object.assign(parts.root.dataset, { beat: stage.at + 1, name: view.name, rank: stage.talk.rank });
  rememberInLink("beat", stage.at + 1);
  // Measured to the frame that shows it.
  requestAnimationFrame(() =>
    setTimeout(
      () => (parts.root.dataset.drawn = `${stage.at + 1} ${(performance.now() - began).toFixed(1)}`),
    ),
  );
}

// A button that keeps the focus would take the next space for itself.
function clicked(stage, wanted) {
  goTo(stage, wanted);
  stage.parts.root.focus({ preventScroll: true });
}

// Up and down: the rank where there is one; on a beat without ranks the direction alone.
function move(stage, step) {
  const { view, talk } = stage;
  if (!view.rank) return;
  if (view.ranks()) talk.setRank(talk.rank + step);
  else view.rank(step);
}

function onStage(stage, wanted) {
  stage.parts.root.classList.toggle("on-stage", wanted);
  document.body.classList.toggle("rankscope-on-stage", wanted);
  remember("sessionStorage", BACKSTAGE_MEMORY, wanted ? "" : "1");
  stage.parts.leave.textContent = wanted ? "Backstage" : "On stage (M)";
  if (!wanted && document.fullscreenElement) document.exitFullscreen();
  if (!wanted) document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0);
  if (wanted) stage.parts.root.focus({ preventScroll: true });
}

function toggleFull({ parts }) {
  if (document.fullscreenElement) document.exitFullscreen();
  else parts.root.requestFullscreen?.().catch(() => {}); // refused without a key or a click: then it stays as it is
}

const toggle = (part) => (part.hidden = !part.hidden);

function closeSheets({ parts }) {
  for (const sheet of [parts.keys, parts.rehearsal, parts.blank]) sheet.hidden = true;
}

function pressed(stage, event) {
  if (event.ctrlKey || event.metaKey || event.altKey || !stage.view) return;
  const { parts, view } = stage;
  const target = event.composedPath()[0];
  const here = parts.root.contains(target);
  const staged = parts.root.classList.contains("on-stage");
  if (!staged && !here) return; // backstage, the page's own fields have the keys
  if (/^(textarea|select)$/i.test(target.tagName) || (target.tagName === "INPUT" && target.type !== "range"))
    return;
  if (/^(BUTTON|SUMMARY)$/.test(target.tagName) && [" ", "Enter"].includes(event.key)) return;
  const digit = /^[0-9]$/.test(event.key) ? (Number(event.key) + 9) % 10 : -1;
  const act = {
    ArrowRight: () => goTo(stage, stage.at + 1),
    PageDown: () => goTo(stage, stage.at + 1),
    " ": () => goTo(stage, stage.at + (event.shiftKey ? -1 : 1)),
    ArrowLeft: () => goTo(stage, stage.at - 1),
    PageUp: () => goTo(stage, stage.at - 1),
    Home: () => goTo(stage, 0),
    End: () => goTo(stage, stage.views.length - 1),
    ArrowUp: () => move(stage, 1),
    ArrowDown: () => move(stage, -1),
    f: () => toggleFull(stage),
    b: () => toggle(parts.blank),
    ".": () => toggle(parts.blank),
    m: () => onStage(stage, !staged),
    r: () => rehearse(stage),
    "?": () => toggle(parts.keys),
    Escape: () => closeSheets(stage),
  };
  const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (digit >= 0) {
    if (digit < stage.views.length) goTo(stage, digit);
  } else if (act[name]) act[name]();
  else if (!view.key?.(event.key)) return;
  event.preventDefault();
  event.stopPropagation();
}

function makeStage(parentElement) {
  const parts = byPart(parentElement);
  const stage = { parts, talk: null, training: newTraining(), at: -1 };
  parts.back.onclick = () => clicked(stage, stage.at - 1);
  parts.next.onclick = () => clicked(stage, stage.at + 1);
  parts.full.onclick = () => toggleFull(stage);
  parts.leave.onclick = () => onStage(stage, !parts.root.classList.contains("on-stage"));
  parts.help.onclick = () => toggle(parts.keys);
  let resting;
  parts.root.onpointermove = () => {
    parts.root.classList.add("moved");
    clearTimeout(resting);
    resting = setTimeout(() => parts.root.classList.remove("moved"), TOOLS_SHOWN);
  };
  return stage;
}

// Listen while mounted; returns how to stop.
function attend(stage) {
  const listener = (event) => pressed(stage, event);
  window.addEventListener("keydown", listener, true);
  const silences = [
    hear("staged-training", (news) => takeNews(stage, news)),
    hear("rehearse", () => rehearse(stage)),
  ];
  const watcher = new ResizeObserver(() => stage.view?.show());
  watcher.observe(stage.parts.root);
  return () => {
    window.removeEventListener("keydown", listener, true);
    for (const silence of silences) silence();
    watcher.disconnect();
    clearInterval(stage.timer);
    document.body.classList.remove("rankscope-on-stage");
  };
}

export default function ({ data: bytes, parentElement }) {
  const stage = instanceOf(parentElement, () => makeStage(parentElement));
  if (stage.bytes !== bytes) {
    stage.bytes = bytes;
    stage.talk = makeTalk(stage, unpack(bytes));
    makeBeats(stage);
    const linked = Number(new URLSearchParams(window.location.search).get("beat")) || 1;
    goTo(stage, stage.at < 0 ? linked - 1 : stage.at);
  }
  if (!stage.leave) {
    onStage(stage, remembered("sessionStorage", BACKSTAGE_MEMORY) !== "1");
    const silence = attend(stage);
    stage.leave = () => {
      silence();
      stage.leave = null;
    };
  }
  return stage.leave;
}
