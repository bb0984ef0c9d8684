// One button a picture; painted again only when the pictures change. `all` are the numbers of every picture that
// can be reached, in order; those from `first` on are shown.

function makeGallery(parentElement) {
  const parts = byPart(parentElement);
  const columns = () => getComputedStyle(parts.gallery).gridTemplateColumns.split(" ").length;
  const gallery = { parts, shown: null, buttons: [], picks: 0 };
  gallery.settle = walkByArrows(parts.gallery, columns);
  const go = (by) => () => {
    const { all } = gallery.data;
    const here = all.indexOf(gallery.data.chosen);
    pick(gallery, all[(here + by() + all.length) % all.length]);
  };
  parts.before.onclick = go(() => -1);
  parts.next.onclick = go(() => 1);
  parts.earlier.onclick = go(() => -gallery.data.perPage % gallery.data.all.length);
  parts.later.onclick = go(() => gallery.data.perPage);
  parts.any.onclick = go(() => 1 + Math.floor(Math.random() * (gallery.data.all.length - 1)));
  return gallery;
}

function pick(gallery, number) {
  markChosen(gallery, number);
  gallery.picks += 1; // the same picture may be picked again later
  gallery.send("picked", { number, pick: gallery.picks });
}

function markChosen(gallery, number) {
  const { all } = gallery.data;
  gallery.data.chosen = number;
  gallery.parts.place.textContent = `${(all.indexOf(number) + 1).toLocaleString("en")} of ${all.length.toLocaleString("en")}`;
  for (const button of gallery.buttons) {
    button.setAttribute("aria-pressed", String(Number(button.dataset.number) === number));
  }
}

function layOut(gallery) {
  const { data } = gallery;
  const bytes = 3 * data.height * data.width;
  gallery.buttons = Array.from({ length: data.count }, (_, place) => {
    const number = data.all[data.first + place];
    const button = document.createElement("button");
    Object.assign(button.dataset, { number, stop: "" });
    button.setAttribute("aria-label", `Picture ${number}`);
    button.title = `Picture ${number}`;
    const canvas = button.appendChild(document.createElement("canvas"));
    paint(canvas, data.height, data.width, (i) => data.pictures[place * bytes + i]);
    button.onclick = () => pick(gallery, number);
    return button;
  });
  gallery.parts.gallery.replaceChildren(...gallery.buttons);
  gallery.settle();
}

// Selects stay the same nodes, so that the keyboard keeps its place in them.
function showSearch(gallery) {
  const { data, parts } = gallery;
  for (const { name, label, options, value, title } of data.search) {
    let select = parts.search.querySelector(`[data-name="${name}"]`);
    if (!select) {
      const around = parts.search.appendChild(document.createElement("label"));
      around.title = title;
      around.append(label);
      select = around.appendChild(document.createElement("select"));
      select.dataset.name = name;
      select.setAttribute("aria-label", label);
      select.onchange = () => gallery.send("searched", { name, value: select.value, pick: ++gallery.picks });
    }
    const shown = Array.from(select.options, (option) => option.value);
    if (shown.join() !== options.join()) {
      select.replaceChildren(...options.map((option) => new Option(option, option)));
    }
    select.value = value;
    select.parentElement.hidden = false;
  }
  const names = data.search.map(({ name }) => name);
  for (const select of parts.search.querySelectorAll("select")) {
    select.parentElement.hidden = !names.includes(select.dataset.name);
  }
}

function sameBytes(a, b) {
  return a?.length === b.length && a.every((byte, i) => byte === b[i]);
}

export default function ({ data: bytes, parentElement, setStateValue }) {
  const gallery = instanceOf(parentElement, () => makeGallery(parentElement));
  gallery.send = setStateValue;
  const data = (gallery.data = unpack(bytes));
  showSearch(gallery);
  const several = data.all.length > 1;
  for (const part of ["before", "next", "any"]) gallery.parts[part].disabled = !several;
  for (const part of ["earlier", "later"]) gallery.parts[part].hidden = data.all.length <= data.perPage;
  if (!sameBytes(gallery.shown, data.pictures)) {
    gallery.shown = data.pictures;
    layOut(gallery);
    gallery.buttons
      .find((b) => Number(b.dataset.number) === data.chosen)
      ?.scrollIntoView({ block: "nearest" });
  }
  markChosen(gallery, data.chosen);
}
