// A small menu beside every chart: the figure as SVG, as PNG for print, or its numbers as CSV.

import { chartAsCsv } from "./chart_table.js";
import { newSvgNode, SVG_NAMESPACE, setAll } from "./svg.js";

/** @import { Chart } from "./chart.js" */

const PRINT_WIDTH = 2400; // px: 20 cm at 300 dots an inch
const LEGEND_LINE = 20; // of the picture's own units
// biome-ignore format: a list of names
const DRAWN_BY = [
  "fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin", "opacity", "display",
  "font-size", "font-family", "font-weight", "text-anchor",
];

/** @type {WeakMap<SVGSVGElement, Chart>} */
const latestCharts = new WeakMap();

/**
 * Put the menu in the corner of an <svg> once.
 * @param {SVGSVGElement} svg
 * @param {Chart} chart what is drawn in it now
 */
export function offerChart(svg, chart) {
  const offered = latestCharts.has(svg);
  latestCharts.set(svg, chart);
  if (offered) return;
  const title = () => svg.getAttribute("aria-label") || "Chart";
  const menu = newMenu({
    PNG: async () => saveFile(await chartAsPng(svg, title()), title(), "png"),
    SVG: () => saveFile(new Blob([chartAsSvg(svg, title())], { type: "image/svg+xml" }), title(), "svg"),
    CSV: () => {
      const table = chartAsCsv(latestCharts.get(svg) ?? chart);
      saveFile(new Blob([table], { type: "text/csv" }), title(), "csv");
    },
  });
  placeAround(svg).append(menu);
}

/**
 * @param {SVGSVGElement} svg
 * @returns {HTMLElement} what holds the chart and its menu
 */
function placeAround(svg) {
  const parent = svg.parentElement;
  if (parent?.className === "chart-place") return parent;
  const place = document.createElement("div");
  place.className = "chart-place";
  svg.replaceWith(place);
  place.append(svg);
  return place;
}

/** @param {Record<string, () => void>} files what saves each kind of file */
function newMenu(files) {
  const menu = document.createElement("details");
  menu.className = "take-away";
  const name = "Take this figure away";
  menu.innerHTML = `<summary aria-label="${name}" title="${name}">⤓</summary>`;
  const buttons = document.createElement("div");
  for (const [kind, save] of Object.entries(files)) {
    const button = document.createElement("button");
    button.textContent = kind;
    button.onclick = () => {
      menu.open = false;
      save();
    };
    buttons.append(button);
  }
  menu.append(buttons);
  menu.onkeydown = (event) => {
    event.stopPropagation(); // space and arrows belong to the menu, not to the player around it
    if (event.key === "Escape") menu.open = false;
  };
  return menu;
}

/**
 * @param {Blob} blob
 * @param {string} title
 * @param {string} ending
 */
function saveFile(blob, title, ending) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")}.${ending}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/**
 * The figure as a text that looks the same without the page: every style written out, the legend below.
 * @param {SVGSVGElement} svg
 * @param {string} title
 */
function chartAsSvg(svg, title) {
  const [, , width, height] = (svg.getAttribute("viewBox") ?? "").split(" ").map(Number);
  const copy = /** @type {SVGSVGElement} */ (svg.cloneNode(true));
  const originals = svg.querySelectorAll("*");
  const copies = /** @type {NodeListOf<SVGElement>} */ (copy.querySelectorAll("*"));
  copies.forEach((element, i) => {
    const style = getComputedStyle(originals[i]);
    for (const name of DRAWN_BY) element.style.setProperty(name, style.getPropertyValue(name));
  });
  const whole = height + addLegend(svg, copy, height);
  const fill = getComputedStyle(svg).getPropertyValue("--st-background-color") || "#fff";
  const back = setAll(newSvgNode("rect"), { width, height: whole, fill });
  const name = newSvgNode("title");
  name.textContent = title;
  copy.prepend(name, back);
  setAll(copy, { xmlns: SVG_NAMESPACE, width, height: whole, viewBox: `0 0 ${width} ${whole}` });
  copy.removeAttribute("style");
  copy.style.backgroundColor = fill;
  return new XMLSerializer().serializeToString(copy);
}

/**
 * Add the legend that stands beside a chart on the page.
 * @param {SVGSVGElement} svg on the page
 * @param {SVGSVGElement} copy
 * @param {number} height of the chart without it
 * @returns {number} the legend's height
 */
function addLegend(svg, copy, height) {
  const style = getComputedStyle(svg);
  const ink = style.getPropertyValue("--ink") || style.color;
  const legend = svg.parentElement?.parentElement?.querySelector(".legend");
  const entries = [...(legend?.querySelectorAll("span") ?? [])];
  entries.forEach((entry, i) => {
    const y = height + LEGEND_LINE * (i + 0.5);
    const like = copy.querySelector(`path.line.${entry.className || "main"}`);
    if (like) {
      const drawn = like.getAttribute("style") ?? "";
      copy.append(setAll(newSvgNode("line"), { x1: 52, x2: 92, y1: y, y2: y, style: drawn }));
    }
    const type = `fill:${ink};font-size:12px;font-family:${style.fontFamily}`;
    const text = setAll(newSvgNode("text"), { x: 100, y: y + 4, style: type });
    text.textContent = entry.textContent;
    copy.append(text);
  });
  return LEGEND_LINE * entries.length;
}

/**
 * @param {SVGSVGElement} svg
 * @param {string} title
 * @returns {Promise<Blob>}
 */
async function chartAsPng(svg, title) {
  const text = chartAsSvg(svg, title);
  const picture = new Image();
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await picture.decode();
  const canvas = document.createElement("canvas");
  const scale = PRINT_WIDTH / picture.width;
  canvas.width = PRINT_WIDTH;
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((done, fail) => {
    canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("The picture is too large."))), "image/png");
  });
}
