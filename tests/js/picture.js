import { PictureCode } from "../../app/components/image_player/picture_code.js";
import { squaredByRank } from "../../app/components/image_player/sums.js";
import { encodeRows, tileEncoder } from "../../app/components/image_player/tiles.js";
import { bytesOf, floatsOf } from "./oracle.js";

/** @param {any} expected a case of the oracle of pictures */
export function pictureOf({ picture, weights, height, width, patchSize, stride, coder }) {
  const model = { weights: floatsOf(weights), patchSize, coder, trainedFor: coder };
  return { picture: bytesOf(picture), height, width, stride, ...model };
}

/**
 * A picture's code in two blocks, of which the second one comes first.
 * @param {any} expected a case of the oracle of pictures
 */
export function codeOf(expected) {
  const picture = pictureOf(expected);
  const code = new PictureCode(picture);
  const { tiling } = code;
  const encoder = tileEncoder(picture.weights, 3 * picture.patchSize ** 2, picture.coder === "pursuit");
  const first = encodeRows(picture, tiling, encoder, 0, 1);
  const rest = encodeRows(picture, tiling, encoder, 1, tiling.down.length);
  code.add(rest);
  code.add(first);
  if (tiling.overlapping) code.setSquared(squaredByRank(picture, tiling, [first, rest]));
  return code;
}

/**
 * Where there are parts of different length one after another: those of one tile.
 * @template {{ subarray(from: number, to: number): any }} Numbers
 * @param {Numbers} numbers
 * @param {Uint32Array} starts
 * @param {number} i
 * @param {number} [extra] how much longer each part is
 * @returns {Numbers}
 */
export function partOf(numbers, starts, i, extra = 0) {
  return numbers.subarray(starts[i] + i * extra, starts[i + 1] + (i + 1) * extra);
}
