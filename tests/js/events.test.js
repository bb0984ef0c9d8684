import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { beforeEach, test } from "node:test";
import { publish, request, retract, subscribe } from "../../app/components/shared/events.js";
import { PageEvent } from "./page_event.js";

const COMPONENTS = new URL("../../app/components/", import.meta.url);

beforeEach(() => {
  Object.assign(globalThis, { window: new EventTarget(), CustomEvent: PageEvent });
});

/** @returns {{ heard: number[], hear: (state: { rank: number }) => void }} */
function listener() {
  /** @type {number[]} */
  const heard = [];
  return { heard, hear: ({ rank }) => heard.push(rank) };
}

/** @param {number} rank */
const rankState = (rank) => ({ rank, unit: 0, active: true });

test("a state reaches subscribers at once, and later ones when they subscribe", () => {
  const [early, late] = [listener(), listener()];
  subscribe("rank", early.hear);
  publish("rank", rankState(3));
  publish("rank", rankState(4));
  subscribe("rank", late.hear);
  assert.deepEqual(early.heard, [3, 4]);
  assert.deepEqual(late.heard, [4]);
});

test("a subscription can be ended", () => {
  const { heard, hear } = listener();
  const end = subscribe("rank", hear);
  end();
  publish("rank", rankState(3));
  assert.deepEqual(heard, []);
});

test("a retracted state reaches nobody who comes later; a newer one of somebody else's stays", () => {
  const [first, second] = [rankState(1), rankState(2)];
  publish("rank", first);
  publish("rank", second);
  retract("rank", first);
  const stays = listener();
  subscribe("rank", stays.hear);
  assert.deepEqual(stays.heard, [2]);
  retract("rank", second);
  const gone = listener();
  subscribe("rank", gone.hear);
  assert.deepEqual(gone.heard, []);
});

test("a request reaches only who is subscribed", () => {
  const [early, late] = [listener(), listener()];
  subscribe("go-to-rank", early.hear);
  request("go-to-rank", { rank: 7 });
  subscribe("go-to-rank", late.hear);
  assert.deepEqual(early.heard, [7]);
  assert.deepEqual(late.heard, []);
});

test("the list of events names who publishes, requests and subscribes, and nobody else does", () => {
  const listed = new Map();
  const text = readFileSync(new URL("shared/events.js", COMPONENTS), "utf8");
  for (const [, event, from, to] of text.matchAll(/^\/\/ ([a-z-]+) {2,}([a-z_/, ]+?) +> ([a-z_, ]+)$/gm)) {
    listed.set(event, { from: from.split(", ").sort(), to: to.split(", ").sort() });
  }
  assert.ok(listed.size > 10);
  assert.deepEqual(foundInSources(), new Map([...listed].sort()));
});

/** Who calls publish() or request(), and subscribe(), for each event. */
function foundInSources() {
  /** @type {Map<string, { from: Set<string>, to: Set<string> }>} */
  const found = new Map();
  for (const folder of readdirSync(COMPONENTS, { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  )) {
    const files = new URL(`${folder.name}/`, COMPONENTS);
    for (const file of readdirSync(files).filter((name) => name.endsWith(".js"))) {
      const who = folder.name === "shared" ? `shared/${file.slice(0, -3)}` : folder.name;
      const source = readFileSync(new URL(file, files), "utf8");
      for (const [, call, event] of source.matchAll(/\b(publish|request|subscribe)\(\s*"([a-z-]+)"/g)) {
        const entry = found.get(event) ?? { from: new Set(), to: new Set() };
        found.set(event, entry);
        (call === "subscribe" ? entry.to : entry.from).add(who);
      }
    }
  }
  const sorted = [...found].sort().map(([event, { from, to }]) => {
    return /** @type {const} */ ([event, { from: [...from].sort(), to: [...to].sort() }]);
  });
  return new Map(sorted);
}
