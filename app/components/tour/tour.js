// The card stays in its corner; the part of the page that it is about is framed and scrolled into view.

import { remember, remembered } from "../shared/memory.js";
import { component } from "../shared/mount.js";
import { unpack } from "../shared/payload.js";

/** @import { Mount } from "../shared/mount.js" */

/** @typedef {{ area: string, title: string, text: string }} Step `area` is the key of a container of the page */

const SEEN = "rankscope-tour-seen";

class Tour {
  #parts;
  /** @type {Step[]} */
  #steps = [];
  #at = 0;
  /** @type {HTMLElement | null} */
  #framed = null;

  /** @param {Mount} mount */
  constructor(mount) {
    this.#parts = {
      root: mount.part("root", HTMLElement),
      offer: mount.part("offer", HTMLElement),
      invitation: mount.part("invitation", HTMLElement),
      begin: mount.part("begin", HTMLButtonElement),
      skip: mount.part("skip", HTMLButtonElement),
      card: mount.part("card", HTMLElement),
      title: mount.part("title", HTMLElement),
      text: mount.part("text", HTMLElement),
      place: mount.part("place", HTMLElement),
      end: mount.part("end", HTMLButtonElement),
      back: mount.part("back", HTMLButtonElement),
      next: mount.part("next", HTMLButtonElement),
    };
    this.#listen();
    this.#showOffer();
    mount.onUnmount(() => this.#frame(null));
  }

  /** @param {{ steps: Step[] }} payload */
  update({ steps }) {
    this.#steps = steps;
  }

  #listen() {
    const { begin, skip, end, back, next, card } = this.#parts;
    begin.onclick = () => this.#go(0);
    skip.onclick = () => this.#end();
    end.onclick = () => this.#end();
    back.onclick = () => this.#go(this.#at - 1);
    next.onclick = () => this.#go(this.#at + 1);
    card.onkeydown = (event) => {
      /** @type {Record<string, () => void>} */
      const keys = {
        Escape: () => this.#end(),
        ArrowRight: () => this.#go(this.#at + 1),
        ArrowLeft: () => {
          if (this.#at > 0) this.#go(this.#at - 1);
        },
      };
      if (!(event.key in keys)) return;
      event.preventDefault();
      keys[event.key]();
    };
  }

  /** @param {number} at number of a step, from 0; past the last one the tour ends */
  #go(at) {
    const step = this.#steps[at];
    if (!step) {
      this.#end();
      return;
    }
    this.#at = at;
    const { root, offer, card, title, text, place, back, next } = this.#parts;
    offer.hidden = true;
    card.hidden = false;
    title.textContent = step.title;
    text.textContent = step.text;
    place.textContent = `${at + 1} of ${this.#steps.length}`;
    back.disabled = at === 0;
    next.textContent = at === this.#steps.length - 1 ? "Done" : "Next";
    root.dataset.step = String(at + 1);
    this.#frame(document.querySelector(`.st-key-${step.area}`));
    next.focus({ preventScroll: true });
  }

  #end() {
    remember("localStorage", SEEN, "yes");
    this.#frame(null);
    delete this.#parts.root.dataset.step;
    this.#parts.card.hidden = true;
    this.#showOffer();
  }

  #showOffer() {
    const { offer, invitation, skip, begin } = this.#parts;
    const seen = remembered("localStorage", SEEN) !== null;
    offer.hidden = false;
    invitation.hidden = seen;
    skip.hidden = seen;
    begin.textContent = seen ? "Tour of this page" : "Take the tour";
  }

  /** @param {HTMLElement | null} area of the page, to be framed instead of the one before */
  #frame(area) {
    if (this.#framed) {
      Object.assign(this.#framed.style, { outline: "", outlineOffset: "", borderRadius: "" });
    }
    this.#framed = area;
    if (!area) return;
    const colour = getComputedStyle(this.#parts.root).getPropertyValue("--st-primary-color");
    Object.assign(area.style, {
      outline: `3px solid ${colour}`,
      outlineOffset: "6px",
      borderRadius: "6px",
    });
    area.scrollIntoView({ block: "center", behavior: "instant" });
  }
}

export default component(
  (mount) => new Tour(mount),
  (tour, /** @type {Uint8Array} */ bytes) => tour.update(unpack(bytes)),
);
