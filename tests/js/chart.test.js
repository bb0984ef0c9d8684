import assert from "node:assert/strict";
import { test } from "node:test";
import {
  niceTicks,
  plotBox,
  pointsBetween,
  scalesOf,
  shortNumber,
  xTicks,
} from "../../app/components/shared/chart_scale.js";
import { chartAsCsv } from "../../app/components/shared/chart_table.js";
import { farthest, oracle } from "./oracle.js";

const expected = oracle("chart_scale");

test("ticks are round, evenly apart and inside of the range", () => {
  for (const { range, ticks } of expected.ticks) {
    const [low, high, count] = range;
    const found = niceTicks(low, high, count);
    assert.ok(farthest(found, ticks) < 1e-9 * high, `${range}: ${found}`);
  }
  assert.deepEqual(niceTicks(3, 3, 4), [3]);
});

test("ticks of ranks begin at 1", () => {
  assert.deepEqual(xTicks(1, 169, 600), [1, 50, 100, 150]);
  assert.deepEqual(xTicks(0, 100, 600), [0, 20, 40, 60, 80, 100]);
});

test("numbers are written short", () => {
  for (const { value, text } of expected.numbers) assert.equal(shortNumber(value), text);
});

test("a line is cut where it leaves the view", () => {
  for (const { view, points } of expected.cuts) {
    const found = pointsBetween(expected.line, view[0], view[1]);
    assert.ok(farthest(found.flat(), points.flat()) < 1e-12, `${view}: ${found}`);
  }
});

test("numbers stand at their places in pixels, heights limited to the view", () => {
  const { view, box, x, y } = expected.scale;
  assert.deepEqual(plotBox(600, 200), box);
  const { toX, toY } = scalesOf(view, box);
  for (const [value, place] of x) assert.ok(Math.abs(toX(value) - place) < 1e-9);
  for (const [value, place] of y) assert.ok(Math.abs(toY(value) - place) < 1e-9);
});

const LABELS = { xMin: 0, xMax: 4, xLabel: 'a "rank"', yLabel: "error" };

test("a table has a line for each point of each series", () => {
  const series = [
    { name: "one", x: [1, 2], y: [0.5, 0.25], kind: "main" },
    { name: "two", x: [3], y: [4], kind: "second" },
  ];
  const table = chartAsCsv({ ...LABELS, series, undo: (y) => 2 * y });
  assert.equal(table, '"series","a ""rank""","error"\n"one",1,1\n"one",2,0.5\n"two",3,8');
});

test("a table of a histogram has a line for each bar, between its edges", () => {
  const table = chartAsCsv({ ...LABELS, series: [], bars: [7, 9] });
  assert.equal(table, '"from: a ""rank""","to: a ""rank""","error"\n0,2,7\n2,4,9');
});

test("a chart's own table goes before its series", () => {
  const table = chartAsCsv({
    ...LABELS,
    series: [],
    table: () => [
      ["unit", "answer"],
      [3, 0.5],
    ],
  });
  assert.equal(table, '"unit","answer"\n3,0.5');
});
