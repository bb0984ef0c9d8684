import assert from "node:assert/strict";
import { test } from "node:test";
import { errorsByRank } from "../../app/components/shared/code.js";
import { encoderOf } from "../../app/components/shared/encoder.js";
import { dictionaryOf, Pursuer } from "../../app/components/shared/pursuit.js";
import { farthest, floatsOf, oracle } from "./oracle.js";

const { cases } = oracle("pursuit");
const NONE = new Set();

/** @param {any} expected */
function encodedAs({ patch, weights }) {
  const { weights: dictionary, encode } = encoderOf(floatsOf(weights), patch.length, "pursuit");
  const values = Float32Array.from(patch);
  return { patch: values, weights: dictionary, ...encode(values) };
}

test("the dictionary is the model's, with rows of one norm and dead units left at zero", () => {
  for (const { patch, weights, dictionary } of cases) {
    assert.ok(farthest(dictionaryOf(floatsOf(weights), patch.length), floatsOf(dictionary)) < 1e-6);
  }
});

test("units are chosen as the model chooses them, one after another", () => {
  for (const expected of cases) {
    const code = encodedAs(expected);
    assert.equal(code.active, expected.units.length);
    assert.deepEqual([...code.order.subarray(0, code.active)], expected.units);
    const byRank = expected.units.map((/** @type {number} */ unit) => code.activations[unit]);
    assert.ok(farthest(byRank, expected.activations) < 1e-6);
  }
});

test("the units that are not chosen follow by their answers, and every unit has one rank", () => {
  for (const expected of cases) {
    const { order, rankOf, active, preActivations } = encodedAs(expected);
    order.forEach((unit, k) => {
      assert.equal(rankOf[unit], k + 1);
      if (k > active) assert.ok(preActivations[order[k - 1]] >= preActivations[unit]);
    });
  }
});

test("errors by rank are the model's", () => {
  for (const expected of cases) {
    assert.ok(farthest(errorsByRank(encodedAs(expected), NONE), expected.errors) < 1e-4);
  }
});

test("the units that could have been chosen are those that take away most, and the chosen one is the first", () => {
  for (const expected of cases) {
    const inputs = expected.patch.length;
    const pursuer = new Pursuer(dictionaryOf(floatsOf(expected.weights), inputs), inputs);
    for (const { rank, best } of expected.candidates) {
      const found = pursuer.candidates(Float32Array.from(expected.patch), rank, 4);
      assert.equal(found[0].unit, expected.units[rank - 1]);
      const [units, shares] = [found.map(({ unit }) => unit), found.map(({ share }) => share)];
      assert.deepEqual(
        units,
        best.map((/** @type {{ unit: number }} */ { unit }) => unit),
      );
      assert.ok(
        farthest(
          shares,
          best.map((/** @type {{ share: number }} */ { share }) => share),
        ) < 1e-5,
      );
    }
    assert.deepEqual(pursuer.candidates(Float32Array.from(expected.patch), expected.units.length + 1, 4), []);
  }
});
