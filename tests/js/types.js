// What the type checker must refuse. Every line below an `@ts-expect-error` is wrong; if the checker took one of them
// for right, it would complain about the comment.

import { publish, request, subscribe } from "../../app/components/shared/events.js";

/** @import { Mount } from "../../app/components/shared/mount.js" */

/** @param {Mount} mount */
export function refused(mount) {
  // @ts-expect-error: no such event
  publish("ranks", { rank: 1, unit: 2, active: true });
  // @ts-expect-error: the payload lacks a number
  publish("rank", { rank: 1 });
  // @ts-expect-error: a state is published, not requested
  request("rank", { rank: 1, unit: 2, active: true });
  // @ts-expect-error: a request carries a rank
  request("go-to-rank", { unit: 1 });
  // @ts-expect-error: a unit is a number
  subscribe("go-to-unit", ({ unit }) => unit.length);
  // @ts-expect-error: a canvas has no value
  mount.part("slider", HTMLCanvasElement).value = 1;
}
