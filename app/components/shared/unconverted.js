// What components that are not modules yet still call. Goes when the last of them has been converted.

import { walkByArrows } from "./arrow_keys.js";
import { clamp } from "./clamp.js";
import { whenIdle, whileSeen } from "./deferred_drawing.js";
import { publish, request, retract, subscribe } from "./events.js";
import { pointsAt } from "./hover.js";
import { rememberInLink } from "./link.js";
import { remember, remembered } from "./memory.js";
import { SVG_NAMESPACE } from "./svg.js";
import { Transport } from "./transport.js";
import { Zoom } from "./zoom.js";

const SVG = SVG_NAMESPACE;
const tell = publish;
const forget = retract;
const ask = request;
const hear = subscribe;

const instances = new WeakMap();
function instanceOf(parentElement, make) {
  if (!instances.has(parentElement)) instances.set(parentElement, make());
  return instances.get(parentElement);
}

function byPart(parentElement) {
  const parts = {};
  for (const element of parentElement.querySelectorAll("[data-part]")) parts[element.dataset.part] = element;
  return parts;
}

function makeTransport(root, parts, onRank) {
  const transport = new Transport(root, parts.transport, onRank);
  Object.assign(parts, byPart(parts.transport));
  return transport;
}

const makeZoom = (svg, whole, redraw) => new Zoom(svg, whole, redraw);
