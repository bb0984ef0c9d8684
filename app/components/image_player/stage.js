// Two views of one picture that are zoomed and moved together, a divider over the first, and a frame on both.

const MOST_ZOOM = 32;
const CLICK = 4; // px that a pointer may move and still click

// The stage's x and y are the upper left corner that is seen, as shares of the picture. `actions` are
// { pick(row, col), walk(down, across) } with row and column as shares of the picture too.
function makeStage(parts, actions) {
  const stage = { zoom: 1, x: 0, y: 0, divider: 0.4, tile: null, parts };
  stage.zoomTo = (zoom, atX = 0.5, atY = 0.5) => {
    const to = clamp(zoom, 1, MOST_ZOOM);
    stage.x += atX / stage.zoom - atX / to;
    stage.y += atY / stage.zoom - atY / to;
    stage.zoom = to;
    showView(stage);
  };
  for (const element of [parts.stage, parts.besideStage]) {
    followPointer(stage, element, actions);
    followKeys(stage, element, actions);
  }
  parts.zoomIn.onclick = () => stage.zoomTo(2 * stage.zoom);
  parts.zoomOut.onclick = () => stage.zoomTo(stage.zoom / 2);
  parts.zoomFit.onclick = () => stage.zoomTo(1);
  makeDivider(stage);
  showView(stage);
  return stage;
}

// A click picks, dragging moves, the wheel zooms if Ctrl is held: else the page scrolls.
function followPointer(stage, element, actions) {
  const shareOf = (event) => {
    const box = element.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  };
  let from = null;
  element.onpointerdown = (event) => {
    if (event.button) return;
    element.setPointerCapture(event.pointerId);
    from = { x: event.clientX, y: event.clientY, viewX: stage.x, viewY: stage.y, moved: false };
  };
  element.onpointermove = (event) => {
    if (!from) return;
    const [x, y] = [event.clientX - from.x, event.clientY - from.y];
    if (Math.hypot(x, y) > CLICK) from.moved = true;
    if (!from.moved) return;
    const box = element.getBoundingClientRect();
    stage.x = from.viewX - x / box.width / stage.zoom;
    stage.y = from.viewY - y / box.height / stage.zoom;
    showView(stage);
  };
  element.onpointerup = (event) => {
    const clicked = from && !from.moved;
    from = null;
    if (!clicked) return;
    const [x, y] = shareOf(event);
    actions.pick(stage.y + y / stage.zoom, stage.x + x / stage.zoom);
  };
  element.onpointercancel = () => (from = null);
  element.onwheel = (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    stage.zoomTo(stage.zoom * 2 ** (-event.deltaY / 200), ...shareOf(event));
  };
}

function followKeys(stage, element, actions) {
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  element.onkeydown = (event) => {
    const zooms = { "+": 2 * stage.zoom, "=": 2 * stage.zoom, "-": stage.zoom / 2, 0: 1 };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (steps[event.key]) actions.walk(...steps[event.key]);
    else if (event.key in zooms) stage.zoomTo(zooms[event.key]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
}

function makeDivider(stage) {
  const { divider, stage: around } = stage.parts;
  const moveTo = (share) => {
    stage.divider = clamp(share, 0, 1);
    showView(stage);
  };
  let held = false;
  divider.onpointerdown = (event) => {
    divider.setPointerCapture(event.pointerId);
    held = true;
    event.stopPropagation();
  };
  divider.onpointermove = (event) => {
    const box = around.getBoundingClientRect();
    if (held) moveTo((event.clientX - box.left) / box.width);
    event.stopPropagation();
  };
  divider.onpointerup = divider.onpointercancel = (event) => {
    held = false;
    event.stopPropagation();
  };
  divider.onkeydown = (event) => {
    const to = { ArrowLeft: stage.divider - 0.05, ArrowRight: stage.divider + 0.05, Home: 0, End: 1 }[
      event.key
    ];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    moveTo(to);
  };
}

function showView(stage) {
  const { parts, zoom } = stage;
  stage.x = clamp(stage.x, 0, 1 - 1 / zoom);
  stage.y = clamp(stage.y, 0, 1 - 1 / zoom);
  for (const sheet of [parts.sheet, parts.besideSheet]) {
    sheet.style.transform = `scale(${zoom}) translate(${-100 * stage.x}%, ${-100 * stage.y}%)`;
  }
  showFrames(stage);
  const percent = 100 * stage.divider;
  parts.divider.style.left = `${percent}%`;
  parts.divider.setAttribute("aria-valuenow", Math.round(percent));
  const hidden = clamp(stage.x + stage.divider / zoom, 0, 1);
  parts.reconstruction.style.clipPath = `inset(0 0 0 ${100 * hidden}%)`;
  parts.originalLabel.style.display = stage.divider > 0.15 ? "" : "none";
  parts.zoomWords.textContent = `${zoom < 10 ? +zoom.toFixed(1) : Math.round(zoom)} x`;
  parts.zoomOut.disabled = parts.zoomFit.disabled = zoom <= 1;
  parts.zoomIn.disabled = zoom >= MOST_ZOOM;
  Object.assign(parts.root.dataset, { zoom: zoom.toFixed(3), divider: stage.divider.toFixed(3) });
}

// Show the whole of a new picture. Both views are brought to its shape; large pixels are shown as squares, many small ones smoothly.
function fitStage(stage, height, width) {
  const { parts } = stage;
  for (const element of [parts.stage, parts.besideStage]) {
    element.style.aspectRatio = `${width} / ${height}`;
    element.style.width = `min(100%, ${((60 * width) / height).toFixed(2)}vh)`;
  }
  const shrunk = width > 1.5 * (parts.stage.clientWidth || width) * (window.devicePixelRatio || 1);
  for (const canvas of [parts.picture, parts.reconstruction, parts.beside]) {
    Object.assign(canvas, { width, height });
    canvas.style.imageRendering = shrunk ? "auto" : "pixelated";
  }
  Object.assign(stage, { zoom: 1, tile: null });
  showView(stage);
}

// Frame a patch on both views: `tile` is { top, left, height, width } as shares of the picture, or null.
function frameTile(stage, tile) {
  stage.tile = tile;
  showFrames(stage);
}

// The frames lie outside of what is scaled, because a browser draws no line thinner than a pixel before it scales.
function showFrames({ parts, tile, zoom, x, y }) {
  for (const frame of [parts.frame, parts.besideFrame]) {
    frame.style.display = tile ? "block" : "none";
    if (!tile) continue;
    const percent = (share) => `${100 * zoom * share}%`;
    Object.assign(frame.style, {
      top: percent(tile.top - y),
      left: percent(tile.left - x),
      width: percent(tile.width),
      height: percent(tile.height),
    });
  }
}
