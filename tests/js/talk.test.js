import assert from "node:assert/strict";
import { test } from "node:test";
import { beatsOf, moved, rowsOf } from "../../app/components/beat_list/rows.js";
import { encoderOf } from "../../app/components/shared/encoder.js";
import { patchStarts } from "../../app/components/shared/patch_starts.js";
import { adviceOn, isGood } from "../../app/components/talk_stage/advice.js";
import { filterBytes } from "../../app/components/talk_stage/filter_bytes.js";
import { keyOf } from "../../app/components/talk_stage/keys.js";
import { countUnits, encodeTiles, pictureAt } from "../../app/components/talk_stage/picture_sums.js";
import { recordedFrames } from "../../app/components/talk_stage/recording.js";
import { rangesInWords, rangesWhereBetter, verdict } from "../../app/components/talk_stage/words.js";
import { farthest, oracle } from "./oracle.js";

const sums = oracle("picture_sums");
const picture = { ...sums, pixels: Uint8Array.from(sums.pixels) };
const weights = Float32Array.from(sums.weights);
const encoder = encoderOf(weights, 3 * sums.patchSize ** 2, "rank-order");
const tiles = encodeTiles(picture, encoder, sums.patchSize);

test("patches begin side by side, the last one moved inwards", () => {
  for (const { length, step, starts } of sums.starts) {
    assert.deepEqual(patchStarts(length, sums.patchSize, step), starts);
  }
  assert.deepEqual(
    tiles.map(({ row, col }) => [row, col]),
    sums.corners,
  );
  assert.deepEqual(
    tiles.map(({ active }) => active),
    sums.active,
  );
});

test("a picture from the first units of every patch is that of the model", () => {
  for (const { rank, bytes, psnr } of sums.pictures) {
    const found = pictureAt(picture, tiles, sums.patchSize, rank);
    assert.ok(farthest(found.bytes, bytes) <= 1, `rank ${rank}`); // halves may be rounded either way
    assert.ok(Math.abs(found.psnr - psnr) < 0.01, `rank ${rank}: ${found.psnr} instead of ${psnr} dB`);
  }
});

test("the units that every place needs are counted", () => {
  const { counts, rows, cols, sorted } = countUnits(picture, encoder, sums.patchSize, sums.goal);
  assert.deepEqual([rows, cols], sums.countsShape);
  assert.deepEqual(counts, sums.counts);
  assert.deepEqual(
    sorted,
    [...sums.counts].sort((a, b) => a - b),
  );
});

test("of a large picture only some places are counted, both ends among them", () => {
  const large = { pixels: new Uint8Array(3 * 300 * 200), height: 300, width: 200 };
  const { rows, cols, counts } = countUnits(large, encoder, sums.patchSize, sums.goal);
  assert.ok(rows * cols <= 1700, `${rows} x ${cols}`);
  assert.ok(counts.every((count) => count === 1)); // it is black: its error is 0 at once, but a unit is the least
});

const recording = oracle("recording");

test("every point of a recording has the latest filters that were kept, and its time", () => {
  const size = 4;
  const filters = new Uint8Array(recording.framesAt.length * size);
  const frames = recordedFrames(recording, filters);
  const latest = frames.map((frame) => (frame.filters?.byteOffset ?? Number.NaN) / size);
  assert.deepEqual(latest, recording.latestFrame);
  assert.ok(frames.every((frame) => frame.filters?.length === size));
  assert.deepEqual(
    frames.map(({ error }) => error),
    recording.errors,
  );
  assert.equal(frames[0].seconds, 0);
  assert.equal(frames[frames.length - 1].seconds, recording.seconds);
});

test("filters become bytes by their own smallest and largest weight", () => {
  const bytes = filterBytes(Float32Array.from(recording.weights), recording.inputs);
  assert.ok(farthest(bytes, recording.filterBytes) <= 1);
});

test("where one rule is clearly better than another", () => {
  const { progressive, paper, progressiveBetter, paperBetter } = oracle("comparison");
  assert.deepEqual(rangesWhereBetter(progressive, paper), progressiveBetter);
  assert.deepEqual(rangesWhereBetter(paper, progressive), paperBetter);
});

