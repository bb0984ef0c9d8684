/** @typedef {Uint8Array | Uint16Array | Int32Array | Float32Array} PackedArray */

const ARRAY_TYPES = { uint8: Uint8Array, uint16: Uint16Array, int32: Int32Array, float32: Float32Array };

/**
 * Read what app/components/payload.py packs: the header's values and the arrays, by name.
 * @template T
 * @param {Uint8Array} bytes
 * @returns {T} what Python packed; its type is the component's to state
 */
export function unpack(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  /** @type {Record<string, PackedArray>} */
  const arrays = {};
  /** @type {[string, [keyof typeof ARRAY_TYPES, number, number]][]} */
  const places = Object.entries(header.arrays);
  for (const [name, [type, offset, size]] of places) {
    const start = 4 + length + offset;
    arrays[name] = new ARRAY_TYPES[type](bytes.slice(start, start + size).buffer);
  }
  return { ...header, ...arrays };
}
