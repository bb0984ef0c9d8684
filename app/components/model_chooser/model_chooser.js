// Buttons and options are made again only when the models change.

import { component } from "../shared/mount.js";
import { unpack } from "../shared/payload.js";

/** @import { Mount } from "../shared/mount.js" */

/**
 * @typedef {object} Payload
 * @property {{ name: string, label: string, group: string }[]} choices
 * @property {{ name: string, sentence: string }[]} groups of bundled models
 * @property {string} chosen name of the model that is shown
 * @property {string} figures how good that one is, in a line
 */

class ModelChooser {
  #mount;
  #parts;
  #chosen = "";
  /** The choices as JSON. */
  #shown = "";

  /** @param {Mount} mount */
  constructor(mount) {
    this.#mount = mount;
    this.#parts = {
      buttons: mount.part("buttons", HTMLElement),
      trained: mount.part("trained", HTMLSelectElement),
      figures: mount.part("figures", HTMLElement),
    };
    const { trained } = this.#parts;
    trained.onchange = () => this.#choose(trained.value);
  }

  /** @param {Payload} payload */
  update({ choices, groups, chosen, figures }) {
    const shown = JSON.stringify(choices);
    if (this.#shown !== shown) {
      this.#shown = shown;
      this.#layOut(choices, groups);
    }
    this.#chosen = chosen;
    for (const button of this.#parts.buttons.querySelectorAll("button")) {
      const isChosen = button.dataset.name === chosen;
      button.classList.toggle("chosen", isChosen);
      button.setAttribute("aria-pressed", String(isChosen));
    }
    const { trained } = this.#parts;
    trained.value = choices.some(({ name, group }) => !group && name === chosen) ? chosen : "";
    trained.classList.toggle("chosen", trained.value !== "");
    this.#parts.figures.textContent = figures;
  }

  /** @param {string} name no-op if it is empty or that of the model that is shown */
  #choose(name) {
    if (name && name !== this.#chosen) this.#mount.trigger("model", { name });
  }

  /**
   * @param {Payload["choices"]} choices
   * @param {Payload["groups"]} groups
   */
  #layOut(choices, groups) {
    const { buttons, trained } = this.#parts;
    const fieldsets = groups.map(({ name, sentence }) => {
      const fieldset = document.createElement("fieldset");
      const legend = document.createElement("legend");
      legend.textContent = name;
      fieldset.title = sentence;
      const ofGroup = choices.filter(({ group }) => group === name);
      fieldset.append(legend, ...ofGroup.map((choice) => this.#makeButton(choice)));
      return fieldset;
    });
    buttons.replaceChildren(...fieldsets);
    const others = choices.filter(({ group }) => !group);
    const title = new Option(`Trained here (${others.length})`, "");
    trained.replaceChildren(title, ...others.map(({ name, label }) => new Option(label, name)));
    trained.hidden = others.length === 0;
  }

  /** @param {{ name: string, label: string }} choice */
  #makeButton({ name, label }) {
    const button = document.createElement("button");
    button.dataset.name = name;
    button.textContent = label;
    button.onclick = () => this.#choose(name);
    return button;
  }
}

export default component(
  (mount) => new ModelChooser(mount),
  (chooser, /** @type {Uint8Array} */ bytes) => chooser.update(unpack(bytes)),
);
