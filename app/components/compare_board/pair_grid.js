// Filters of the first side, each beside the other side's filter that it is paired with.

import { paint } from "../shared/paint.js";

/** @import { Mount } from "../shared/mount.js" */
/** @import { Payload } from "./types.js" */

export class PairGrid {
  #partner;
  #words;
  #grid;
  /** @type {Payload | null} */
  #payload = null;

  /** @param {Mount} mount */
  constructor(mount) {
    this.#partner = mount.part("partner", HTMLSelectElement);
    this.#words = mount.part("pairWords", HTMLElement);
    this.#grid = mount.part("pairs", HTMLElement);
    this.#partner.onchange = () => this.#draw();
  }

  /** @param {Payload} payload */
  show(payload) {
    this.#payload = payload;
    const before = this.#partner.value;
    const options = payload.pairs.map(({ side }) => {
      const option = document.createElement("option");
      option.value = String(side);
      option.textContent = payload.sides[side].label;
      return option;
    });
    this.#partner.replaceChildren(...options);
    if (options.some(({ value }) => value === before)) this.#partner.value = before;
    this.#draw();
  }

  #draw() {
    const payload = this.#payload;
    const found = payload?.pairs.find(({ side }) => String(side) === this.#partner.value);
    if (!payload || !found) {
      this.#words.textContent = "Patches of different sizes have no filters that could be paired.";
      this.#grid.replaceChildren();
      return;
    }
    const { patchSize } = payload.sides[0];
    const [first, second] = [payload.sides[0].label, payload.sides[found.side].label];
    this.#words.textContent =
      `Each filter of ${first} (left) beside one of ${second} (right), paired so that all are as alike as can be. The ` +
      `number is the cosine of the angle between them: 1 is the same filter, below 0 its negative, shown turned. Of ` +
      `${found.pairs} pairs the mean is ${found.mean.toFixed(2)}; the likest ${found.likeness.length} are shown.`;
    const pairs = found.likeness.map((likeness, i) => {
      const figure = document.createElement("figure");
      for (const side of /** @type {const} */ (["firstOfPair", "secondOfPair"])) {
        const canvas = document.createElement("canvas");
        const inputs = patchSize * patchSize * 3;
        const filters = payload[`${side}${found.side}`];
        paint(canvas, patchSize, patchSize, (at) => filters[i * inputs + at]);
        figure.append(canvas);
      }
      figure.title = `${first} ${found.first[i]}, ${second} ${found.second[i]}`;
      const words = document.createElement("figcaption");
      words.textContent = likeness.toFixed(2).replace("-", "−");
      figure.append(words);
      return figure;
    });
    this.#grid.replaceChildren(...pairs);
  }
}
