// A table that is made anew whenever the runs change; texts are set as texts, never as markup.

const TITLES = {
  watch: ["Watch", "Show it above: its curves, its filters, its whole training"],
  open: ["Open", "Show its model on every page"],
  resume: ["Resume", "Go on where it ended; it ends as if nothing had happened"],
  "train-on": ["Train on", "Start a new training from this model instead of noise"],
  duplicate: ["Same settings", "Fill in its settings for a new training"],
  rename: ["Rename", "Give it another title"],
  delete: ["Delete", "Put it aside; this can be undone"],
  restore: ["Undo", "Bring the deleted run back"],
};

function send(list, action, run, words = "") {
  list.send("act", { action, run, words, press: Date.now() });
}

function element(name, className, words) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (words !== undefined) made.textContent = words;
  return made;
}

function actionButton(list, action, row, onclick) {
  const [label, title] = TITLES[action];
  const button = element("button", "", label);
  button.title = title;
  button.setAttribute("aria-label", `${label} ${row.title}`);
  button.onclick = onclick ?? (() => send(list, action, row.name));
  return button;
}

function exportLink(row) {
  const link = element("a", "button", "Export");
  Object.assign(link, {
    href: new URL(row.export, document.baseURI).href,
    download: "",
    title: "The run as one file",
  });
  link.setAttribute("aria-label", `Export ${row.title}`);
  return link;
}

// The title becomes a field; Enter keeps what it then says, Escape leaves it. What is typed outlives a new table.
function rename(list, row, cell) {
  const field = element("input");
  const begun = list.renaming?.run === row.name;
  if (!begun) list.renaming = { run: row.name, words: row.title };
  Object.assign(field, { value: list.renaming.words, maxLength: 80 });
  field.setAttribute("aria-label", `New title of ${row.title}`);
  field.oninput = () => (list.renaming.words = field.value);
  field.onkeydown = (event) => {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    if (event.key === "Enter") send(list, "rename", row.name, field.value);
    list.renaming = null;
    cell.replaceChildren(row.title);
  };
  cell.replaceChildren(field);
  field.focus();
  if (!begun) field.select();
}

function compareBox(list, row) {
  const box = element("input");
  Object.assign(box, { type: "checkbox", checked: row.compared || row.watched, disabled: row.watched });
  box.setAttribute("aria-label", `Compare ${row.title}`);
  box.onchange = () => send(list, "compare", row.name);
  return box;
}

function rowOf(list, row) {
  const line = element("tr", row.watched ? "watched" : "");
  Object.assign(line.dataset, { run: row.name, state: row.state });
  line.insertCell().append(compareBox(list, row));
  const picture = line.insertCell();
  if (row.picture) {
    const image = element("img");
    Object.assign(image, {
      src: new URL(row.picture, document.baseURI).href,
      alt: `Filters of ${row.title}`,
      loading: "lazy",
    });
    picture.append(image);
  }
  const title = element("div", "title", row.title);
  line.insertCell().append(title, element("div", "settings", row.settings));
  const share = row.progress < 1 && row.state !== "waiting" ? `, ${(100 * row.progress).toFixed(0)} %` : "";
  line.insertCell().append(element("div", "", row.state + share), element("div", "message", row.message));
  [row.test_error, row.error_sum].forEach((value, i) => {
    line.insertCell().textContent = value === null ? "–" : value.toFixed(3 - 2 * i);
  });
  const act = (action) =>
    actionButton(list, action, row, action === "rename" ? () => rename(list, row, title) : null);
  line.insertCell().append(...row.actions.map(act), ...(row.export ? [exportLink(row)] : []));
  return line;
}

// Go on with a renaming that a new table has interrupted.
function renameAgain(list, rows) {
  const row = rows.find(({ name }) => name === list.renaming?.run);
  const cell = [...list.parts.rows.rows]
    .find((line) => line.dataset.run === row?.name)
    ?.querySelector(".title");
  if (cell) rename(list, row, cell);
}

export default function ({ data: bytes, parentElement, setStateValue }) {
  const list = instanceOf(parentElement, () => ({ parts: byPart(parentElement), renaming: null }));
  list.send = setStateValue;
  const { parts } = list;
  const data = unpack(bytes);
  parts.rows.replaceChildren(...data.rows.map((row) => rowOf(list, row)));
  renameAgain(list, data.rows);
  parts.words.textContent = data.rows.length ? "" : "No runs yet: trainings that you start are kept here.";
  parts.undo.hidden = data.deleted === null;
  if (data.deleted !== null) {
    const [name, title] = data.deleted;
    parts.undo.replaceChildren(`${title} was deleted.`, actionButton(list, "restore", { name, title }));
  }
}
