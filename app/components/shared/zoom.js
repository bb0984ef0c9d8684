// Zooming into a chart: drag over the part to look at; a double click, Escape or 0 shows all again; + and - zoom
// about the middle, arrow keys move. The view is kept while the chart's data change.

// `whole()` gives { xMin, xMax, yMin, yMax } of all there is, `redraw()` draws anew. The result's `view()` is what to
// draw; its `box` is the scale that drawChart returned, set by the caller.
function makeZoom(svg, whole, redraw) {
  const zoom = { box: null, chosen: null, from: null };
  zoom.view = () => zoom.chosen ?? whole();
  const show = (chosen) => {
    zoom.chosen = chosen;
    svg.dataset.zoomed = chosen ? "true" : "";
    redraw();
  };
  const pointAt = (event) => {
    const { left, top } = svg.getBoundingClientRect();
    const { box } = zoom;
    return [clamp(event.clientX - left, box.left, box.right), clamp(event.clientY - top, box.top, box.bottom)];
  };
  svg.onpointerdown = (event) => {
    if (!zoom.box || event.button !== 0) return;
    svg.setPointerCapture(event.pointerId);
    zoom.from = pointAt(event);
  };
  svg.onpointermove = (event) => {
    if (zoom.from) showBrush(svg, zoom.from, pointAt(event));
  };
  svg.onpointerup = (event) => {
    if (!zoom.from) return;
    const part = partBetween(zoom, zoom.from, pointAt(event));
    zoom.from = null;
    showBrush(svg, null);
    if (part) show(part);
  };
  svg.ondblclick = () => show(null);
  svg.onkeydown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = viewAfterKey(zoom.view(), whole(), event.key);
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    show(next);
  };
  return zoom;
}

function showBrush(svg, from, to) {
  const brush = svgNode(svg, "rect", "brush");
  brush.style.display = from ? "" : "none";
  if (!from) return;
  const [x, y] = [0, 1].map((i) => Math.min(from[i], to[i]));
  setAll(brush, { x, y, width: Math.abs(to[0] - from[0]), height: Math.abs(to[1] - from[1]), class: "brush" });
}

// The part of the view that a rectangle in pixels covers; nothing if it is hardly more than a point.
function partBetween({ box, view }, from, to) {
  if (Math.abs(from[0] - to[0]) < 8 || Math.abs(from[1] - to[1]) < 8) return null;
  const { xMin, xMax, yMin, yMax } = view();
  const atX = (x) => xMin + ((x - box.left) / (box.right - box.left)) * (xMax - xMin);
  const atY = (y) => yMin + ((box.bottom - y) / (box.bottom - box.top)) * (yMax - yMin);
  return {
    xMin: atX(Math.min(from[0], to[0])),
    xMax: atX(Math.max(from[0], to[0])),
    yMin: atY(Math.max(from[1], to[1])),
    yMax: atY(Math.min(from[1], to[1])),
  };
}

// What a key makes of the view: another one, null for all, undefined if it says nothing.
function viewAfterKey(view, whole, key) {
  if (key === "0" || key === "Escape") return null;
  const width = view.xMax - view.xMin;
  const height = view.yMax - view.yMin;
  const grow = { "+": -0.15, "=": -0.15, "-": 0.2 }[key];
  const move = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] }[key];
  if (grow === undefined && !move) return undefined;
  const [dx, dy] = move ?? [0, 0];
  const by = grow ?? 0;
  const next = {
    xMin: view.xMin + (dx - by) * width,
    xMax: view.xMax + (dx + by) * width,
    yMin: view.yMin + (dy - by) * height,
    yMax: view.yMax + (dy + by) * height,
  };
  for (const [low, high] of [["xMin", "xMax"], ["yMin", "yMax"]]) {
    next[low] = Math.max(next[low], whole[low]);
    next[high] = Math.min(next[high], whole[high]);
    if (!(next[high] > next[low])) return undefined;
  }
  return next;
}
