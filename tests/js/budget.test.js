import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bestSquared,
  costOf,
  orderSteps,
  rankFor,
  spendUnits,
} from "../../app/components/image_player/budget.js";
import { Spending } from "../../app/components/image_player/spending.js";
import { hullSteps } from "../../app/components/image_player/tiles.js";
import { farthest, oracle } from "./oracle.js";
import { codeOf } from "./picture.js";

const { cases } = oracle("picture");

/** @param {number[]} errors at ranks from 0 */
function hullOf(errors) {
  const active = errors.length - 1;
  const [gains, lengths] = [new Float32Array(active), new Uint16Array(active)];
  const count = hullSteps(errors, active, new Uint16Array(active + 1), gains, lengths);
  return { gains: [...gains.subarray(0, count)], lengths: [...lengths.subarray(0, count)] };
}

test("steps are the sides of the lower convex hull, up to the least error", () => {
  assert.deepEqual(hullOf([8, 4, 2, 1]), { gains: [4, 2, 1], lengths: [1, 1, 1] });
  assert.deepEqual(hullOf([8, 7, 2, 3]), { gains: [3], lengths: [2] }); // the first unit helps little
  assert.deepEqual(hullOf([4, 6, 5, 1]), { gains: [1], lengths: [3] });
  assert.deepEqual(hullOf([1, 2, 1]), { gains: [], lengths: [] }); // nothing helps
  assert.deepEqual(hullOf([3]), { gains: [], lengths: [] });
});

test("a rank costs what the model spends, and is the largest that a budget pays for", () => {
  for (const { costs, ...expected } of cases) {
    const code = codeOf(expected);
    for (let rank = 0; rank < costs.length; rank++) {
      assert.equal(costOf(code, rank), costs[rank]);
      const last = costs.lastIndexOf(costs[rank]);
      assert.equal(rankFor(code, costs[rank]), last);
      if (costs[rank] > 0) assert.ok(rankFor(code, costs[rank] - 1) < rank);
    }
  }
});

test("a budget is spent on the tiles on which the model spends it", () => {
  for (const expected of cases) {
    const code = codeOf(expected);
    const steps = orderSteps(code);
    for (const { budget, ranks } of expected.budgets) {
      assert.deepEqual([...spendUnits(steps, code.tiling.count, budget)], ranks, `budget ${budget}`);
    }
  }
});

test("the least squared error for each rank's cost is the model's", () => {
  for (const expected of cases.filter((/** @type {any} */ each) => each.stride === each.patchSize)) {
    const code = codeOf(expected);
    assert.ok(farthest(bestSquared(code, orderSteps(code)), expected.best) < 1e-5 * expected.best[0]);
  }
});

test("each way of spending gives tiles the model's units", () => {
  for (const expected of cases) {
    const code = codeOf(expected);
    const spending = new Spending();
    assert.equal(spending.ranksWanted(3), 3);
    spending.mode = "needed";
    assert.equal(spending.ranksWanted(3), 3); // while the picture is not known whole
    spending.setCode(code);
    for (const { bound, units } of expected.needed) {
      spending.setBound(bound);
      const ranks = units.map((/** @type {number} */ count) => (count < 0 ? code.units : count));
      assert.deepEqual(spending.ranksWanted(3), Int16Array.from(ranks));
      assert.equal(spending.never, units.filter((/** @type {number} */ count) => count < 0).length);
    }
    spending.mode = "budget";
    for (const { budget, ranks } of expected.budgets) {
      spending.budget = budget;
      assert.deepEqual(spending.ranksWanted(3), Uint16Array.from(ranks));
    }
    spending.mode = "unit";
    for (const { unit, ranks } of expected.firing) {
      spending.setUnit(unit);
      assert.deepEqual([...spending.firing], ranks);
    }
    assert.equal(spending.ranksWanted(3), 3);
    assert.equal(spending.bestSquared() === null, code.tiling.overlapping);
  }
});

test("a unit that another model does not have gives way to its last one", () => {
  const [large, , small] = cases.map(codeOf);
  const spending = new Spending();
  spending.setCode(large);
  spending.setUnit(large.units - 1);
  spending.setCode(small);
  assert.equal(spending.unit, small.units - 1);
});
