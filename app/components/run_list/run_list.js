// A table that is made anew whenever the runs change; texts are set as texts, never as markup.

const TITLES = {
  open: ["Open", "Show its model on every page"],
  replay: ["Replay", "Go through the whole training again, above"],
  resume: ["Resume", "Go on where it stopped; it ends as if nothing had happened"],
  delete: ["Delete", "Put it aside; this can be undone until the next one is deleted"],
  restore: ["Undo", "Bring the deleted run back"],
};

function actionButton(list, action, row) {
  const [label, title] = TITLES[action];
  const button = document.createElement("button");
  button.textContent = label;
  button.title = title;
  button.setAttribute("aria-label", `${label} ${row.title}`);
  button.onclick = () => list.send("act", { action, run: row.name, press: ++list.presses });
  return button;
}

function rowOf(list, row) {
  const line = document.createElement("tr");
  line.dataset.run = row.name;
  line.dataset.state = row.state;
  const state = row.progress < 1 ? `${row.state}, ${(100 * row.progress).toFixed(0)} %` : row.state;
  const figures = [row.test_error, row.error_sum].map((value, i) => (value === null ? "–" : value.toFixed(3 - 2 * i)));
  for (const words of [row.title, row.settings, state, ...figures]) line.insertCell().textContent = words;
  line.insertCell().append(...row.actions.map((action) => actionButton(list, action, row)));
  return line;
}

export default function ({ data: bytes, parentElement, setStateValue }) {
  const list = instanceOf(parentElement, () => ({ parts: byPart(parentElement), presses: 0 }));
  list.send = setStateValue;
  const { parts } = list;
  const data = unpack(bytes);
  parts.rows.replaceChildren(...data.rows.map((row) => rowOf(list, row)));
  parts.words.textContent = data.rows.length ? "" : "No runs yet: trainings that you start are kept here.";
  parts.undo.hidden = data.deleted === null;
  if (data.deleted !== null) {
    const gone = { name: data.deleted, title: data.deleted };
    parts.undo.replaceChildren(`${data.deleted} was deleted.`, actionButton(list, "restore", gone));
  }
}
