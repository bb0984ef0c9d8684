// Goes through all beats on this machine, measures them and says what to mend.

import { adviceOn, isGood } from "./advice.js";
import { button, node } from "./nodes.js";
import { FIRST_JUDGEMENT } from "./staged_training.js";

/** @import { Motion, Row, TrainingMeasured } from "./advice.js" */
/** @import { Stage } from "./talk_stage.js" */

const STEPS = 40;
const TICK = 100; // ms
const LONGEST_WAIT = 6000; // ms for the training's first answer
const SEEN = 120; // ms: long enough to see that a beat is there

/** @param {number} ms */
const nap = (ms) => new Promise((done) => setTimeout(done, ms));
const nextFrame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));

/**
 * Show every beat and measure it.
 * @param {Stage} stage
 * @returns {Promise<Row[]>}
 */
export async function measureBeats(stage) {
  const rows = [];
  for (let i = 0; i < stage.screens.length; i++) {
    const began = performance.now();
    stage.goTo(i);
    await nextFrame();
    const drawn = performance.now() - began;
    const { title, name } = stage.screens[i];
    const motion = stage.screens[i].beat.showRank ? await sweep(stage) : null;
    const training = name === "live" ? await rehearseTraining(stage) : null;
    rows.push({ title, drawn, motion, training });
    await nap(SEEN);
  }
  return rows;
}

/**
 * The middle and the slowest twentieth of the times between frames while the ranks go up.
 * @param {Stage} stage
 * @returns {Promise<Motion>} in ms
 */
async function sweep(stage) {
  /** @type {number[]} */
  const times = [];
  let last = 0;
  for (let step = 0; step < STEPS; step++) {
    stage.setRank(1 + (step % stage.talk.ranks));
    await new Promise((done) => requestAnimationFrame(done));
    const now = performance.now();
    if (step) times.push(now - last);
    last = now;
  }
  times.sort((a, b) => a - b);
  return { middle: times[times.length >> 1], slow: times[Math.floor(0.95 * times.length)] };
}

/**
 * Start the training as on stage and see when it answers.
 * @param {Stage} stage
 * @returns {Promise<TrainingMeasured>}
 */
async function rehearseTraining({ training, screens, at }) {
  const tick = () => screens[at].beat.tick?.();
  training.start(performance.now());
  const began = performance.now();
  while (performance.now() - began < LONGEST_WAIT) {
    tick();
    const learns = training.mode === "live" && (training.frames.at(-1)?.patches ?? 0) > 0;
    if (learns || training.mode === "recorded") break;
    await nap(TICK);
  }
  const first = performance.now() - began;
  while (training.mode === "live" && training.seconds < FIRST_JUDGEMENT + 0.5) {
    tick();
    await nap(TICK);
  }
  const isLive = training.mode === "live" || (training.mode === "done" && !training.message);
  return { first, isLive, why: training.message };
}

/**
 * Put what was measured into words.
 * @param {HTMLElement} sheet is filled and shown
 * @param {Row[]} rows
 * @param {Element} stage
 */
export function showRehearsal(sheet, rows, stage) {
  const { clientWidth, clientHeight } = stage;
  const advice = adviceOn(rows, clientWidth, clientHeight);
  const heads = ["Beat", "first drawn", "between frames", ""].map((text) => node("th", "", text));
  const lines = rows.map((row) => {
    const cells = [row.title, `${row.drawn.toFixed(0)} ms`, motionInWords(row)];
    const good = isGood(row);
    const verdict = node("td", good ? "" : "bad", good ? "good" : "see below");
    return node("tr", "", ...cells.map((text) => node("td", "", text)), verdict);
  });
  const close = button("Close (Esc)", () => {
    sheet.hidden = true;
  });
  sheet.replaceChildren(
    node("h2", "", advice.length ? "What to mend" : "Everything is ready"),
    ...advice.map((text) => node("p", "bad", text)),
    node("table", "", node("tr", "", ...heads), ...lines),
    close,
  );
  sheet.dataset.beats = String(rows.length);
  sheet.hidden = false;
}

/** @param {Row} row */
function motionInWords({ motion, training }) {
  if (motion) return `${motion.middle.toFixed(0)} ms, slowest ${motion.slow.toFixed(0)} ms`;
  return training ? `first change after ${(training.first / 1000).toFixed(1)} s` : "";
}
