import assert from "node:assert/strict";
import { test } from "node:test";
import { MOST_ZOOM, StageView } from "../../app/components/image_player/stage_view.js";

test("zooming keeps the place under the pointer", () => {
  const view = new StageView();
  for (const [zoom, atX, atY] of [
    [2, 0.3, 0.8],
    [5, 0.9, 0.1],
    [3, 0.5, 0.5],
    [MOST_ZOOM, 0.4, 0.6],
  ]) {
    const before = view.placeAt(atX, atY);
    view.zoomTo(zoom, atX, atY);
    const after = view.placeAt(atX, atY);
    assert.equal(view.zoom, zoom);
    assert.ok(Math.abs(after.down - before.down) < 1e-12 && Math.abs(after.right - before.right) < 1e-12);
  }
});

test("nothing beside the picture is ever seen", () => {
  const view = new StageView();
  view.zoomTo(4);
  for (const [x, y] of [
    [-1, 2],
    [0.9, -0.1],
  ]) {
    view.moveTo(x, y);
    const [first, last] = [view.placeAt(0, 0), view.placeAt(1, 1)];
    assert.ok(Math.min(first.down, first.right) >= 0);
    assert.ok(Math.max(last.down, last.right) <= 1);
  }
  view.zoomTo(1, 0, 1); // from a corner, away from which it would lead
  assert.deepEqual([view.x, view.y], [0, 0]);
});

test("the zoom is limited", () => {
  const view = new StageView();
  view.zoomTo(1000);
  assert.equal(view.zoom, MOST_ZOOM);
  view.zoomTo(0.1);
  assert.equal(view.zoom, 1);
});
