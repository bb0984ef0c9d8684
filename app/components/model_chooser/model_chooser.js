// Buttons and options are made again only when the models change.

function makeChooser(parentElement) {
  const parts = byPart(parentElement);
  const chooser = { parts, shown: "", picks: 0 };
  parts.trained.onchange = () => choose(chooser, parts.trained.value);
  return chooser;
}

function choose(chooser, name) {
  if (!name || name === chooser.data.chosen) return;
  chooser.picks += 1;
  chooser.send("model", { name, pick: chooser.picks });
}

function layOut(chooser, { choices }) {
  const { parts } = chooser;
  const buttons = choices
    .filter((choice) => choice.bundled)
    .map(({ name, label }) => {
      const button = document.createElement("button");
      button.dataset.name = name;
      button.textContent = label;
      button.onclick = () => choose(chooser, name);
      return button;
    });
  parts.buttons.replaceChildren(...buttons);
  const trained = choices.filter((choice) => !choice.bundled);
  const title = new Option(`Trained here (${trained.length})`, "");
  parts.trained.replaceChildren(title, ...trained.map(({ name, label }) => new Option(label, name)));
  parts.trained.hidden = trained.length === 0;
}

export default function ({ data: bytes, parentElement, setStateValue }) {
  const chooser = instanceOf(parentElement, () => makeChooser(parentElement));
  const { parts } = chooser;
  chooser.send = setStateValue;
  const data = (chooser.data = unpack(bytes));
  const shown = JSON.stringify(data.choices);
  if (chooser.shown !== shown) {
    chooser.shown = shown;
    layOut(chooser, data);
  }
  for (const button of parts.buttons.children) {
    const chosen = button.dataset.name === data.chosen;
    button.classList.toggle("chosen", chosen);
    button.setAttribute("aria-pressed", String(chosen));
  }
  parts.trained.value = data.choices.some(({ name, bundled }) => !bundled && name === data.chosen)
    ? data.chosen
    : "";
  parts.trained.classList.toggle("chosen", parts.trained.value !== "");
  parts.figures.textContent = data.figures;
}
