// The beats about learning: a training that runs while one watches, and the author's own run.

import { button, column, node, Plot, paintGrid, rankNumbers, Tile } from "./nodes.js";
import { millions } from "./words.js";

/** @import { Setting } from "./beat.js" */
/** @import { Frame } from "./recording.js" */

/** Filters grow out of noise. */
export class LiveBeat {
  #talk;
  #training;
  #mark;
  #grid = new Tile("");
  #figures = ["error now", "the author’s error", "patches seen"].map((name) => {
    return { name: node("dt", "", name), value: node("dd") };
  });
  #curve = new Plot("Error with all units, while it learns", [
    ["test patches", "main"],
    ["where the author ended", "level"],
  ]);
  #start = button("Train (Enter)", () => this.press("t"), "start");
  #note = node("p", "note");
  /** @type {Frame | null} whose filters are painted */
  #painted = null;

  /** @param {Setting} setting */
  constructor({ talk, host, training, mark }) {
    this.#talk = talk;
    this.#training = training;
    this.#mark = mark;
    const figures = node("dl", "figures");
    figures.append(...this.#figures.map(({ name, value }) => node("div", "", name, value)));
    const begin = node("div", "slide", this.#start, this.#note);
    host.append(column(this.#grid.figure), column(figures, this.#curve.host, begin));
  }

  sentence() {
    return "The filters grow out of noise: nobody draws them, they are learned from random patches.";
  }

  tick() {
    this.#training.watch(performance.now());
    this.show();
  }

  /** @param {string} key */
  press(key) {
    if (key === "Enter" || key === "t") this.#training.start(performance.now());
    else if (key === "s") this.#training.stop();
    else return false;
    this.show();
    return true;
  }

  show() {
    const { mode, message, frames, recorded } = this.#training;
    const frame = frames.at(-1) ?? recorded[0];
    const begun = mode !== "idle";
    this.#showFilters(frame, begun);
    this.#showFigures(frame, begun);
    this.#start.hidden = begun && mode !== "done";
    this.#start.textContent = mode === "done" ? "Again (Enter)" : "Train (Enter)";
    this.#note.textContent = this.#inWords();
    this.#drawCurve(begun && frames.length ? frame : null);
    this.#mark({
      training: mode,
      source: message ? "recorded" : "live",
      patches: frame.patches,
      trainingError: begun ? frame.error : "",
    });
  }

  /**
   * @param {Frame} frame
   * @param {boolean} begun
   */
  #showFilters(frame, begun) {
    const { recordedPatchSize, recordedUnits } = this.#talk.payload;
    const units = [...Array(recordedUnits).keys()];
    if (this.#painted !== frame && frame.filters) {
      paintGrid(this.#grid.canvas, frame.filters, recordedPatchSize, units);
    }
    this.#painted = frame;
    const after = `Filters after ${frame.patches.toLocaleString("en")} patches`;
    this.#grid.say(begun ? after : "Filters before the first patch: noise");
  }

  /**
   * @param {Frame} frame
   * @param {boolean} begun
   */
  #showFigures(frame, begun) {
    const [error, authors, patches] = this.#figures.map(({ value }) => value);
    error.textContent = begun ? frame.error.toFixed(3) : "–";
    authors.textContent = this.#talk.payload.authorError.toFixed(3);
    patches.textContent = frame.patches.toLocaleString("en");
  }

  #inWords() {
    const { mode, seconds, message, frames } = this.#training;
    if (mode === "idle") return "";
    if (mode === "requested") return "It begins …";
    const time = `${seconds.toFixed(0)}\u00a0s`;
    const source = message ? `Recorded training, ${time}: ${message}.` : `Live on this machine, ${time}.`;
    const reached = frames.some(({ error }) => error <= this.#talk.payload.authorError);
    return source + (reached ? " The author’s error is reached." : "");
  }

  /** @param {Frame | null} newest */
  #drawCurve(newest) {
    const { frames, recorded, planned } = this.#training;
    const { authorError } = this.#talk.payload;
    const end = planned || recorded[recorded.length - 1].patches;
    this.#curve.draw({
      xMin: 0,
      xMax: end,
      yMax: 1.5,
      xLabel: "patches seen",
      yLabel: "error",
      series: [
        { name: "author", x: [0, end], y: [authorError, authorError], kind: "level" },
        {
          name: "live",
          x: frames.map(({ patches }) => patches),
          y: frames.map(({ error }) => error),
          kind: "main",
        },
      ],
      marker: newest && { x: newest.patches, y: newest.error },
    });
  }
}

/** Our error beside that of the author's own run. */
export class AuthorBeat {
  #payload;
  #learning;
  #byRank;

  /** @param {Setting} setting */
  constructor({ talk, host }) {
    this.#payload = talk.payload;
    /** @type {[string, string][]} */
    const names = [
      ["ours", "main"],
      ["the author’s", "second"],
    ];
    this.#learning = new Plot("Error with all units, over training", names);
    this.#byRank = new Plot("Error by rank, at the end", names);
    host.append(column(this.#learning.host), column(this.#byRank.host));
  }

  sentence() {
    const { errorPaper, author, authorError, patchesPaper } = this.#payload;
    const theirs = `the author’s run ended at an error of ${authorError.toFixed(3)}`;
    const ours = `ours at ${errorPaper[errorPaper.length - 1].toFixed(3)} after ${millions(patchesPaper)}`;
    const seen = author.patches[author.patches.length - 1];
    return `The paper’s rule, rebuilt: ${theirs} after ${millions(seen)} patches, ${ours}.`;
  }

  show() {
    const { errorPaper, author, authorByRank, recorded } = this.#payload;
    const ranks = rankNumbers(errorPaper.length);
    this.#learning.draw({
      xMin: 0,
      xMax: author.patches[author.patches.length - 1],
      yMax: 1.2,
      xLabel: "patches seen",
      yLabel: "error",
      series: [
        { name: "author", x: author.patches, y: author.testError, kind: "second" },
        { name: "ours", x: recorded.patches, y: recorded.errors, kind: "main" },
      ],
    });
    this.#byRank.draw({
      xMin: 1,
      xMax: ranks.length,
      yMax: Math.max(authorByRank[0], errorPaper[0]) * 1.05,
      xLabel: "rank k: number of units summed",
      yLabel: "error",
      series: [
        { name: "ours", x: ranks, y: errorPaper, kind: "main" },
        { name: "author", x: ranks, y: authorByRank, kind: "second" },
      ],
    });
  }
}