test("a verdict says so in words", () => {
  assert.equal(rangesInWords([], 5), "at no number of units");
  assert.equal(rangesInWords([[1, 5]], 5), "at every number of units");
  assert.equal(
    rangesInWords(
      [
        [1, 1],
        [3, 4],
        [6, 9],
      ],
      9,
    ),
    "with 1 unit and with 3 to 4 units and from 6\u00a0units on",
  );
  assert.equal(
    verdict([1, 1, 3], [4, 4, 4], [2, 2, 2]),
    "Progressive beats PCA with 1 to 2 units; PCA wins from 3\u00a0units on, " +
      "and PCA beats the paper’s rule at every number of units.",
  );
});

/**
 * @param {string} key
 * @param {string} code
 * @param {boolean} [shiftKey]
 */
const pressed = (key, code, shiftKey = false) => keyOf({ key, code, shiftKey });

test("a key is what it is labelled, where that is a Latin letter or a name", () => {
  assert.equal(pressed("m", "Semicolon"), "m"); // French
  assert.equal(pressed(",", "KeyM"), ","); // French
  assert.equal(pressed("M", "Semicolon", true), "m");
  assert.equal(pressed("?", "KeyM", true), "?"); // French
  assert.equal(pressed("r", "KeyO"), "r"); // Dvorak
  assert.equal(pressed("è", "KeyT"), "è"); // BÉPO
  assert.equal(pressed("ArrowRight", "ArrowRight"), "ArrowRight");
  assert.equal(pressed("Enter", "NumpadEnter"), "Enter");
  assert.equal(pressed(" ", "Space"), " ");
  assert.equal(pressed("Dead", "BracketLeft"), "Dead");
});

test("a letter of another script is the key at its place", () => {
  const layouts = { russian: "аиькыею", greek: "φβμρστ.", hebrew: "כנצרדאץ" };
  const codes = ["KeyF", "KeyB", "KeyM", "KeyR", "KeyS", "KeyT", "Period"];
  for (const [name, letters] of Object.entries(layouts)) {
    assert.deepEqual(
      codes.map((code, i) => pressed(letters[i], code)),
      ["f", "b", "m", "r", "s", "t", "."],
      name,
    );
  }
  assert.equal(pressed("А", "KeyF", true), "f");
  assert.equal(pressed("े", "KeyS"), "s"); // Devanagari: a vowel sign alone
  assert.equal(pressed("Process", "KeyB"), "b"); // taken by an input method
  assert.equal(pressed("ж", "Semicolon"), "ж");
});

test("the upper row is digits, also where they need shift", () => {
  const french = ["à", "&", "é", '"', "'", "(", "-", "è", "_", "ç"];
  french.forEach((key, digit) => {
    assert.equal(pressed(key, `Digit${digit}`), String(digit));
    assert.equal(pressed(String(digit), `Digit${digit}`, true), String(digit));
  });
  assert.equal(pressed("٣", "Digit3"), "3"); // Arabic
  assert.equal(pressed("?", "Digit7", true), "?"); // Russian
  assert.equal(pressed("!", "Digit1", true), "!");
  assert.equal(pressed("4", "Numpad4"), "4");
});

test("the rows of the list of beats", () => {
  const rows = rowsOf(
    ["a", "b", "c", "d"],
    [
      ["c", "mine", "to myself"],
      ["a", "", ""],
    ],
  );
  assert.deepEqual(
    rows.map(({ name, within }) => name + (within ? "+" : "-")),
    ["c+", "a+", "b-", "d-"],
  );
  assert.deepEqual(beatsOf(moved(rows, 0, 1)), [
    ["a", "", ""],
    ["c", "mine", "to myself"],
  ]);
  assert.deepEqual(
    moved(rows, 3, 0).map(({ name }) => name),
    ["d", "c", "a", "b"],
  );
});

test("a rehearsal says what to mend", () => {
  const row = { title: "Ranks", drawn: 20, motion: { middle: 16, slow: 30 }, training: null };
  assert.deepEqual(adviceOn([row], 1920, 1080), []);
  assert.ok(isGood(row));
  const bad = [
    { ...row, drawn: 501 },
    { ...row, motion: { middle: 16, slow: 40 } },
    { ...row, training: { first: 5000, isLive: false, why: "the server does not answer" } },
  ];
  for (const one of bad) {
    assert.equal(isGood(one), false);
    assert.equal(adviceOn([one], 1920, 1080).length, 1);
  }
  assert.match(adviceOn([bad[2]], 1920, 1080)[0], /from the recording: the server does not answer\./);
  assert.match(adviceOn([row], 1000, 700)[0], /only 1000 × 700 pixels/);
  const late = { ...row, training: { first: 1500, isLive: true, why: "" } };
  assert.match(adviceOn([late], 1920, 1080)[0], /began to change 1\.5 s after/);
});
