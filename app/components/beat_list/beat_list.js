// The list of a talk's beats: which, in which order, with which sentence. Beats that were left out keep their place.

import { request } from "../shared/events.js";
import { component } from "../shared/mount.js";
import { beatsOf, moved, rowsOf } from "./rows.js";

/** @import { Mount } from "../shared/mount.js" */
/** @import { Beat, Row } from "./rows.js" */

/**
 * @typedef {object} Data
 * @property {Record<string, string>} titles of all beats, by name
 * @property {Beat[]} beats of the talk, in order
 * @property {number} longest letters that a sentence may have
 * @property {number} longestNote letters that a note may have
 */

class BeatList {
  #mount;
  #list;
  /** @type {Data} */
  #data = { titles: {}, beats: [], longest: 0, longestNote: 0 };
  /** @type {Row[]} */
  #rows = [];

  /** @param {Mount} mount */
  constructor(mount) {
    this.#mount = mount;
    this.#list = mount.part("list", HTMLOListElement);
    mount.part("rehearse", HTMLButtonElement).onclick = () => request("rehearse", {});
  }

  /** @param {Data} data */
  update(data) {
    this.#data = data;
    if (JSON.stringify(beatsOf(this.#rows)) === JSON.stringify(data.beats)) return;
    this.#rows = rowsOf(Object.keys(data.titles), data.beats);
    this.#draw();
  }

  #send() {
    this.#mount.trigger("beats", beatsOf(this.#rows));
  }

  #draw() {
    this.#list.replaceChildren(...this.#rows.map((row, i) => this.#itemOf(row, i)));
  }

  /**
   * @param {Row} row
   * @param {number} i
   */
  #itemOf(row, i) {
    const title = this.#data.titles[row.name];
    const item = document.createElement("li");
    item.className = row.within ? "" : "out";
    item.dataset.beat = row.name;
    const name = document.createElement("span");
    name.textContent = title;
    const ways = document.createElement("span");
    ways.append(this.#moveButton(i, -1, "▲", "up"), this.#moveButton(i, 1, "▼", "down"));
    item.append(
      this.#tick(row, title),
      ways,
      name,
      this.#sentenceField(row, title),
      this.#noteField(row, title),
    );
    return item;
  }

  /**
   * @param {Row} row
   * @param {string} title
   */
  #tick(row, title) {
    const tick = document.createElement("input");
    tick.type = "checkbox";
    tick.checked = row.within;
    tick.ariaLabel = `Show “${title}”`;
    tick.disabled = row.within && beatsOf(this.#rows).length === 1; // a talk has at least one beat
    tick.onchange = () => {
      row.within = tick.checked;
      this.#draw();
      this.#send();
    };
    return tick;
  }

  /**
   * @param {Row} row
   * @param {string} title
   */
  #sentenceField(row, title) {
    const field = document.createElement("input");
    field.type = "text";
    field.value = row.sentence;
    field.maxLength = this.#data.longest;
    field.placeholder = "your own sentence";
    field.ariaLabel = `Your sentence for “${title}”`;
    field.disabled = !row.within;
    field.onchange = () => {
      row.sentence = field.value;
      this.#send();
    };
    return field;
  }

  /**
   * @param {Row} row
   * @param {string} title
   */
  #noteField(row, title) {
    const field = document.createElement("input");
    field.type = "text";
    field.className = "note";
    field.value = row.note;
    field.maxLength = this.#data.longestNote;
    field.placeholder = "a note for yourself";
    field.ariaLabel = `Your note for “${title}”`;
    field.disabled = !row.within;
    field.onchange = () => {
      row.note = field.value;
      this.#send();
    };
    return field;
  }

  /**
   * @param {number} i
   * @param {number} step
   * @param {string} sign
   * @param {string} way
   */
  #moveButton(i, step, sign, way) {
    const button = document.createElement("button");
    button.textContent = sign;
    button.ariaLabel = `Move “${this.#data.titles[this.#rows[i].name]}” ${way}`;
    button.title = `Move ${way}`;
    button.dataset.way = way;
    button.disabled = !this.#rows[i + step];
    button.onclick = () => {
      this.#rows = moved(this.#rows, i, i + step);
      this.#draw();
      const same = this.#list.children[i + step].querySelector(`[data-way="${way}"]`);
      if (same instanceof HTMLElement) same.focus();
      this.#send();
    };
    return button;
  }
}

export default component(
  (mount) => new BeatList(mount),
  (list, /** @type {Data} */ data) => list.update(data),
);
