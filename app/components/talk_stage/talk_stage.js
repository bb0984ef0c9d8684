// The talk: every beat is made beforehand from one payload, so that a key needs neither server nor network.

import { clamp } from "../shared/clamp.js";
import { rememberInLink } from "../shared/link.js";
import { remember, remembered } from "../shared/memory.js";
import { component } from "../shared/mount.js";
import { unpack } from "../shared/payload.js";
import { keyOf, takesKey } from "./keys.js";
import { button } from "./nodes.js";
import { Presenter } from "./presenter.js";
import { measureBeats, showRehearsal } from "./rehearsal.js";
import { makeScreens, prepareWhenIdle } from "./screens.js";
import { StagedTraining } from "./staged_training.js";
import { listenToSwipes } from "./swipes.js";
import { Talk } from "./talk.js";

/** @import { Mount } from "../shared/mount.js" */
/** @import { Screen } from "./screens.js" */
/** @import { Payload } from "./talk.js" */

const FIRST_RANK = 5;
const BACKSTAGE_MEMORY = "rankscope-backstage";
const ON_STAGE = "rankscope-on-stage"; // a class of the page
const TOOLS_SHOWN = 2500; // ms after the pointer rests
const TICK = 100; // ms

/** @param {string} name of a number in the page's address */
const linked = (name) => Number(new URLSearchParams(window.location.search).get(name));

export class Stage {
  training = new StagedTraining();
  /** @type {Screen[]} in order */
  screens = [];
  /** Index of the screen that is shown; -1 before the first. */
  at = -1;
  #parts;
  #presenter = new Presenter((event) => this.#pressAway(event));
  /** @type {Talk | null} */
  #talk = null;
  /** @type {Uint8Array | null} the payload that is shown */
  #bytes = null;
  #isRehearsing = false;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #ticking;

  /** @param {Mount} mount */
  constructor(mount) {
    this.#parts = findParts(mount);
    const { root } = this.#parts;
    this.#listenToPointer(mount);
    /** @param {KeyboardEvent} event */
    const press = (event) => this.#press(event);
    window.addEventListener("keydown", press, true);
    mount.subscribe("staged-training", (news) => this.training.update(news, performance.now()));
    mount.subscribe("rehearse", () => this.#rehearse());
    mount.onResize(root, () => this.screens[this.at]?.beat.show());
    mount.onUnmount(() => {
      this.#presenter.close();
      window.removeEventListener("keydown", press, true);
      clearInterval(this.#ticking);
      document.body.classList.remove(ON_STAGE);
    });
  }

  /** What is shown; there is always something once the first payload is here. */
  get talk() {
    return /** @type {Talk} */ (this.#talk);
  }

  /** @param {Uint8Array} bytes */
  update(bytes) {
    if (this.#bytes === bytes) return;
    const isFirst = this.#bytes === null;
    this.#bytes = bytes;
    /** @type {Payload} */
    const payload = unpack(bytes);
    this.#talk = new Talk(payload, this.#talk?.rank || linked("k") || FIRST_RANK);
    this.training.load(payload.recorded, payload.recordedFilters, payload.authorError);
    this.#replaceScreens(payload);
    this.goTo(isFirst ? (linked("beat") || 1) - 1 : this.at);
    this.#parts.leave.hidden = this.#parts.backstage.hidden = payload.isFile;
    if (isFirst) this.#goOnStage(payload.isFile || remembered("sessionStorage", BACKSTAGE_MEMORY) !== "1");
  }

  /** @param {Payload} payload */
  #replaceScreens(payload) {
    const { root, beats, dots } = this.#parts;
    this.screens = makeScreens(payload, {
      talk: this.talk,
      training: this.training,
      setRank: (rank) => this.setRank(rank),
      mark: (attributes) => Object.assign(root.dataset, attributes),
    });
    beats.replaceChildren(...this.screens.map(({ host }) => host));
    dots.replaceChildren(
      ...this.screens.map(({ title }, i) => {
        const dot = button("", () => this.#click(i));
        dot.title = `Beat ${i + 1}: ${title}`;
        dot.setAttribute("aria-label", dot.title);
        return dot;
      }),
    );
    prepareWhenIdle(this.screens);
  }

  /** @param {number} wanted index of a screen, limited to those there are */
  goTo(wanted) {
    const began = performance.now();
    const parts = this.#parts;
    this.at = clamp(wanted, 0, this.screens.length - 1);
    const { name, sentence, host, beat } = this.screens[this.at];
    for (const other of this.screens) other.host.hidden = other.host !== host;
    parts.sentence.textContent = beat.sentence();
    parts.own.textContent = sentence;
    parts.own.hidden = !sentence;
    parts.place.textContent = `${this.at + 1} of ${this.screens.length}`;
    [...parts.dots.children].forEach((dot, i) => {
      dot.toggleAttribute("aria-current", i === this.at);
    });
    beat.show();
    this.#cue();
    clearInterval(this.#ticking);
    this.#ticking = beat.tick && setInterval(() => beat.tick?.(), TICK);
    const { root } = parts;
    Object.assign(root.dataset, { beat: this.at + 1, name, rank: this.talk.rank });
    rememberInLink("beat", this.at + 1);
    const measure = () => {
      root.dataset.drawn = `${this.at + 1} ${(performance.now() - began).toFixed(1)}`;
    };
    requestAnimationFrame(() => setTimeout(measure)); // to the frame that shows it
  }

  #cue() {
    const [now, next] = this.screens.slice(this.at, this.at + 2).map(cueOf);
    this.#presenter.show({ at: this.at + 1, count: this.screens.length, now, next: next ?? null });
  }

  #openPresenter() {
    const { place } = this.#parts;
    const opened = this.#presenter.open(
      () => this.goTo(this.at + 1),
      () => this.goTo(this.at - 1),
    );
    if (opened) this.#cue();
    else
      place.textContent = "The browser refuses a second window; allow it for this page, and press P again.";
  }

  /** @param {number} wanted */
  setRank(wanted) {
    const { talk } = this;
    talk.rank = talk.limited(wanted);
    rememberInLink("k", talk.rank);
    this.#parts.root.dataset.rank = String(talk.rank);
    this.screens[this.at].beat.showRank?.();
  }

  /** @param {number} wanted */
  #click(wanted) {
    this.goTo(wanted);
    this.#focus(); // a button that keeps the focus would take the next space for itself
  }

  #focus() {
    this.#parts.root.focus({ preventScroll: true });
  }

