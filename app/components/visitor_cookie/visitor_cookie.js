import { component } from "../shared/mount.js";
import { unpack } from "../shared/payload.js";

const YEAR = 365 * 24 * 60 * 60; // s

/** @param {{ name: string, number: string }} cookie */
function keep({ name, number }) {
  const secure = window.location.protocol === "https:" ? "; secure" : "";
  // biome-ignore lint/suspicious/noDocumentCookie: not every browser has the Cookie Store API
  document.cookie = `${name}=${number}; path=/; max-age=${YEAR}; samesite=lax${secure}`;
}

export default component(
  () => keep,
  (write, /** @type {Uint8Array} */ bytes) => write(unpack(bytes)),
);
