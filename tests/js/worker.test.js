import assert from "node:assert/strict";
import { before, test } from "node:test";
import { encodeRows, tileEncoder } from "../../app/components/image_player/tiles.js";
import { tilingOf } from "../../app/components/image_player/tiling.js";
import { farthest, oracle } from "./oracle.js";
import { pictureOf } from "./picture.js";

/** @import { Answer, WorkerScope } from "../../app/components/image_player/worker.js" */

const [sideBySide, overlapping] = oracle("picture").cases;
const scope = /** @type {WorkerScope} */ (/** @type {unknown} */ (globalThis));
/** @type {{ answer: Answer, transferred: ArrayBuffer[] }[]} */
let sent = [];

before(async () => {
  scope.postMessage = (answer, transferred) => sent.push({ answer, transferred });
  await import("../../app/components/image_player/worker.js");
});

/**
 * @param {any} expected
 * @param {[number, number][]} shares
 */
function work(expected, shares) {
  sent = [];
  scope.onmessage?.(/** @type {any} */ ({ data: { ...pictureOf(expected), shares } }));
  return sent;
}

test("a worker answers each share of rows with its block, and gives the block's memory away", () => {
  const picture = pictureOf(sideBySide);
  const inputs = 3 * picture.patchSize ** 2;
  const answers = work(sideBySide, [
    [2, 4],
    [0, 1],
  ]);
  const rows = [
    [2, 4],
    [0, 1],
  ].map(([from, to]) =>
    encodeRows(picture, tilingOf(picture), tileEncoder(picture.weights, inputs, false), from, to),
  );
  assert.deepEqual(
    answers.map(({ answer }) => answer),
    rows.map((block) => ({ block })),
  );
  for (const { answer, transferred } of answers) {
    const block = "block" in answer ? answer.block : null;
    assert.ok(block && transferred.includes(/** @type {ArrayBuffer} */ (block.errors.buffer)));
  }
});

test("where tiles overlap, a worker also measures the whole picture at every rank", () => {
  const answers = work(overlapping, [
    [0, 3],
    [3, overlapping.tiling.down.length],
  ]);
  assert.equal(answers.length, 3);
  const last = answers[2].answer;
  const squared = "squared" in last ? last.squared : [];
  assert.ok(farthest(squared, overlapping.squared) < 1e-4 * overlapping.squared[0]);
});
