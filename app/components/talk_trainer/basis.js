// The decorrelated basis in which a training steps, as model/training/decorrelation.py. Without a DOM.

/** Brightness and two differences of colour; rows are orthonormal. */
const COLOURS = [
  [1, 1, 1].map((value) => value / Math.sqrt(3)),
  [1, 0, -1].map((value) => value / Math.sqrt(2)),
  [1, -2, 1].map((value) => value / Math.sqrt(6)),
];

/** B = C (x) C (x) T: `C` the DCT of a row or a column of pixels, `T` the colours. */
export class Basis {
  #size;
  #down;
  #across;
  #between;

  /** @param {number} patchSize */
  constructor(patchSize) {
    this.#size = patchSize;
    const values = 3 * patchSize;
    const dct = dctOf(patchSize);
    this.#down = dct;
    this.#across = new Float64Array(values * values); // [u, v]: what value u of a row adds to coefficient v
    for (let u = 0; u < values; u++) {
      for (let v = 0; v < values; v++) {
        const wave = dct[Math.floor(v / 3) * patchSize + Math.floor(u / 3)];
        this.#across[u * values + v] = wave * COLOURS[v % 3][u % 3];
      }
    }
    this.#between = new Float64Array(patchSize * values);
  }

  /**
   * A row's coefficients, B x, or with `back` the inverse.
   * @param {ArrayLike<number>} from rows, flat
   * @param {Float64Array | Float32Array} to the same size; may be `from`
   * @param {number} at where the row begins in both
   * @param {boolean} [back]
   */
  turn(from, to, at, back = false) {
    const size = this.#size;
    const values = 3 * size;
    const between = this.#between.fill(0);
    const across = this.#across;
    for (let r = 0; r < size; r++) {
      for (let u = 0; u < values; u++) {
        const value = from[at + r * values + u];
        for (let v = 0; v < values; v++) {
          between[r * values + v] += value * (back ? across[v * values + u] : across[u * values + v]);
        }
      }
    }
    for (let u = 0; u < size; u++) {
      for (let v = 0; v < values; v++) {
        let sum = 0;
        for (let r = 0; r < size; r++) {
          sum += (back ? this.#down[r * size + u] : this.#down[u * size + r]) * between[r * values + v];
        }
        to[at + u * values + v] = sum;
      }
    }
  }
}

/**
 * @param {number} size
 * @returns {Float64Array} the orthonormal DCT-II, (size, size), flat
 */
function dctOf(size) {
  return Float64Array.from({ length: size * size }, (_, i) => {
    const [k, n] = [Math.floor(i / size), i % size];
    return k ? Math.sqrt(2 / size) * Math.cos((Math.PI * (n + 0.5) * k) / size) : Math.sqrt(1 / size);
  });
}