  /** @param {number} step up or down */
  #move(step) {
    const { beat } = this.screens[this.at];
    if (beat.showRank) this.setRank(this.talk.rank + step);
    else beat.move?.(step);
  }

  get #isOnStage() {
    return this.#parts.root.classList.contains("on-stage");
  }

  /** @param {boolean} wanted false: backstage */
  #goOnStage(wanted) {
    const { root, leave } = this.#parts;
    root.classList.toggle("on-stage", wanted);
    document.body.classList.toggle(ON_STAGE, wanted);
    remember("sessionStorage", BACKSTAGE_MEMORY, wanted ? "" : "1");
    leave.textContent = wanted ? "Backstage" : "On stage (M)";
    if (wanted) {
      this.#focus();
      return;
    }
    if (document.fullscreenElement) document.exitFullscreen();
    document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0);
  }

  #toggleFullScreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.#parts.root.requestFullscreen?.().catch(() => {}); // refused without a key or a click: it stays as it is
  }

  #closeSheets() {
    const { keys, rehearsal, blank } = this.#parts;
    for (const sheet of [keys, rehearsal, blank]) sheet.hidden = true;
  }

  async #rehearse() {
    if (this.#isRehearsing || !this.#talk) return;
    this.#isRehearsing = true;
    const { at, talk } = this;
    const { rank } = talk;
    const { rehearsal, root } = this.#parts;
    rehearsal.hidden = true;
    let rows;
    try {
      rows = await measureBeats(this);
    } finally {
      this.#isRehearsing = false;
      this.training.reset();
      talk.rank = rank;
      this.goTo(at);
    }
    showRehearsal(rehearsal, rows, root);
  }

  /** @param {Mount} mount */
  #listenToPointer(mount) {
    const { root, back, next, full, leave, help, keys, closeKeys, blank, notes, pointer } = this.#parts;
    back.onclick = () => this.#click(this.at - 1);
    next.onclick = () => this.#click(this.at + 1);
    full.onclick = () => this.#toggleFullScreen();
    leave.onclick = () => this.#goOnStage(!this.#isOnStage);
    help.onclick = () => toggle(keys);
    closeKeys.onclick = () => this.#closeSheets();
    blank.onclick = () => this.#closeSheets();
    mount.onUnmount(listenToSwipes(root, (step) => this.#click(this.at + step)));
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let resting;
    notes.onclick = () => this.#openPresenter();
    root.onpointermove = ({ clientX, clientY }) => {
      const { left, top } = root.getBoundingClientRect();
      pointer.style.translate = `${clientX - left}px ${clientY - top}px`;
      root.classList.add("moved");
      clearTimeout(resting);
      resting = setTimeout(() => root.classList.remove("moved"), TOOLS_SHOWN);
    };
    mount.onUnmount(() => clearTimeout(resting));
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || this.at < 0) return;
    const target = /** @type {Element} */ (event.composedPath()[0]);
    if (!this.#isOnStage && !this.#parts.root.contains(target)) return; // the page's own fields have the keys
    if (takesKey(target, event.key) || !this.#obey(keyOf(event), event.shiftKey)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {KeyboardEvent} event in the speaker's window */
  #pressAway(event) {
    const isForBrowser = event.ctrlKey || event.metaKey || event.altKey;
    const target = /** @type {Element} */ (event.target);
    if (isForBrowser || takesKey(target, event.key)) return;
    if (this.#obey(keyOf(event), event.shiftKey)) event.preventDefault();
  }

  /**
   * @param {string} key as `keyOf` names it
   * @param {boolean} shift
   * @returns {boolean} whether the talk knows the key
   */
  #obey(key, shift) {
    const { blank, keys } = this.#parts;
    if (/^[0-9]$/.test(key)) {
      const digit = (Number(key) + 9) % 10;
      if (digit < this.screens.length) this.goTo(digit);
      return true;
    }
    /** @type {Record<string, () => void>} */
    const acts = {
      ArrowRight: () => this.goTo(this.at + 1),
      PageDown: () => this.goTo(this.at + 1),
      " ": () => this.goTo(this.at + (shift ? -1 : 1)),
      ArrowLeft: () => this.goTo(this.at - 1),
      PageUp: () => this.goTo(this.at - 1),
      Home: () => this.goTo(0),
      End: () => this.goTo(this.screens.length - 1),
      ArrowUp: () => this.#move(1),
      ArrowDown: () => this.#move(-1),
      f: () => this.#toggleFullScreen(),
      F5: () => this.#toggleFullScreen(), // a presenter's remote control begins and ends a show with it
      p: () => this.#openPresenter(),
      l: () => this.#parts.root.classList.toggle("pointing"),
      b: () => toggle(blank),
      ".": () => toggle(blank),
      m: () => this.#goOnStage(this.talk.payload.isFile || !this.#isOnStage),
      r: () => this.#rehearse(),
      "?": () => toggle(keys),
      Escape: () => this.#closeSheets(),
    };
    if (!Object.hasOwn(acts, key)) return this.screens[this.at].beat.press?.(key) ?? false;
    acts[key]();
    return true;
  }
}

/** @param {Screen} screen */
const cueOf = ({ title, beat, sentence, note }) => ({ title, sentences: [beat.sentence(), sentence], note });

/** @param {HTMLElement} part */
function toggle(part) {
  part.hidden = !part.hidden;
}

/** @param {Mount} mount */
function findParts(mount) {
  return {
    root: mount.part("root", HTMLElement),
    sentence: mount.part("sentence", HTMLElement),
    own: mount.part("own", HTMLElement),
    beats: mount.part("beats", HTMLElement),
    dots: mount.part("dots", HTMLElement),
    place: mount.part("place", HTMLElement),
    back: mount.part("back", HTMLButtonElement),
    next: mount.part("next", HTMLButtonElement),
    full: mount.part("full", HTMLButtonElement),
    leave: mount.part("leave", HTMLButtonElement),
    help: mount.part("help", HTMLButtonElement),
    notes: mount.part("notes", HTMLButtonElement),
    pointer: mount.part("pointer", HTMLElement),
    blank: mount.part("blank", HTMLElement),
    keys: mount.part("keys", HTMLElement),
    closeKeys: mount.part("close-keys", HTMLButtonElement),
    backstage: mount.part("backstage-key", HTMLElement),
    rehearsal: mount.part("rehearsal", HTMLElement),
  };
}

export default component(
  (mount) => new Stage(mount),
  (stage, /** @type {Uint8Array} */ bytes) => stage.update(bytes),
);
