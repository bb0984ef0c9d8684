import assert from "node:assert/strict";
import { test } from "node:test";
import { mapPixels, rangeOf } from "../../app/components/error_map/map_pixels.js";
import { countValues, largestOf, paintMap, scaleColour } from "../../app/components/image_player/maps.js";
import { OPAQUE } from "../../app/components/image_player/sums.js";
import { tilingOf } from "../../app/components/image_player/tiling.js";
import { CIVIDIS, colourAt, VIRIDIS } from "../../app/components/shared/colour_scale.js";
import { farthest, oracle } from "./oracle.js";
import { pictureOf } from "./picture.js";

const { stops, shares, colours, map, values, counts, fewCounts } = oracle("colours");
const [sideBySide] = oracle("picture").cases;

test("colours lie on straight lines between the stops", () => {
  assert.deepEqual(VIRIDIS, stops);
  shares.forEach((/** @type {number} */ share, /** @type {number} */ i) => {
    assert.ok(farthest(colourAt(VIRIDIS, share), colours[i]) < 1e-9);
  });
});

test("the scale of the error map goes from the least error to beyond the newest one's largest", () => {
  assert.ok(farthest(rangeOf(map.errors), map.range) < 1e-6);
  const [low, high] = rangeOf([new Float32Array(3)]);
  assert.ok(low > 0 && high > low); // without any error at all
});

test("the error map has a column for each moment and a row for each rank, the first at the bottom", () => {
  const pixels = mapPixels({ ...map, units: 11 }, map.columns, map.range);
  assert.ok(farthest(pixels, map.pixels.flat(2)) <= 1);
});

test("values are counted one by one where they are few, else by ranges of equal width", () => {
  assert.deepEqual(
    { ...countValues(values, largestOf(values)) },
    { counts: Float64Array.from(counts), step: 2 },
  );
  const few = values.filter((/** @type {number} */ value) => value < 20);
  assert.deepEqual({ ...countValues([...few, null], 19) }, { counts: Float64Array.from(fewCounts), step: 1 });
  assert.equal(largestOf([null, -1, 0]), 1);
});

test("a map shows each tile's value where the tile paints", () => {
  const picture = pictureOf(sideBySide);
  const tiling = tilingOf(picture);
  const pixels = new Uint32Array(picture.height * picture.width);
  const tiles = Array.from({ length: tiling.count }, (_, tile) => tile);
  paintMap(picture, tiling, pixels, tiles, tiling.count - 1);
  const expected = sideBySide.tiling.painter.map(
    (/** @type {number} */ tile) => scaleColour(tile / (tiling.count - 1)) >>> 0,
  );
  assert.deepEqual([...pixels], expected);
  const [red, green, blue] = CIVIDIS[0];
  assert.equal(scaleColour(0), OPAQUE | (blue << 16) | (green << 8) | red);
});

test("a map is striped where there is no value, and shows the picture dimmed where a unit is silent", () => {
  const picture = pictureOf(sideBySide);
  const tiling = tilingOf(picture);
  const pixels = new Uint32Array(picture.height * picture.width);
  paintMap(picture, tiling, pixels, new Array(tiling.count).fill(-1), 1);
  assert.deepEqual(new Set(pixels), new Set([0xff000000, 0xffffffff]));
  paintMap(picture, tiling, pixels, new Array(tiling.count).fill(null), 1);
  pixels.forEach((pixel, at) => {
    const [red, green, blue] = [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255];
    const mean = (picture.picture[3 * at] + picture.picture[3 * at + 1] + picture.picture[3 * at + 2]) / 3;
    assert.ok(red === green && green === blue && Math.abs(red - mean / 3) <= 0.5);
  });
});
