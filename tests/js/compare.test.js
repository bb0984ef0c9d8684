import assert from "node:assert/strict";
import { test } from "node:test";
import { errorChart, fvuChart, logTicks, neededChart } from "../../app/components/compare_board/curves.js";
import { chartAsCsv } from "../../app/components/shared/chart_table.js";

const side = (/** @type {string} */ label, /** @type {number[]} */ mean) => ({
  label,
  kind: "side0",
  mean,
  low: mean.map((error) => error / 2),
  high: mean.map((error) => error * 2),
  fvu: mean.map((error) => error / 10),
  active: mean.map((_, i) => Math.min(i + 1, 2.5)),
});
const SIDES = [side("one", [1, 0.5, 0.25, 0.25]), side('the "other"', [2, 0.2, 0.1, 0.001])];
const PLAIN = { logX: false, logY: false, bands: false, byActive: false };

test("linear axes show the errors themselves, over k", () => {
  const chart = errorChart(SIDES, PLAIN, 2);
  assert.deepEqual(chart.series[0].x, [1, 2, 3, 4]);
  assert.deepEqual(chart.series[0].y, [1, 0.5, 0.25, 0.25]);
  assert.deepEqual([chart.xMin, chart.xMax, chart.yMin], [1, 4, 0]);
  assert.deepEqual(chart.marker, { x: 2, y: 0.5 });
  assert.ok(chart.yMax >= 2);
  assert.deepEqual(chart.bands, []);
});

test("logarithmic axes show powers of ten evenly apart, with numbers that are no logarithms", () => {
  const chart = errorChart(SIDES, { ...PLAIN, logX: true, logY: true }, 4);
  assert.deepEqual(chart.series[0].x, [1, 2, 3, 4].map(Math.log10));
  assert.deepEqual(chart.series[1].y, [2, 0.2, 0.1, 0.001].map(Math.log10));
  assert.deepEqual(chart.yTicks, [-3, -2, -1, 0]);
  assert.deepEqual(chart.yTicks?.map(chart.yWords ?? String), ["0.001", "0.01", "0.1", "1"]);
  assert.deepEqual(chart.xTicks?.map(chart.xWords ?? String), ["1", "2"]);
});

test("ticks of a short logarithmic axis are 1, 2 and 5 times powers of ten", () => {
  const ticks = logTicks(1, 169).map((tick) => Math.round(10 ** tick));
  assert.deepEqual(ticks, [1, 10, 100]);
  assert.deepEqual(
    logTicks(0.3, 4).map((tick) => Number((10 ** tick).toFixed(6))),
    [0.5, 1, 2],
  );
});

test("components really used stop where no component adds anything, and still rise", () => {
  const { series, xMax, marker } = errorChart(SIDES, { ...PLAIN, byActive: true }, 2);
  const places = Array.from(series[0].x);
  assert.ok(places.every((x, i) => !i || x > places[i - 1]));
  assert.ok(Math.abs(places[3] - 2.5) < 1e-6);
  assert.equal(xMax, 2.5);
  assert.equal(marker, null);
});

test("a band lies between the quantiles", () => {
  const { bands, yMax } = errorChart(SIDES, { ...PLAIN, bands: true }, 1);
  assert.deepEqual(bands?.[0].low, [0.5, 0.25, 0.125, 0.125]);
  assert.deepEqual(bands?.[0].high, [2, 1, 0.5, 0.5]);
  assert.ok(yMax >= 4);
});

test("as many components are needed as bring the mean error under the one asked for", () => {
  const { series, xMax } = neededChart(SIDES);
  // An error of 0.25 is reached with 3; the fourth component brings nothing.
  assert.deepEqual(series[0].x, [0.25, 0.5, 1]);
  assert.deepEqual(series[0].y, [3, 2, 1]);
  assert.equal(xMax, 2);
});

test("the table has every number of every side, as it is without any logarithm", () => {
  const csv = chartAsCsv(fvuChart(SIDES, { ...PLAIN, logX: true }));
  const lines = csv.split("\n");
  assert.equal(lines.length, 9);
  assert.equal(
    lines[0],
    '"side","components k","really used","mean error","10 % quantile","90 % quantile","FVU"',
  );
  assert.equal(lines[2], '"one",2,2,0.5,0.25,1,0.05');
  assert.equal(lines[8], '"the ""other""",4,2.5,0.001,0.0005,0.002,0.0001');
});
