// Every tile keeps the sum of its first units and moves it rank by rank; the picture is painted from these sums.
// Workers use this as well.

const OPAQUE = 0xff000000;

// Values in [0, 1] and differences in [-1, 1] as bytes, rounded; no difference is the middle of grey.
function byteOf(value) {
  const byte = (256 * value + 0.5) | 0;
  return byte - (byte >> 8); // 1 would be 256
}

function signedByteOf(difference) {
  return difference > 0.494 ? 255 : difference < -0.5 ? 0 : (128.5 + 256 * difference) | 0;
}

function prepareSums(block, patchSize) {
  block.sums = new Float32Array(block.tiles * 3 * patchSize ** 2);
  block.at = new Uint16Array(block.tiles); // how many units each sum holds
  block.changed = new Uint8Array(block.tiles).fill(1); // since it was last painted
  block.squaredOf = new Float64Array(block.tiles); // errors of what each tile paints
  block.absoluteOf = new Float64Array(block.tiles);
}

// Bring the sums of a block to rank rankOf(tile in the block): one unit is added, or taken away, a step. Where it is
// shorter, a sum begins again from nothing, and so rounding does not pile up.
function moveSums(block, weights, rankOf) {
  const { sums, at, starts, units, activations } = block;
  const inputs = sums.length / block.tiles;
  for (let i = 0; i < block.tiles; i++) {
    const start = starts[i];
    const to = Math.min(rankOf(i), starts[i + 1] - start);
    let k = at[i];
    if (k === to) continue;
    const sum = i * inputs;
    if (k - to > to) {
      sums.fill(0, sum, sum + inputs);
      k = 0;
    }
    for (; k < to; k++) {
      const activation = activations[start + k];
      const filter = units[start + k] * inputs;
      for (let j = 0; j < inputs; j++) sums[sum + j] += activation * weights[filter + j];
    }
    for (; k > to; k--) {
      const activation = activations[start + k - 1];
      const filter = units[start + k - 1] * inputs;
      for (let j = 0; j < inputs; j++) sums[sum + j] -= activation * weights[filter + j];
    }
    at[i] = to;
    block.changed[i] = 1;
  }
}

// Paint what has changed of a block whose tiles lie side by side: each pixel comes from the first tile that covers
// it. `canvas` holds the pixels of the reconstruction and of the residual, one 32-bit number each.
function paintOwn({ picture, width, patchSize }, tiling, block, canvas) {
  const { across, own } = tiling;
  const { sums, changed } = block;
  for (let i = 0; i < block.tiles; i++) {
    if (!changed[i]) continue;
    changed[i] = 0;
    const down = block.from + Math.floor(i / across.length);
    const right = i % across.length;
    let squared = 0;
    let absolute = 0;
    for (let row = own.down[down]; row < patchSize; row++) {
      let from = 3 * ((i * patchSize + row) * patchSize + own.across[right]);
      let to = (tiling.down[down] + row) * width + across[right] + own.across[right];
      for (const end = to + patchSize - own.across[right]; to < end; to++, from += 3) {
        const at = 3 * to;
        const [red, green, blue] = [sums[from], sums[from + 1], sums[from + 2]];
        // Clamped to [0, 1] without a branch, as in errorsOfTile().
        const r = 0.5 * (Math.abs(red) - Math.abs(red - 1) + 1);
        const g = 0.5 * (Math.abs(green) - Math.abs(green - 1) + 1);
        const b = 0.5 * (Math.abs(blue) - Math.abs(blue - 1) + 1);
        const missingRed = picture[at] / 256 - r;
        const missingGreen = picture[at + 1] / 256 - g;
        const missingBlue = picture[at + 2] / 256 - b;
        squared += missingRed * missingRed + missingGreen * missingGreen + missingBlue * missingBlue;
        absolute += Math.abs(missingRed) + Math.abs(missingGreen) + Math.abs(missingBlue);
        canvas.reconstruction[to] = OPAQUE | (byteOf(b) << 16) | (byteOf(g) << 8) | byteOf(r);
        canvas.residual[to] =
          OPAQUE |
          (signedByteOf(missingBlue) << 16) |
          (signedByteOf(missingGreen) << 8) |
          signedByteOf(missingRed);
      }
    }
    block.squaredOf[i] = squared;
    block.absoluteOf[i] = absolute;
  }
}

// How many tiles cover each pixel is the product of how many cover its row and its column.
function meanCanvas({ height, width, patchSize }, { down, across }) {
  const covers = (length, starts) => {
    const count = new Uint16Array(length);
    for (const start of starts) for (let i = 0; i < patchSize; i++) count[start + i] += 1;
    return count;
  };
  return {
    values: new Float32Array(3 * height * width),
    coversRow: covers(height, down),
    coversCol: covers(width, across),
  };
}

// Put the picture together where tiles overlap: each pixel is the mean of all that cover it. Returns the sums of its
// squared and absolute errors; paints as well if there is a canvas for it.
function paintMean({ picture, height, width, patchSize }, tiling, blocks, mean, canvas) {
  const { values, coversRow, coversCol } = mean;
  const { down, across } = tiling;
  values.fill(0);
  for (const { from, tiles, sums } of blocks) {
    for (let i = 0, at = 0; i < tiles; i++) {
      const top = down[from + Math.floor(i / across.length)];
      const left = across[i % across.length];
      for (let row = 0; row < patchSize; row++) {
        let to = 3 * ((top + row) * width + left);
        for (const end = to + 3 * patchSize; to < end; to++, at++) {
          const sum = sums[at];
          values[to] += 0.5 * (Math.abs(sum) - Math.abs(sum - 1) + 1);
        }
      }
    }
  }
  let squared = 0;
  let absolute = 0;
  for (let row = 0, pixel = 0, at = 0; row < height; row++) {
    for (let col = 0; col < width; col++, pixel++) {
      const share = 1 / (coversRow[row] * coversCol[col]);
      let [painted, missing] = [OPAQUE, OPAQUE];
      for (let shift = 0; shift < 24; shift += 8, at++) {
        const value = values[at] * share;
        const error = picture[at] / 256 - value;
        squared += error * error;
        absolute += Math.abs(error);
        painted |= byteOf(value) << shift;
        missing |= signedByteOf(error) << shift;
      }
      if (canvas) {
        canvas.reconstruction[pixel] = painted;
        canvas.residual[pixel] = missing;
      }
    }
  }
  return { squared, absolute };
}
