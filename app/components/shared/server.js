// Requests to the app's own HTTP API.

import { unpack } from "./payload.js";

/**
 * Request something of a run.
 * @template T
 * @param {string} run
 * @param {"feed" | "snapshots"} what
 * @param {Record<string, string | number>} query
 * @returns {Promise<{ content: T, size: number } | null>} what Python packed and how many bytes it has; null if there
 *   is no such run
 * @throws {Error} the server does not answer, or with an error
 */
export async function fetchOfRun(run, what, query) {
  const address = new URL(`runs/${encodeURIComponent(run)}/${what}`, document.baseURI);
  for (const [name, value] of Object.entries(query)) address.searchParams.set(name, String(value));
  const answer = await fetch(address);
  if (answer.status === 404) return null;
  if (!answer.ok) throw new Error(`The server answered with status ${answer.status}.`);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  return { content: unpack(bytes), size: bytes.length };
}
