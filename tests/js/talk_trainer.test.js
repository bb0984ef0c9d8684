import assert from "node:assert/strict";
import { test } from "node:test";
import { Basis } from "../../app/components/talk_trainer/basis.js";
import { Learner } from "../../app/components/talk_trainer/learner.js";
import { errorOf, randomNumbers, Training } from "../../app/components/talk_trainer/training.js";
import { farthest, floatsOf, oracle } from "./oracle.js";

const { patchSize, step, updates, cases, ...trainer } = oracle("trainer");
const inputs = 3 * patchSize ** 2;
const patches = floatsOf(trainer.patches);

test("both rules learn in the browser what they learn in Python", () => {
  for (const { rule, start, batch, learned } of cases) {
    const learner = new Learner(rule, floatsOf(start), patchSize);
    assert.ok(farthest(learner.weights, floatsOf(start)) < 1e-6); // there and back through the basis
    for (let i = 0; i < updates; i++) {
      learner.learn(patches.subarray(i * batch * inputs, (i + 1) * batch * inputs), step);
    }
    const expected = floatsOf(learned);
    assert.ok(farthest(learner.weights, expected) < 1e-4, `${rule}: ${farthest(learner.weights, expected)}`);
    assert.ok(farthest(learner.weights, floatsOf(start)) > 0.1); // it did learn
  }
});

test("a grey patch has one coefficient, and coefficients keep the length", () => {
  const basis = new Basis(patchSize);
  const turned = new Float64Array(inputs);
  basis.turn(new Float64Array(inputs).fill(0.5), turned, 0);
  assert.ok(Math.abs(turned[0] - 0.5 * Math.sqrt(inputs)) < 1e-12);
  assert.ok(turned.subarray(1).every((value) => Math.abs(value) < 1e-12));
  const patch = Float64Array.from(patches.subarray(0, inputs));
  basis.turn(patch, turned, 0);
  assert.ok(Math.abs(Math.hypot(...turned) - Math.hypot(...patch)) < 1e-12);
});

test("the error with all units is the model's", () => {
  const weights = floatsOf(trainer.weights);
  const errors = trainer.errors.map((/** @type {number} */ _, /** @type {number} */ i) =>
    errorOf(patches.subarray(i * inputs, (i + 1) * inputs), weights),
  );
  assert.ok(farthest(errors, trainer.errors) < 1e-5);
});

test("a training learns from as many patches as it was told, and is over then", () => {
  const pictures = Uint8Array.from({ length: 2 * 3 * 12 * 12 }, (_, i) => (i * 97) % 256);
  const material = {
    ...{ rule: /** @type {const} */ ("rank-order"), patchSize: 3, units: 5, patches: 1030, batch: 8 },
    ...{ step: 0.03, decay: 0.1, side: 12, pictures, test: pictures.subarray(0, 270) },
  };
  const [training, same, other] = [7, 7, 8].map((seed) => new Training(material, seed));
  const before = training.error;
  const seen = [];
  while (!training.isOver) {
    training.advance();
    same.advance();
    seen.push(training.seen);
  }
  assert.deepEqual(seen, [512, 1024, 1030]);
  assert.deepEqual(training.weights, same.weights);
  assert.notDeepEqual(training.weights, other.weights);
  assert.ok(training.error < before);
});

test("random numbers are even, and lie in [0, 1)", () => {
  const random = randomNumbers(1);
  const tenths = Array(10).fill(0);
  for (let i = 0; i < 10_000; i++) tenths[Math.floor(10 * random())]++;
  assert.equal(tenths.length, 10);
  assert.ok(
    tenths.every((count) => Math.abs(count - 1000) < 150),
    String(tenths),
  );
});
