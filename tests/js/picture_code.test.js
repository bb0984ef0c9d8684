import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ranksOfUnit,
  unitsActive,
  unitsNeeded,
  unitsUsed,
} from "../../app/components/image_player/picture_code.js";
import { moveSums, newMeanRoom, paintMean, paintOwn } from "../../app/components/image_player/sums.js";
import { placeOf, tileAt, tileBeside, tileFrom, tilingOf } from "../../app/components/image_player/tiling.js";
import { bytesOf, farthest, oracle } from "./oracle.js";
import { codeOf, partOf, pictureOf } from "./picture.js";

/** @import { PictureCode } from "../../app/components/image_player/picture_code.js" */

const { cases } = oracle("picture");

test("tiles lie where the model has them, and paint what they paint there", () => {
  for (const expected of cases) {
    const { down, across, own, count } = tilingOf(expected);
    const { tiling } = expected;
    assert.deepEqual(
      { down, across, count },
      { down: tiling.down, across: tiling.across, count: tiling.ownRows.length },
    );
    for (let tile = 0; tile < count; tile++) {
      assert.equal(own.down[Math.floor(tile / across.length)], tiling.ownRows[tile]);
      assert.equal(own.across[tile % across.length], tiling.ownCols[tile]);
    }
  }
});

test("a pixel belongs to the tile that paints it, or to the one with the nearest middle", () => {
  for (const expected of cases) {
    const { patchSize, width } = expected;
    const tiling = tilingOf(expected);
    expected.tiling.painter.forEach((/** @type {number} */ tile, /** @type {number} */ pixel) => {
      assert.equal(tileAt(tiling, patchSize, Math.floor(pixel / width), pixel % width), tile);
    });
  }
});

test("a tile is found again by its place, and walking ends at the picture's edge", () => {
  for (const expected of cases) {
    const tiling = tilingOf(expected);
    const columns = tiling.across.length;
    for (let tile = 0; tile < tiling.count; tile++) {
      assert.equal(tileFrom(tiling, expected.patchSize, placeOf(tiling, tile)), tile);
    }
    assert.equal(tileBeside(tiling, 0, 1, 1), columns + 1);
    assert.equal(tileBeside(tiling, 0, -1, -1), 0);
    assert.equal(tileBeside(tiling, tiling.count - 1, 1, 1), tiling.count - 1);
    assert.equal(tileBeside(tiling, columns, 0, -1), columns);
  }
});

test("units, activations and errors of each tile are the model's", () => {
  for (const expected of cases) {
    const code = codeOf(expected);
    assert.deepEqual([...unitsActive(code)], expected.active);
    assert.equal(code.deepest, Math.max(...expected.active));
    for (const { first, tiles, starts, units, activations, errors } of code.blocks) {
      for (let i = 0; i < tiles; i++) {
        assert.deepEqual([...partOf(units, starts, i)], expected.units[first + i]);
        assert.ok(farthest(partOf(activations, starts, i), expected.activations[first + i]) < 1e-7);
        assert.ok(farthest(partOf(errors, starts, i, 1), expected.errors[first + i]) < 1e-5);
      }
    }
  }
});

test("a code is done when all tiles are there, and its quality known when the picture has been measured", () => {
  for (const expected of cases) {
    const code = codeOf(expected);
    assert.ok(code.done);
    assert.ok(code.qualityKnown);
    assert.deepEqual(
      code.blocks.map(({ first }) => first),
      [0, code.tiling.across.length],
    );
    assert.ok(farthest(code.squared, expected.squared) < 1e-4 * expected.squared[0]);
  }
});

test("units needed for a bound and ranks of a unit are the model's", () => {
  for (const expected of cases) {
    const code = codeOf(expected);
    for (const { bound, units } of expected.needed) assert.deepEqual([...unitsNeeded(code, bound)], units);
    for (const { unit, ranks } of expected.firing) assert.deepEqual([...ranksOfUnit(code, unit)], ranks);
  }
});

test("sums moved from rank to rank paint the model's reconstructions and residuals", () => {
  for (const expected of cases) {
    const code = codeOf(expected);
    const size = expected.height * expected.width;
    const pixels = { reconstruction: new Uint32Array(size), residual: new Uint32Array(size) };
    const room = newMeanRoom(pictureOf(expected), code.tiling);
    for (const { ranks, bytes, residual, squared, absolute } of expected.reconstructions) {
      const errors = painted(code, ranks, pixels, room);
      assert.ok(farthest(coloursOf(pixels.reconstruction), bytesOf(bytes)) <= 1);
      assert.ok(farthest(coloursOf(pixels.residual), bytesOf(residual)) <= 1);
      assert.ok(Math.abs(errors.squared - squared) < 1e-4 * (1 + squared));
      assert.ok(Math.abs(errors.absolute - absolute) < 1e-4 * (1 + absolute));
      const spent = unitsUsed(code).reduce((sum, units) => sum + units, 0);
      const wanted = (/** @type {number} */ tile) => (typeof ranks === "number" ? ranks : ranks[tile]);
      const cost = expected.active.reduce(
        (/** @type {number} */ sum, /** @type {number} */ active, /** @type {number} */ tile) =>
          sum + Math.min(active, wanted(tile)),
        0,
      );
      assert.equal(spent, cost);
    }
  }
});

/**
 * Bring a picture's sums to ranks and paint it.
 * @param {PictureCode} code
 * @param {number | number[]} ranks
 * @param {{ reconstruction: Uint32Array, residual: Uint32Array }} pixels
 * @param {ReturnType<typeof newMeanRoom>} room
 */
function painted({ picture, tiling, blocks }, ranks, pixels, room) {
  for (const block of blocks) {
    moveSums(block, picture.weights, (i) => (typeof ranks === "number" ? ranks : ranks[block.first + i]));
  }
  if (tiling.overlapping) return paintMean(picture, tiling, blocks, room, pixels);
  const errors = { squared: 0, absolute: 0 };
  for (const block of blocks) {
    paintOwn(picture, tiling, block, pixels);
    for (const squared of block.squaredOf) errors.squared += squared;
    for (const absolute of block.absoluteOf) errors.absolute += absolute;
  }
  return errors;
}

/** @param {Uint32Array} pixels */
function coloursOf(pixels) {
  return Array.from(pixels).flatMap((pixel) => {
    assert.equal(pixel >>> 24, 255);
    return [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255];
  });
}
