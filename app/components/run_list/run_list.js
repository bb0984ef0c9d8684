// A table that is made anew whenever the runs change; texts are set as texts, never as markup.

import { component } from "../shared/mount.js";
import { unpack } from "../shared/payload.js";

/** @import { Mount } from "../shared/mount.js" */

/** @type {Record<string, [label: string, title: string]>} */
const ACTIONS = {
  watch: ["Watch", "Show it above: its curves, its filters, its whole training"],
  open: ["Open", "Show its model on every page"],
  resume: ["Resume", "Go on where it ended; it ends as if nothing had happened"],
  "train-on": ["Train on", "Start a new training from this model instead of noise"],
  duplicate: ["Same settings", "Fill in its settings for a new training"],
  rename: ["Rename", "Give it another title"],
  delete: ["Delete", "Put it aside; this can be undone"],
  restore: ["Undo", "Bring the deleted run back"],
};
const LONGEST_TITLE = 80;

/**
 * One run, as `Row` in run_list/__init__.py describes it.
 * @typedef {object} Row
 * @property {string} name
 * @property {string} title
 * @property {string} settings
 * @property {string} state
 * @property {string} message
 * @property {number} progress 0 to 1
 * @property {number | null} test_error
 * @property {number | null} error_sum
 * @property {string} picture address, relative to the app
 * @property {string} export the same
 * @property {boolean} watched
 * @property {boolean} compared
 * @property {string[]} actions keys of ACTIONS
 *
 * @typedef {{ rows: Row[], deleted: [name: string, title: string] | null }} Payload
 */

class RunList {
  #mount;
  #parts;
  /** @type {{ run: string, title: string } | null} what is being typed; it outlives the table */
  #renaming = null;

  /** @param {Mount} mount */
  constructor(mount) {
    this.#mount = mount;
    this.#parts = {
      rows: mount.part("rows", HTMLTableSectionElement),
      undo: mount.part("undo", HTMLElement),
      words: mount.part("words", HTMLElement),
    };
  }

  /** @param {Payload} payload */
  update({ rows, deleted }) {
    const { words, undo } = this.#parts;
    this.#parts.rows.replaceChildren(...rows.map((row) => this.#rowOf(row)));
    words.textContent = rows.length ? "" : "No runs yet: trainings that you start are kept here.";
    undo.hidden = deleted === null;
    if (deleted) {
      const [name, title] = deleted;
      const button = actionButton("restore", title, () => this.#send("restore", name));
      undo.replaceChildren(`${title} was deleted.`, button);
    }
    this.#renameAgain(rows);
  }

  /**
   * @param {string} action
   * @param {string} run
   * @param {string} title the new one, for "rename"
   */
  #send(action, run, title = "") {
    this.#mount.trigger("act", { action, run, title });
  }

  /** @param {Row} row */
  #rowOf(row) {
    const line = element("tr", row.watched ? "watched" : "");
    Object.assign(line.dataset, { run: row.name, state: row.state });
    line.insertCell().append(this.#compareBox(row));
    line.insertCell().append(...(row.picture ? [filtersPicture(row)] : []));
    const title = element("div", "title", row.title);
    line.insertCell().append(title, element("div", "settings", row.settings));
    const isPartial = row.progress < 1 && row.state !== "waiting";
    const share = isPartial ? `, ${(100 * row.progress).toFixed(0)} %` : "";
    line.insertCell().append(element("div", "", row.state + share), element("div", "message", row.message));
    line.insertCell().textContent = row.test_error?.toFixed(3) ?? "–";
    line.insertCell().textContent = row.error_sum?.toFixed(1) ?? "–";
    const buttons = row.actions.map((action) =>
      actionButton(action, row.title, () => {
        if (action === "rename") this.#rename(row, title);
        else this.#send(action, row.name);
      }),
    );
    line.insertCell().append(...buttons, ...(row.export ? [exportLink(row)] : []));
    return line;
  }

  /** @param {Row} row */
  #compareBox(row) {
    const box = element("input");
    box.type = "checkbox";
    box.checked = row.compared || row.watched;
    box.disabled = row.watched;
    box.setAttribute("aria-label", `Compare ${row.title}`);
    box.onchange = () => this.#send("compare", row.name);
    return box;
  }

  /**
   * The title becomes a field; Enter keeps what it then says, Escape leaves it.
   * @param {Row} row
   * @param {HTMLElement} cell holds the title
   */
  #rename(row, cell) {
    const field = element("input");
    const begun = this.#renaming?.run === row.name ? this.#renaming : null;
    const renaming = begun ?? { run: row.name, title: row.title };
    this.#renaming = renaming;
    field.value = renaming.title;
    field.maxLength = LONGEST_TITLE;
    field.setAttribute("aria-label", `New title of ${row.title}`);
    field.oninput = () => {
      renaming.title = field.value;
    };
    field.onkeydown = (event) => {
      if (event.key !== "Enter" && event.key !== "Escape") return;
      if (event.key === "Enter") this.#send("rename", row.name, field.value);
      this.#renaming = null;
      cell.replaceChildren(row.title);
    };
    cell.replaceChildren(field);
    field.focus();
    if (!begun) field.select();
  }

  /**
   * Go on with a renaming that a new table has interrupted.
   * @param {Row[]} rows
   */
  #renameAgain(rows) {
    const row = rows.find(({ name }) => name === this.#renaming?.run);
    const line = [...this.#parts.rows.rows].find(({ dataset }) => dataset.run === row?.name);
    const cell = line?.querySelector(".title");
    if (row && cell instanceof HTMLElement) this.#rename(row, cell);
  }
}

/**
 * @template {keyof HTMLElementTagNameMap} N
 * @param {N} name
 * @param {string} [className]
 * @param {string} [text]
 */
function element(name, className = "", text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

/**
 * @param {string} action
 * @param {string} run its title
 * @param {() => void} onclick
 */
function actionButton(action, run, onclick) {
  const [label, title] = ACTIONS[action];
  const button = element("button", "", label);
  button.title = title;
  button.setAttribute("aria-label", `${label} ${run}`);
  button.onclick = onclick;
  return button;
}

/** @param {Row} row */
function exportLink(row) {
  const link = element("a", "button", "Export");
  link.href = new URL(row.export, document.baseURI).href;
  link.download = "";
  link.title = "The run as one file";
  link.setAttribute("aria-label", `Export ${row.title}`);
  return link;
}

/** @param {Row} row */
function filtersPicture(row) {
  const image = element("img");
  image.loading = "lazy";
  image.alt = `Filters of ${row.title}`;
  image.src = new URL(row.picture, document.baseURI).href;
  return image;
}

export default component(
  (mount) => new RunList(mount),
  (list, /** @type {Uint8Array} */ bytes) => list.update(unpack(bytes)),
);
