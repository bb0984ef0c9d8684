import { publish } from "./events.js";

/**
 * Publish that units are pointed at, while the element is under the pointer or has the focus.
 * @param {HTMLElement | SVGElement} element
 * @param {() => number[]} units
 */
export function pointsAt(element, units) {
  const enter = () => publish("hover", { units: units() });
  const leave = () => publish("hover", { units: [] });
  element.onpointerenter = element.onfocus = enter;
  element.onpointerleave = element.onblur = leave;
}
