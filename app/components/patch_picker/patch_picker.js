// The frame moves at once, and the page's other components are told of the patch in it; the server hears of a
// place when the pointer is lifted, or when keys rest.

const KEYS_REST = 60; // ms

function place(picker, frame, row, col) {
  const { height, width, patchSize } = picker.data;
  const percent = (share) => `${100 * share}%`;
  Object.assign(frame.style, {
    top: percent(row / height),
    left: percent(col / width),
    height: percent(patchSize / height),
    width: percent(patchSize / width),
  });
}

function showChosen(picker) {
  const { parts, row, col } = picker;
  place(picker, parts.chosen, row, col);
  Object.assign(parts.stage.dataset, { row, col });
  const { picture, width, patchSize } = picker.data;
  if (picker.told?.row !== row || picker.told.col !== col || picker.told.picture !== picture) {
    const patch = cutPatch(picture, width, row, col, patchSize);
    picker.told = { patch, patchSize, row, col, picture };
    tell("patch", picker.told);
  }
  parts.words.textContent = `Patch at row ${row}, column ${col}. Click, drag, or use the arrow keys.`;
}

function moveTo(picker, row, col) {
  const { height, width, patchSize } = picker.data;
  picker.row = clamp(row, 0, height - patchSize);
  picker.col = clamp(col, 0, width - patchSize);
  picker.moves += 1;
  showChosen(picker);
}

function sendPlace(picker, after) {
  clearTimeout(picker.timer);
  picker.timer = setTimeout(
    () => picker.send("place", { row: picker.row, col: picker.col, move: picker.moves }),
    after,
  );
}

// The frame's upper left pixel for a pointer in its middle.
function cornerUnder(picker, event) {
  const { height, width, patchSize } = picker.data;
  const box = picker.parts.picture.getBoundingClientRect();
  const centred = (share, length) =>
    clamp(Math.floor(share * length - (patchSize - 1) / 2), 0, length - patchSize);
  return [
    centred((event.clientY - box.top) / box.height, height),
    centred((event.clientX - box.left) / box.width, width),
  ];
}

function samePicture(a, b) {
  const alike = a.width === b.width && a.patchSize === b.patchSize && a.picture.length === b.picture.length;
  return alike && a.picture.every((byte, i) => byte === b.picture[i]);
}

function makePicker(parentElement) {
  const parts = byPart(parentElement);
  const picker = { parts, moves: 0, data: null };
  parts.stage.onpointermove = (event) => {
    place(picker, parts.hover, ...cornerUnder(picker, event));
    parts.hover.style.display = "block";
    if (event.buttons) moveTo(picker, ...cornerUnder(picker, event));
  };
  parts.stage.onpointerdown = (event) => {
    parts.stage.setPointerCapture(event.pointerId);
    moveTo(picker, ...cornerUnder(picker, event));
  };
  parts.stage.onpointerup = () => sendPlace(picker, 0);
  parts.stage.onpointerleave = () => (parts.hover.style.display = "none");
  parts.stage.onkeydown = (event) => {
    const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const step = steps[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const far = event.shiftKey ? picker.data.patchSize : 1;
    moveTo(picker, picker.row + far * step[0], picker.col + far * step[1]);
    sendPlace(picker, KEYS_REST);
  };
  return picker;
}

export default function ({ data: bytes, parentElement, setStateValue }) {
  const picker = instanceOf(parentElement, () => makePicker(parentElement));
  const first = picker.data === null;
  const data = unpack(bytes);
  if (!first && samePicture(picker.data, data)) data.picture = picker.data.picture;
  picker.data = data;
  picker.send = setStateValue;
  if (first) picker.moves = data.answers;
  // An answer to an older movement must not throw the frame back.
  if (data.answers >= picker.moves) {
    picker.row = data.row;
    picker.col = data.col;
  }
  paint(picker.parts.picture, data.height, data.width, (i) => data.picture[i]);
  showChosen(picker);
  return () => {
    clearTimeout(picker.timer);
    forget("patch", picker.told);
  };
}
