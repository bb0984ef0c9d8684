// A pasted or dropped picture is put into the page's file uploader, and so takes the same way as a chosen file.

import { component } from "../shared/mount.js";

/** @import { Mount } from "../shared/mount.js" */

const UPLOADER = "[data-testid=stFileUploader]";
const WITHOUT_TEXT = new Set([
  "button",
  "checkbox",
  "color",
  "file",
  "image",
  "radio",
  "range",
  "reset",
  "submit",
]);

class PictureCatcher {
  #root;

  /** @param {Mount} mount */
  constructor(mount) {
    this.#root = mount.part("root", HTMLElement);
    this.#listen(mount, "paste", catchPaste);
    this.#listen(mount, "dragover", (event) => this.#showDrag(event));
    this.#listen(mount, "dragleave", () => this.#endDrag());
    this.#listen(mount, "drop", (event) => this.#catchDrop(event));
    this.#root.dataset.listens = "";
    findCamera(mount);
  }

  /**
   * @template {keyof DocumentEventMap} E
   * @param {Mount} mount
   * @param {E} name
   * @param {(event: DocumentEventMap[E]) => void} handler of the event anywhere on the page
   */
  #listen(mount, name, handler) {
    document.addEventListener(name, handler);
    mount.onUnmount(() => document.removeEventListener(name, handler));
  }

  /** @param {DragEvent} event */
  #showDrag(event) {
    if (!isFile(event) || inUploader(event)) return;
    event.preventDefault();
    this.#root.classList.add("over");
  }

  #endDrag() {
    this.#root.classList.remove("over");
  }

  /** @param {DragEvent} event */
  #catchDrop(event) {
    this.#endDrag();
    if (!isFile(event) || inUploader(event)) return;
    event.preventDefault(); // else the browser leaves the page to show the picture
    const file = pictureIn(event.dataTransfer) ?? event.dataTransfer?.files[0];
    if (file) upload(file);
  }
}

/**
 * Let the server know of a camera, so that the page offers to take a photograph.
 * @param {Mount} mount
 */
async function findCamera(mount) {
  const devices = await navigator.mediaDevices?.enumerateDevices(); // there are none without TLS
  if (devices?.some(({ kind }) => kind === "videoinput")) mount.setState("camera", true);
}

/** @param {File} file */
function upload(file) {
  /** @type {HTMLInputElement | null} */
  const input = document.querySelector(`${UPLOADER} input[type=file]`);
  if (!input) return;
  const files = new DataTransfer();
  files.items.add(file);
  input.files = files.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

/** @param {DataTransfer | null} transfer */
function pictureIn(transfer) {
  return [...(transfer?.files ?? [])].find((file) => file.type.startsWith("image/"));
}

/** @param {DragEvent} event */
function isFile(event) {
  return [...(event.dataTransfer?.types ?? [])].includes("Files");
}

/** @param {DragEvent} event */
function inUploader(event) {
  return event.target instanceof Element && event.target.closest(UPLOADER) !== null;
}

/** @param {ClipboardEvent} event */
function catchPaste(event) {
  const file = pictureIn(event.clipboardData);
  if (!file || pastesText(event)) return;
  event.preventDefault();
  const ending = file.type.slice("image/".length);
  // A picture from the clipboard has no name of its own.
  const name = file.name && file.name !== `image.${ending}` ? file.name : `pasted.${ending}`;
  upload(new File([file], name, { type: file.type }));
}

/**
 * Whether the browser puts text from the clipboard into a field: a table or a text copied from an office program
 * carries a picture of itself.
 * @param {ClipboardEvent} event
 */
function pastesText(event) {
  if (!event.clipboardData?.types.includes("text/plain")) return false;
  const [target] = event.composedPath(); // event.target is a component, not the field in it
  if (target instanceof HTMLInputElement) return !WITHOUT_TEXT.has(target.type);
  return target instanceof HTMLTextAreaElement || (target instanceof HTMLElement && target.isContentEditable);
}

export default component((mount) => new PictureCatcher(mount));
