// The picture at rank k, or with units spent otherwise. Workers decompose it; everything else is done here, and the
// server is sent nothing but a clicked place, which the page's address keeps.

import { whenIdle } from "../shared/deferred_drawing.js";
import { encoderOf } from "../shared/encoder.js";
import { request } from "../shared/events.js";
import { rememberInLink } from "../shared/link.js";
import { RANK_MEMORY, remember, remembered } from "../shared/memory.js";
import { component } from "../shared/mount.js";
import { unpack } from "../shared/payload.js";
import { Transport } from "../shared/transport.js";
import { costOf, rankFor } from "./budget.js";
import { ModeControls } from "./mode_controls.js";
import { chooseView, findPaintingParts, Painting } from "./painting.js";
import { PatchChoice } from "./patch_choice.js";
import { PictureCode } from "./picture_code.js";
import { Report } from "./report.js";
import { Spending } from "./spending.js";
import { decomposeByWorkers } from "./team.js";

/** @import { PictureState } from "../shared/events.js" */
/** @import { Mount } from "../shared/mount.js" */
/** @import { Now } from "./report.js" */
/** @import { Mode } from "./spending.js" */

const FIRST_RANK = 20;
const PROGRESS_REST = 300; // ms

/**
 * What is shown first, and the address of the workers' script.
 * @typedef {object} Payload
 * @property {number | null} rank null is where the visitor last was
 * @property {Mode} mode
 * @property {number | null} budget
 * @property {number} bound
 * @property {number} unit
 * @property {string} worker
 *
 * A picture that is shown.
 * @typedef {{ code: PictureCode, painting: Painting, stop: () => void }} Shown `stop` ends its workers
 */

class ImagePlayer {
  #mount;
  #root;
  #paintingParts;
  #transport;
  #patchChoice;
  #report;
  #controls;
  #spending = new Spending();
  /** @type {Payload | null} */
  #payload = null;
  /** @type {PictureState | null} the latest that has been published */
  #picture = null;
  /** @type {Shown | null} */
  #shown = null;
  /** @type {Now | null} */
  #now = null;
  /** @type {number | null} of the page's rank player */
  #patchRank = null;
  /** @type {number | null} */
  #shownRank = null;
  /** Whether the rank moves because a budget has been chosen, which it must not change then. */
  #keepsBudget = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #drawTimer;

