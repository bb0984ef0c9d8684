import { replaceLink } from "../shared/link.js";
import { component } from "../shared/mount.js";
import { unpack } from "../shared/payload.js";

/** @param {{ parameters: Record<string, string> | null }} address */
function write({ parameters }) {
  if (parameters) replaceLink(parameters);
}

export default component(
  () => write,
  (complete, /** @type {Uint8Array} */ bytes) => complete(unpack(bytes)),
);
