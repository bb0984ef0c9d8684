import assert from "node:assert/strict";
import { test } from "node:test";
import { clamp } from "../../app/components/shared/clamp.js";
import {
  cutPatch,
  encode,
  errorsByRank,
  rankUnits,
  squaredError,
  sumOfRanks,
} from "../../app/components/shared/code.js";
import { bytesOf, farthest, floatsOf, oracle } from "./oracle.js";

const { width, patchSize, cases } = oracle("code");
const ties = oracle("ties");
const NONE = new Set();

/** @param {{ patch: number[], weights: string }} expected */
function encodedAs(expected) {
  const patch = Float32Array.from(expected.patch);
  const weights = floatsOf(expected.weights);
  return { patch, weights, ...encode(patch, weights) };
}

test("a patch is cut out of its picture", () => {
  for (const { picture, row, col, patch } of cases) {
    assert.deepEqual([...cutPatch(bytesOf(picture), width, row, col, patchSize)], patch);
  }
});

test("pre-activations, activations and ranks are the model's", () => {
  for (const expected of cases) {
    const code = encodedAs(expected);
    assert.ok(farthest(code.preActivations, expected.preActivations) < 1e-14);
    assert.equal(code.active, expected.active);
    assert.deepEqual([...code.order.subarray(0, code.active)], expected.order);
    const ranked = expected.order.map((/** @type {number} */ unit) => code.activations[unit]);
    assert.ok(farthest(ranked, expected.activations) < 1e-7);
    assert.deepEqual(
      [...code.order].sort((a, b) => a - b),
      [...code.order.keys()],
    );
    code.order.forEach((unit, k) => {
      assert.equal(code.rankOf[unit], k + 1);
    });
  }
});

test("equal units rank by their number, and units that only double precision tells apart by their answer", () => {
  const code = encodedAs(ties);
  assert.deepEqual([...code.order], ties.wholeOrder);
  const rounded = Float32Array.from(code.preActivations);
  assert.equal(rounded[64], rounded[65]);
  assert.equal(code.rankOf[65], code.rankOf[64] - 1);
});

test("the encoder of a whole picture ranks as that of a patch, however many units there are", () => {
  const patch = Float64Array.from(ties.patch);
  for (const copies of [1, 10]) {
    const some = floatsOf(ties.weights);
    const weights = new Float64Array(copies * some.length);
    for (let copy = 0; copy < copies; copy++) weights.set(some, copy * some.length);
    const units = weights.length / patch.length;
    const order = new Uint16Array(units);
    const active = rankUnits(patch, weights, new Float64Array(units), order);
    const code = encode(patch, weights);
    assert.equal(active, code.active);
    assert.deepEqual(order.subarray(0, active), code.order.subarray(0, active));
  }
});

test("sums of ranks clip to the model's reconstructions", () => {
  for (const expected of cases) {
    const code = encodedAs(expected);
    for (const { rank, values } of expected.reconstructions) {
      const sum = sumOfRanks(code, rank, NONE).map((value) => clamp(value, 0, 1));
      assert.ok(farthest(sum, values) < 2e-6, `rank ${rank}`);
    }
  }
});

test("a sum without some units is that of the others", () => {
  for (const expected of cases) {
    const code = encodedAs(expected);
    const off = new Set(expected.off);
    assert.ok(farthest(sumOfRanks(code, code.order.length, off), expected.withoutOff) < 2e-6);
    const left = Math.sqrt(squaredError(code.patch, Float64Array.from(expected.withoutOff)));
    assert.ok(Math.abs((errorsByRank(code, off).at(-1) ?? NaN) - left) < 1e-5);
  }
});

test("errors by rank are the model's", () => {
  for (const expected of cases) {
    assert.ok(farthest(errorsByRank(encodedAs(expected), NONE), expected.errors) < 1e-5);
  }
});

test("a black patch has no active unit, and keeps its error of nothing", () => {
  const patch = new Float32Array(147);
  const weights = floatsOf(cases[0].weights);
  const code = { patch, weights, ...encode(patch, weights) };
  assert.equal(code.active, 0);
  assert.deepEqual([...code.order], [...code.order.keys()]);
  assert.ok(errorsByRank(code, NONE).every((error) => error === 0));
});
