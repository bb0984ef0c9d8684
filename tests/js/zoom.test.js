import assert from "node:assert/strict";
import { test } from "node:test";
import { partBetween, viewAfterKey } from "../../app/components/shared/zoom_view.js";
import { oracle } from "./oracle.js";

const { view, box, cases } = oracle("zoom");
const WHOLE = { xMin: 0, xMax: 100, yMin: 0, yMax: 10 };

test("a rectangle covers a part of the view, from whichever corner it is drawn", () => {
  for (const { from, to, part } of cases) {
    const found = partBetween(view, box, from, to);
    if (!found) throw new Error("The rectangle covers nothing.");
    for (const [name, value] of Object.entries(part)) {
      assert.ok(Math.abs(found[/** @type {keyof typeof found} */ (name)] - value) < 1e-9, name);
    }
  }
});

test("a rectangle that is hardly more than a point covers nothing", () => {
  assert.equal(partBetween(view, box, [100, 50], [107, 90]), null);
  assert.equal(partBetween(view, box, [100, 50], [150, 57]), null);
});

test("keys zoom about the middle, move, and show all again", () => {
  const part = { xMin: 40, xMax: 60, yMin: 4, yMax: 6 };
  assert.deepEqual(viewAfterKey(part, WHOLE, "+"), { xMin: 43, xMax: 57, yMin: 4.3, yMax: 5.7 });
  assert.deepEqual(viewAfterKey(part, WHOLE, "-"), { xMin: 36, xMax: 64, yMin: 3.6, yMax: 6.4 });
  assert.deepEqual(viewAfterKey(part, WHOLE, "ArrowLeft"), { ...part, xMin: 38, xMax: 58 });
  assert.deepEqual(viewAfterKey(part, WHOLE, "ArrowUp"), { ...part, yMin: 4.2, yMax: 6.2 });
  assert.equal(viewAfterKey(part, WHOLE, "0"), null);
  assert.equal(viewAfterKey(part, WHOLE, "Escape"), null);
  assert.equal(viewAfterKey(part, WHOLE, "x"), undefined);
});

test("no key leaves what there is", () => {
  assert.deepEqual(viewAfterKey(WHOLE, WHOLE, "-"), WHOLE);
  assert.deepEqual(viewAfterKey({ ...WHOLE, xMax: 5 }, WHOLE, "ArrowLeft"), { ...WHOLE, xMax: 4.5 });
});
