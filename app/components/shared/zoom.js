// Zooming into a chart: drag over the part to look at; a double click, Escape or 0 shows all again; + and - zoom
// about the middle, arrow keys move. The view is kept while the chart's data change.

import { clamp } from "./clamp.js";
import { setAll, svgNode } from "./svg.js";
import { partBetween, viewAfterKey } from "./zoom_view.js";

/** @import { Box, View } from "./chart_scale.js" */
/** @import { Point } from "./zoom_view.js" */

export class Zoom {
  /** @type {Box | null} what drawChart returned last; set after each drawing */
  box = null;
  /** @type {View | null} */
  #chosen = null;
  /** @type {Point | null} where a rectangle was begun */
  #from = null;
  #svg;
  #whole;
  #redraw;

  /**
   * @param {SVGSVGElement} svg
   * @param {() => View} whole all there is
   * @param {() => void} redraw called when another part is to be shown
   */
  constructor(svg, whole, redraw) {
    this.#svg = svg;
    this.#whole = whole;
    this.#redraw = redraw;
    svg.onpointerdown = (event) => {
      if (!this.box || event.button !== 0) return;
      svg.setPointerCapture(event.pointerId);
      this.#from = this.#pointAt(event, this.box);
    };
    svg.onpointermove = (event) => {
      if (this.#from && this.box) showBrush(svg, this.#from, this.#pointAt(event, this.box));
    };
    svg.onpointerup = (event) => this.#choose(event);
    svg.ondblclick = () => this.#show(null);
    svg.onkeydown = (event) => this.#press(event);
  }

  /** @returns {View} what is to be drawn */
  view() {
    return this.#chosen ?? this.#whole();
  }

  /** @param {View | null} chosen */
  #show(chosen) {
    this.#chosen = chosen;
    this.#svg.dataset.zoomed = chosen ? "true" : "";
    this.#redraw();
  }

  /**
   * @param {PointerEvent} event
   * @param {Box} box
   * @returns {Point}
   */
  #pointAt(event, box) {
    const { left, top } = this.#svg.getBoundingClientRect();
    return [
      clamp(event.clientX - left, box.left, box.right),
      clamp(event.clientY - top, box.top, box.bottom),
    ];
  }

  /** @param {PointerEvent} event */
  #choose(event) {
    if (!this.#from || !this.box) return;
    const part = partBetween(this.view(), this.box, this.#from, this.#pointAt(event, this.box));
    this.#from = null;
    hideBrush(this.#svg);
    if (part) this.#show(part);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = viewAfterKey(this.view(), this.#whole(), event.key);
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.#show(next);
  }
}

/**
 * @param {SVGSVGElement} svg
 * @param {Point} from
 * @param {Point} to
 */
function showBrush(svg, from, to) {
  const brush = svgNode(svg, "rect", "brush");
  brush.style.display = "";
  setAll(brush, {
    x: Math.min(from[0], to[0]),
    y: Math.min(from[1], to[1]),
    width: Math.abs(to[0] - from[0]),
    height: Math.abs(to[1] - from[1]),
    class: "brush",
  });
}

/** @param {SVGSVGElement} svg */
function hideBrush(svg) {
  svgNode(svg, "rect", "brush").style.display = "none";
}
