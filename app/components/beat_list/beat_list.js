// Rows in the order of the talk; beats that were left out keep their place in the list.

function rowsOf({ titles, beats }) {
  const chosen = beats.map(([name, sentence]) => ({ name, sentence, within: true }));
  const others = Object.keys(titles).filter((name) => !beats.some(([other]) => other === name));
  return [...chosen, ...others.map((name) => ({ name, sentence: "", within: false }))];
}

function send(list) {
  list.send(
    "beats",
    list.rows.filter((row) => row.within).map(({ name, sentence }) => [name, sentence]),
  );
}

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function moveRow(list, from, to, focused) {
  const [row] = list.rows.splice(from, 1);
  list.rows.splice(to, 0, row);
  draw(list);
  list.parts.list.children[to].querySelector(`[data-way="${focused}"]`).focus();
  send(list);
}

function draw(list) {
  const { rows, data, parts } = list;
  const within = rows.filter((row) => row.within).length;
  parts.list.replaceChildren(
    ...rows.map((row, i) => {
      const title = data.titles[row.name];
      const tick = element("input", { type: "checkbox", checked: row.within, ariaLabel: `Show “${title}”` });
      tick.disabled = row.within && within === 1; // a talk has at least one beat
      tick.onchange = () => {
        row.within = tick.checked;
        draw(list);
        send(list);
      };
      const way = (step, sign, words) => {
        const button = element("button", {
          textContent: sign,
          ariaLabel: `Move “${title}” ${words}`,
          title: `Move ${words}`,
        });
        button.dataset.way = words;
        button.disabled = !rows[i + step];
        button.onclick = () => moveRow(list, i, i + step, words);
        return button;
      };
      const words = element("input", {
        type: "text",
        value: row.sentence,
        maxLength: data.longest,
        placeholder: "your own sentence",
        ariaLabel: `Your sentence for “${title}”`,
        disabled: !row.within,
      });
      words.onchange = () => {
        row.sentence = words.value;
        send(list);
      };
      const item = element(
        "li",
        { className: row.within ? "" : "out" },
        tick,
        element("span", {}, way(-1, "▲", "up"), way(1, "▼", "down")),
        element("span", { textContent: title }),
        words,
      );
      item.dataset.beat = row.name;
      return item;
    }),
  );
}

export default function ({ data, parentElement, setStateValue }) {
  const list = instanceOf(parentElement, () => ({ parts: byPart(parentElement), rows: null }));
  list.send = setStateValue;
  list.data = data;
  const shown = JSON.stringify(list.rows?.filter((row) => row.within).map((row) => [row.name, row.sentence]));
  if (shown !== JSON.stringify(data.beats)) {
    list.rows = rowsOf(data);
    draw(list);
  }
  list.parts.rehearse.onclick = () => ask("rehearse", {});
}
