// One button a picture; painted again only when the pictures change.

import { walkByArrows } from "../shared/arrow_keys.js";
import { component } from "../shared/mount.js";
import { paint } from "../shared/paint.js";
import { unpack } from "../shared/payload.js";

/** @import { Mount } from "../shared/mount.js" */

/**
 * Something to search by.
 * @typedef {object} Search
 * @property {string} name
 * @property {string} label
 * @property {string[]} options
 * @property {string} value the present one of the options
 * @property {string} title
 *
 * @typedef {object} Payload
 * @property {number} count how many pictures are shown
 * @property {number} height of each
 * @property {number} width
 * @property {Uint8Array} pictures (count, height, width, 3), flat
 * @property {Int32Array} all the numbers of every picture that can be reached, in order
 * @property {number} first place of the first shown one in `all`
 * @property {number} perPage
 * @property {number} chosen the number of the one that is marked
 * @property {Search[]} search
 */

class PictureGallery {
  #mount;
  #parts;
  #settle;
  /** @type {Payload | null} */
  #data = null;
  /** @type {HTMLButtonElement[]} */
  #buttons = [];
  /** @type {Map<string, { label: HTMLLabelElement, select: HTMLSelectElement }>} fields by name of the search */
  #fields = new Map();

  /** @param {Mount} mount */
  constructor(mount) {
    this.#mount = mount;
    this.#parts = {
      search: mount.part("search", HTMLElement),
      gallery: mount.part("gallery", HTMLElement),
      earlier: mount.part("earlier", HTMLButtonElement),
      before: mount.part("before", HTMLButtonElement),
      next: mount.part("next", HTMLButtonElement),
      later: mount.part("later", HTMLButtonElement),
      any: mount.part("any", HTMLButtonElement),
      place: mount.part("place", HTMLElement),
    };
    const { gallery, earlier, before, next, later, any } = this.#parts;
    this.#settle = walkByArrows(
      gallery,
      () => getComputedStyle(gallery).gridTemplateColumns.split(" ").length,
    );
    before.onclick = () => this.#go(() => -1);
    next.onclick = () => this.#go(() => 1);
    earlier.onclick = () => this.#go(({ perPage, all }) => -perPage % all.length);
    later.onclick = () => this.#go(({ perPage }) => perPage);
    any.onclick = () => this.#go(({ all }) => 1 + Math.floor(Math.random() * (all.length - 1)));
  }

  /** @param {Payload} data */
  update(data) {
    const before = this.#data;
    this.#data = data;
    this.#showSearch(data.search);
    const { earlier, before: back, next, later, any } = this.#parts;
    for (const button of [back, next, any]) button.disabled = data.all.length <= 1;
    for (const button of [earlier, later]) button.hidden = data.all.length <= data.perPage;
    if (!before || !sameBytes(before.pictures, data.pictures)) {
      this.#layOut(data);
      const chosen = this.#buttons.find((button) => Number(button.dataset.number) === data.chosen);
      chosen?.scrollIntoView({ block: "nearest" });
    }
    this.#markChosen(data);
  }

  /** @param {(data: Payload) => number} step how many pictures further, as far as to the number of all back */
  #go(step) {
    const data = this.#data;
    if (!data) return;
    const { all, chosen } = data;
    this.#pick(all[(all.indexOf(chosen) + step(data) + all.length) % all.length]);
  }

  /** @param {number} number */
  #pick(number) {
    if (!this.#data) return;
    this.#data.chosen = number;
    this.#markChosen(this.#data);
    this.#mount.trigger("picked", { number });
  }

  /** @param {Payload} data */
  #markChosen({ all, chosen }) {
    const place = (all.indexOf(chosen) + 1).toLocaleString("en");
    this.#parts.place.textContent = `${place} of ${all.length.toLocaleString("en")}`;
    for (const button of this.#buttons) {
      button.setAttribute("aria-pressed", String(Number(button.dataset.number) === chosen));
    }
  }

  /** @param {Payload} data */
  #layOut(data) {
    this.#buttons = Array.from({ length: data.count }, (_, place) => this.#makeButton(data, place));
    this.#parts.gallery.replaceChildren(...this.#buttons);
    this.#settle();
  }

  /**
   * @param {Payload} data
   * @param {number} place among the pictures that are shown
   */
  #makeButton({ pictures, height, width, all, first }, place) {
    const number = all[first + place];
    const start = place * 3 * height * width;
    const button = document.createElement("button");
    Object.assign(button.dataset, { number, stop: "" });
    button.setAttribute("aria-label", `Picture ${number}`);
    button.title = `Picture ${number}`;
    const canvas = button.appendChild(document.createElement("canvas"));
    paint(canvas, height, width, (i) => pictures[start + i]);
    button.onclick = () => this.#pick(number);
    return button;
  }

  /**
   * Selects stay the same nodes, so that they keep the focus.
   * @param {Search[]} searches
   */
  #showSearch(searches) {
    for (const { label } of this.#fields.values()) label.hidden = true;
    for (const search of searches) {
      const { label, select } = this.#fields.get(search.name) ?? this.#makeField(search);
      const shown = Array.from(select.options, (option) => option.value);
      if (shown.join() !== search.options.join()) {
        select.replaceChildren(...search.options.map((option) => new Option(option, option)));
      }
      select.value = search.value;
      label.hidden = false;
    }
  }

  /** @param {Search} search */
  #makeField({ name, label: words, title }) {
    const label = document.createElement("label");
    label.title = title;
    const select = document.createElement("select");
    select.dataset.name = name;
    select.setAttribute("aria-label", words);
    select.onchange = () => this.#mount.trigger("searched", { name, value: select.value });
    label.append(words, select);
    this.#parts.search.append(label);
    const field = { label, select };
    this.#fields.set(name, field);
    return field;
  }
}

/**
 * @param {Uint8Array} a
 * @param {Uint8Array} b
 */
function sameBytes(a, b) {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

export default component(
  (mount) => new PictureGallery(mount),
  (gallery, /** @type {Uint8Array} */ bytes) => gallery.update(unpack(bytes)),
);
