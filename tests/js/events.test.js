import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { beforeEach, test } from "node:test";
import { publish, request, retract, subscribe } from "../../app/components/shared/events.js";
import { PageEvent } from "./page_event.js";

const COMPONENTS = new URL("../../app/components/", import.meta.url);

beforeEach(() => {
  Object.assign(globalThis, { window: new EventTarget(), CustomEvent: PageEvent });
});

/** @returns {{ received: number[], receive: (state: { rank: number }) => void }} */
function subscriber() {
  /** @type {number[]} */
  const received = [];
  return { received, receive: ({ rank }) => received.push(rank) };
}

/** @param {number} rank */
const rankState = (rank) => ({ rank, unit: 0, active: true });

test("a state reaches subscribers at once, and later ones when they subscribe", () => {
  const [early, late] = [subscriber(), subscriber()];
  subscribe("rank", early.receive);
  publish("rank", rankState(3));
  publish("rank", rankState(4));
  subscribe("rank", late.receive);
  assert.deepEqual(early.received, [3, 4]);
  assert.deepEqual(late.received, [4]);
});

test("a subscription can be ended", () => {
  const { received, receive } = subscriber();
  const end = subscribe("rank", receive);
  end();
  publish("rank", rankState(3));
  assert.deepEqual(received, []);
});

test("a retracted state reaches nobody who comes later; a newer one of somebody else's stays", () => {
  const [first, second] = [rankState(1), rankState(2)];
  publish("rank", first);
  publish("rank", second);
  retract("rank", first);
  const stays = subscriber();
  subscribe("rank", stays.receive);
  assert.deepEqual(stays.received, [2]);
  retract("rank", second);
  const gone = subscriber();
  subscribe("rank", gone.receive);
  assert.deepEqual(gone.received, []);
});

test("a request reaches only who is subscribed", () => {
  const [early, late] = [subscriber(), subscriber()];
  subscribe("go-to-rank", early.receive);
  request("go-to-rank", { rank: 7 });
  subscribe("go-to-rank", late.receive);
  assert.deepEqual(early.received, [7]);
  assert.deepEqual(late.received, []);
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
