// Nodes of an SVG that stay: drawing again finds them by key and moves them, so nothing flickers.

export const SVG_NAMESPACE = "http://www.w3.org/2000/svg";

/**
 * @template {keyof SVGElementTagNameMap} N
 * @param {N} name
 * @returns {SVGElementTagNameMap[N]}
 */
export function newSvgNode(name) {
  return document.createElementNS(SVG_NAMESPACE, name);
}

/**
 * A child of `parent` by its key, made where there is none.
 * @template {keyof SVGElementTagNameMap} N
 * @param {Element} parent
 * @param {N} name
 * @param {string} key
 * @returns {SVGElementTagNameMap[N]}
 */
export function svgNode(parent, name, key) {
  const found = parent.querySelector(`:scope > [data-key="${CSS.escape(key)}"]`);
  if (found) return /** @type {SVGElementTagNameMap[N]} */ (found);
  const node = newSvgNode(name);
  node.dataset.key = key;
  parent.appendChild(node);
  return node;
}

/**
 * @template {Element} E
 * @param {E} node
 * @param {Record<string, string | number>} attributes
 * @returns {E} the node
 */
export function setAll(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  return node;
}

/**
 * Words for a thing drawn: what a pointer resting on it shows, and what a screen reader says.
 * @param {SVGElement} node
 * @param {string} words
 */
export function describe(node, words) {
  node.setAttribute("aria-label", words);
  svgNode(node, "title", "title").textContent = words;
}
