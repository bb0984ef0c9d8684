// Publishes a picture to the page's image player. It is a component of its own because a component's data are sent
// whole: a large picture shall not be sent again whenever a number beside it changes.

import { component } from "../shared/mount.js";
import { unpack } from "../shared/payload.js";

/** @import { PictureState } from "../shared/events.js" */
/** @import { Mount } from "../shared/mount.js" */

/** @typedef {PictureState & { version: string }} Payload `version` is another one when anything else is */

class PictureSource {
  #mount;
  #version = "";

  /** @param {Mount} mount */
  constructor(mount) {
    this.#mount = mount;
  }

  /** @param {Payload} payload */
  update({ version, ...picture }) {
    if (version === this.#version) return;
    this.#version = version;
    this.#mount.publish("picture", picture);
  }
}

export default component(
  (mount) => new PictureSource(mount),
  (source, /** @type {Uint8Array} */ bytes) => source.update(unpack(bytes)),
);
