import assert from "node:assert/strict";
import { test } from "node:test";
import { unpack } from "../../app/components/shared/payload.js";
import { bytesOf, oracle } from "./oracle.js";

const { packed, header, arrays } = oracle("payload");

/** @param {Uint8Array} bytes */
function unpacked(bytes) {
  /** @type {Record<string, unknown>} */
  const content = unpack(bytes);
  return content;
}

test("a block gives back the header and the arrays that Python packed", () => {
  const content = unpacked(bytesOf(packed));
  for (const [name, value] of Object.entries(header)) assert.deepEqual(content[name], value);
  for (const [name, values] of Object.entries(arrays)) {
    assert.deepEqual(
      [.../** @type {Float32Array} */ (content[name])],
      values.map((/** @type {number} */ v) => v),
    );
  }
  assert.ok(content.bytes instanceof Uint8Array);
  assert.ok(content.floats instanceof Float32Array);
});

test("a block may lie anywhere in a larger one", () => {
  const bytes = bytesOf(packed);
  const larger = new Uint8Array(bytes.length + 10);
  larger.set(bytes, 3);
  assert.deepEqual(unpacked(larger.subarray(3, 3 + bytes.length)), unpacked(bytes));
});