  /** @param {Mount} mount */
  constructor(mount) {
    this.#mount = mount;
    this.#root = mount.part("root", HTMLElement);
    this.#paintingParts = findPaintingParts(mount);
    this.#transport = new Transport(this.#root, mount.part("transport", HTMLElement), (rank) => {
      if (this.#shown) this.#showRank(this.#shown, rank);
    });
    this.#patchChoice = new PatchChoice(mount);
    this.#report = new Report(mount, (share) => this.#pickRank(share));
    this.#controls = new ModeControls(mount, this.#spending, {
      onMode: () => this.#changeMode(),
      onChange: () => this.#draw(),
      onBudget: (budget) => this.#spend(budget),
    });
    const { view } = this.#paintingParts;
    view.onchange = () => this.#shown?.code.blocks.length && this.#shown.painting.showBeside(this.#spending);
    view.onkeydown = (event) => event.stopPropagation(); // its arrow keys are its own
    this.#subscribe();
    mount.onResize(this.#root, () => this.#now && this.#report.showPlots(this.#now));
    mount.onUnmount(() => this.#leave());
  }

  /** @param {Payload} payload only the first one counts; from then on it follows the visitor */
  update(payload) {
    if (this.#payload) return;
    this.#payload = payload;
    Object.assign(this.#spending, { mode: payload.mode, budget: payload.budget, unit: payload.unit });
    this.#spending.setBound(payload.bound);
    this.#controls.showMode();
    this.#changeMode();
    if (this.#picture) this.#begin(this.#picture, payload);
  }

  #subscribe() {
    this.#mount.subscribe("picture", (picture) => {
      this.#picture = picture;
      if (this.#payload) this.#begin(picture, this.#payload);
    });
    this.#mount.subscribe("rank", ({ rank }) => {
      this.#patchRank = rank;
      if (this.#shown && rank !== this.#shownRank) this.#transport.setRank(rank);
    });
  }

  #leave() {
    clearTimeout(this.#drawTimer);
    this.#transport.stop();
    this.#shown?.stop();
  }

  /**
   * Show another picture.
   * @param {PictureState} picture
   * @param {Payload} payload
   */
  #begin(picture, payload) {
    const before = this.#shown;
    before?.stop();
    if (before) this.#spending.budget = null; // it was for another picture
    this.#now = null;
    this.#report.clear();
    this.#root.dataset.size = `${picture.width}x${picture.height}`;
    const inputs = 3 * picture.patchSize ** 2;
    const { weights } = encoderOf(picture.weights, inputs, picture.coder); // those that decode the codes
    const code = new PictureCode({ ...picture, weights });
    this.#patchChoice.begin(code);
    this.#controls.begin(picture);
    const painting = new Painting(this.#paintingParts, code);
    const stop = decomposeByWorkers(code, payload.worker, {
      onBlock: () => (code.done ? this.#finish(code) : this.#drawLater(code)),
      onQuality: () => this.#showQuality(),
      onFailure: () => this.#report.showFailure(),
    });
    this.#shown = { code, painting, stop };
    this.#transport.setRange(code.units, code.units);
    // The rank first: the rank player answers at once to the model and the patch, with a rank of its own.
    const latest = Number(remembered("sessionStorage", RANK_MEMORY)) || FIRST_RANK;
    this.#transport.setRank(before ? this.#transport.rank : (payload.rank ?? latest));
    this.#mount.publish("model", picture);
    this.#patchChoice.showPlace();
  }

  /** @param {PictureCode} code known whole */
  #finish(code) {
    this.#transport.setRange(code.units, code.deepest);
    this.#controls.apply(code, this.#transport.rank);
    this.#draw();
  }

  #showQuality() {
    if (!this.#now) return;
    this.#report.showComparison(this.#now);
    this.#report.showPlots(this.#now);
  }

  /**
   * @param {Shown} shown
   * @param {number} rank
   */
  #showRank({ code }, rank) {
    const { mode } = this.#spending;
    this.#root.dataset.rank = String(rank);
    remember("sessionStorage", RANK_MEMORY, rank);
    rememberInLink("k", rank);
    this.#shownRank = rank;
    if (mode === "budget" && code.done && !this.#keepsBudget) this.#controls.setBudget(costOf(code, rank));
    if (mode !== "needed") this.#draw();
    if (rank !== this.#patchRank) request("go-to-rank", { rank }); // the rank player moves along
  }

  #changeMode() {
    const { mode } = this.#spending;
    chooseView(this.#paintingParts, this.#spending);
    if (this.#shown?.code.done) {
      this.#controls.apply(this.#shown.code, this.#transport.rank);
      this.#draw();
    }
    if (mode !== "needed") this.#root.dataset.rank = String(this.#transport.rank);
  }

  /** @param {number} budget */
  #spend(budget) {
    if (!this.#shown) return;
    this.#controls.setBudget(budget);
    this.#keepsBudget = true;
    this.#transport.setRank(Math.max(1, rankFor(this.#shown.code, budget)));
    this.#keepsBudget = false;
  }

  #draw() {
    if (!this.#shown) return;
    const { code, painting } = this.#shown;
    const { rank } = this.#transport;
    const errors = painting.paint(this.#spending.ranksWanted(rank));
    if (errors) painting.showBeside(this.#spending);
    if (errors && code.done) {
      this.#now = this.#report.showNumbers(code, this.#spending, rank, errors);
      whenIdle(this, () => this.#now && this.#report.showPlots(this.#now));
    } else if (code.blocks.length) this.#report.showProgress(code);
  }

  /**
   * While blocks still come in: the first at once, then only now and then, because the workers need the processors.
   * @param {PictureCode} code
   */
  #drawLater(code) {
    this.#drawTimer ??= setTimeout(
      () => {
        this.#drawTimer = undefined;
        if (this.#shown && !this.#shown.code.done) this.#draw();
      },
      code.blocks.length > 1 ? PROGRESS_REST : 0,
    );
  }

  /** @param {number} share of the curve's x axis */
  #pickRank(share) {
    if (!this.#shown) return;
    this.#transport.stop();
    this.#transport.setRank(1 + share * (this.#shown.code.deepest - 1));
  }
}

export default component(
  (mount) => new ImagePlayer(mount),
  (player, /** @type {Uint8Array} */ bytes) => player.update(unpack(bytes)),
);
