// What the beats are put together from.

import { drawBars } from "../shared/bars.js";
import { drawChart } from "../shared/chart.js";
import { newSvgNode } from "../shared/svg.js";

/** @import { Chart } from "../shared/chart.js" */

/**
 * @template {keyof HTMLElementTagNameMap} N
 * @param {N} name
 * @param {string} [className]
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[N]}
 */
export function node(name, className = "", ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/** @param {(Node | string)[]} children */
export const column = (...children) => node("div", "column", ...children);

/**
 * @param {string} text
 * @param {() => void} onclick
 * @param {string} [className]
 */
export function button(text, onclick, className = "") {
  const made = node("button", className, text);
  made.onclick = onclick;
  return made;
}

/** A canvas as large as its place allows, and words under it. */
export class Tile {
  canvas = node("canvas");
  fit = node("div", "fit", this.canvas);
  #caption = node("figcaption");
  figure = node("figure", "", this.fit, this.#caption);

  /**
   * @param {string} label
   * @param {number} [aspect] width by height
   */
  constructor(label, aspect = 1) {
    this.canvas.setAttribute("role", "img");
    this.figure.style.flex = "1 1 0";
    this.fit.style.setProperty("--aspect", String(aspect));
    this.say(label);
  }

  /**
   * @param {string} text
   * @param {string} [quiet] said less loudly behind it
   */
  say(text, quiet = "") {
    this.#caption.replaceChildren(text, ...(quiet ? [" ", node("small", "", quiet)] : []));
    this.canvas.setAttribute("aria-label", `${text} ${quiet}`.trim());
  }
}

/** @typedef {[name: string, kind: string]} LegendItem */

/** A chart with a title and a legend, in type for the back row. */
export class Plot {
  #svg = newSvgNode("svg");
  #legend = node("div", "legend");

  /**
   * @param {string} title
   * @param {LegendItem[]} [legend]
   */
  constructor(title, legend = []) {
    this.#svg.setAttribute("class", "chart");
    this.#svg.setAttribute("role", "img");
    this.#svg.setAttribute("aria-label", title);
    this.host = node(
      "div",
      "plot",
      node("b", "", title),
      node("div", "chart-place", this.#svg),
      this.#legend,
    );
    this.setLegend(legend);
  }

  /** @param {LegendItem[]} items */
  setLegend(items) {
    this.#legend.replaceChildren(...items.map(([name, kind]) => node("span", kind, name)));
  }

  /** @param {Chart} chart */
  draw(chart) {
    drawChart(this.#svg, { ...chart, scale: typeScale(this.#svg) });
  }

  /**
   * @param {number[]} heights
   * @param {Parameters<typeof drawBars>[2]} chart
   */
  drawBars(heights, chart) {
    drawBars(this.#svg, heights, { ...chart, scale: typeScale(this.#svg) });
  }
}

/**
 * By how much a chart's type of 12 px grows, so that it is a fiftieth of the stage's width.
 * @param {Element} element
 */
function typeScale(element) {
  const screen = /** @type {Element} */ (element.closest(".screen"));
  const { width, height } = screen.getBoundingClientRect();
  return Math.max(1, Math.min(width / 100, (1.3333 * height) / 100) / 6);
}

/** @param {number} count */
export const rankNumbers = (count) => Float64Array.from({ length: count }, (_, k) => k + 1);

/**
 * Paint all filters into one canvas, row by row, a pixel apart; what lies between shows the page through.
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number>} bytes (units, inputs), flat
 * @param {number} patchSize
 * @param {number[]} order of the units
 */
export function paintGrid(canvas, bytes, patchSize, order) {
  const inputs = 3 * patchSize ** 2;
  const across = Math.ceil(Math.sqrt(order.length));
  const down = Math.ceil(order.length / across);
  const [width, height] = [across * (patchSize + 1) - 1, down * (patchSize + 1) - 1];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = context.createImageData(width, height);
  order.forEach((unit, place) => {
    const top = Math.floor(place / across) * (patchSize + 1);
    const left = (place % across) * (patchSize + 1);
    for (let row = 0, from = unit * inputs; row < patchSize; row++) {
      for (let col = 0, to = 4 * ((top + row) * width + left); col < patchSize; col++, to += 4) {
        for (let channel = 0; channel < 3; channel++) image.data[to + channel] = bytes[from++];
        image.data[to + 3] = 255;
      }
    }
  });
  context.putImageData(image, 0, 0);
}
