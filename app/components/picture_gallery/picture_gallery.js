// One button a picture; painted again only when the set of pictures changes.

function markChosen(gallery, number) {
  gallery.buttons.forEach((button) =>
    button.setAttribute("aria-pressed", String(Number(button.dataset.number) === number)),
  );
}

function layOut(gallery, data) {
  const bytes = 3 * data.height * data.width;
  gallery.buttons = Array.from(data.numbers, (number, place) => {
    const button = document.createElement("button");
    button.dataset.number = number;
    button.setAttribute("aria-label", `Picture ${number}`);
    button.title = `Picture ${number}`;
    const canvas = button.appendChild(document.createElement("canvas"));
    paint(canvas, data.height, data.width, (i) => data.pictures[place * bytes + i]);
    button.onclick = () => {
      markChosen(gallery, number);
      gallery.send("number", number);
    };
    return button;
  });
  gallery.root.replaceChildren(...gallery.buttons);
}

export default function ({ data: bytes, parentElement, setStateValue }) {
  const gallery = instanceOf(parentElement, () => ({ root: byPart(parentElement).gallery, shown: "" }));
  gallery.send = setStateValue;
  const data = unpack(bytes);
  const shown = data.numbers.join();
  if (gallery.shown !== shown) {
    gallery.shown = shown;
    layOut(gallery, data);
    gallery.buttons.find((b) => Number(b.dataset.number) === data.chosen)?.scrollIntoView({ block: "nearest" });
  }
  markChosen(gallery, data.chosen);
}
