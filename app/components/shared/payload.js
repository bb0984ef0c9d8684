// Reads what app/components/payload.py packs: a header with its typed arrays beside it.
function unpack(bytes) {
  const types = { uint8: Uint8Array, uint16: Uint16Array, int32: Int32Array, float32: Float32Array };
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const arrays = {};
  for (const [name, [type, offset, size]] of Object.entries(header.arrays)) {
    const start = 4 + length + offset;
    arrays[name] = new types[type](bytes.slice(start, start + size).buffer);
  }
  return { ...header, ...arrays };
}
