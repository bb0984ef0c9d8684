// The model's answer to a patch, computed here, so that a patch under the pointer need not ask the server.

// Pre-activations, activations and units by rank (ties to the lower unit), as model/decomposition.py has them.
function encode(patch, weights) {
  const inputs = patch.length;
  const preActivations = new Float32Array(weights.length / inputs);
  for (let unit = 0, at = 0; unit < preActivations.length; unit++) {
    let sum = 0;
    for (let j = 0; j < inputs; j++, at++) sum += weights[at] * patch[j];
    preActivations[unit] = sum / inputs;
  }
  const activations = preActivations.map((p) => clamp(p, 0, 1));
  const order = Uint16Array.from(preActivations.keys()).sort((a, b) => preActivations[b] - preActivations[a]);
  const rankOf = new Uint16Array(order.length);
  order.forEach((unit, k) => (rankOf[unit] = k + 1));
  return { preActivations, activations, order, rankOf, active: activations.filter((a) => a > 0).length };
}

// The patch at a place in a picture of bytes, its values in [0, 1).
function cutPatch(picture, width, row, col, size) {
  const patch = new Float32Array(3 * size * size);
  for (let down = 0, at = 0; down < size; down++) {
    for (let j = 0; j < 3 * size; j++, at++) patch[at] = picture[3 * ((row + down) * width + col) + j] / 256;
  }
  return patch;
}

function addUnit(total, weights, unit, activation) {
  const start = unit * total.length;
  for (let j = 0; j < total.length; j++) total[j] += activation * weights[start + j];
}

function squaredError(patch, total) {
  let sum = 0;
  for (let j = 0; j < patch.length; j++) sum += (patch[j] - clamp(total[j], 0, 1)) ** 2;
  return sum;
}

// The sum of the units of ranks 1 to `rank`, without those in the set `off`.
function sumOfRanks({ patch, weights, order, activations, active }, rank, off) {
  const total = new Float64Array(patch.length);
  for (let k = 0; k < Math.min(rank, active); k++) {
    if (!off.has(order[k])) addUnit(total, weights, order[k], activations[order[k]]);
  }
  return total;
}

// The L2 norm of the residual for every k from 1.
function errorsByRank({ patch, weights, order, activations, active }, off) {
  const total = new Float64Array(patch.length);
  const errors = new Float64Array(order.length);
  let error = Math.sqrt(squaredError(patch, total));
  for (let k = 0; k < order.length; k++) {
    if (k < active && !off.has(order[k])) {
      addUnit(total, weights, order[k], activations[order[k]]);
      error = Math.sqrt(squaredError(patch, total));
    }
    errors[k] = error;
  }
  return errors;
}
