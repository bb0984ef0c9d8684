// How a component is mounted, updated and unmounted. Streamlit calls a component's function for the first time and
// whenever its data have changed, and calls what it returned when the component leaves the page.

import { publish, retract, subscribe } from "./events.js";

/** @import { Messages, States } from "./events.js" */

/**
 * What Streamlit calls a component's function with.
 * @template Data
 * @typedef {object} ComponentArgument
 * @property {Data} data as Python gave them; bytes are a Uint8Array
 * @property {HTMLElement | ShadowRoot} parentElement holds the component's HTML; the same one as long as it is mounted
 * @property {(name: string, value: unknown) => void} [setStateValue] a value that lasts until it is set again; a page
 *   without a server has no such function
 * @property {(name: string, value: unknown) => void} [setTriggerValue] a value for one script run: a click; the same
 */

/** What a component needs of its place on the page, until it is unmounted. */
export class Mount {
  /** @type {(() => void)[]} */
  #cleanups = [];
  /** @type {Map<keyof States, States[keyof States]>} */
  #published = new Map();

  /** @param {ComponentArgument<unknown>} argument of the latest call */
  constructor(argument) {
    this.argument = argument;
    /** How often Streamlit has called the component's function. */
    this.calls = 0;
  }

  /**
   * An element by the name in its `data-part`.
   * @template {Element} E
   * @param {string} name
   * @param {new () => E} kind
   * @returns {E}
   * @throws {TypeError} there is none of this kind
   */
  part(name, kind) {
    const element = this.argument.parentElement.querySelector(`[data-part="${name}"]`);
    if (!(element instanceof kind)) throw new TypeError(`No ${kind.name} has data-part="${name}".`);
    return element;
  }

  /**
   * A click or another single event, for the Python callback `on_<name>_change`. No-op where there is no server.
   * @param {string} name
   * @param {unknown} value
   */
  trigger(name, value) {
    this.argument.setTriggerValue?.(name, value);
  }

  /**
   * A value that the server keeps, for the Python callback `on_<name>_change`. No-op where there is no server.
   * @param {string} name
   * @param {unknown} value
   */
  setState(name, value) {
    this.argument.setStateValue?.(name, value);
  }

  /**
   * Publish a state that is retracted when the component is unmounted.
   * @template {keyof States} E
   * @param {E} event
   * @param {States[E]} state
   */
  publish(event, state) {
    this.#published.set(event, state);
    publish(event, state);
  }

  /**
   * @template {keyof Messages} E
   * @param {E} event
   * @param {(payload: Messages[E]) => void} handler
   */
  subscribe(event, handler) {
    this.onUnmount(subscribe(event, handler));
  }

  /**
   * @param {Element} element
   * @param {() => void} handler called when its size has changed, and once at first
   */
  onResize(element, handler) {
    const observer = new ResizeObserver(handler);
    observer.observe(element);
    this.onUnmount(() => observer.disconnect());
  }

  /** @param {() => void} cleanup */
  onUnmount(cleanup) {
    this.#cleanups.push(cleanup);
  }

  unmount() {
    for (const cleanup of this.#cleanups) cleanup();
    for (const [event, state] of this.#published) retract(event, state);
  }
}

/**
 * The function that a component's module exports by default.
 *
 * @template Instance, [Data=unknown]
 * @param {(mount: Mount) => Instance} create called once for each place on the page: finds parts, assigns handlers,
 *   subscribes
 * @param {(instance: Instance, data: Data) => void} [update] called after `create` and whenever the data have changed
 * @returns {(argument: ComponentArgument<Data>) => () => void}
 */
export function component(create, update) {
  /** @type {WeakMap<Node, { mount: Mount, instance: Instance }>} */
  const mounted = new WeakMap();
  return (argument) => {
    const { parentElement } = argument;
    const before = mounted.get(parentElement);
    const mount = before?.mount ?? new Mount(argument);
    mount.argument = argument;
    const instance = before ? before.instance : create(mount);
    mounted.set(parentElement, { mount, instance });
    update?.(instance, argument.data);
    mount.calls += 1;
    const call = mount.calls;
    return () => {
      // Streamlit also cleans up a call that was overtaken by another one while the module was loading.
      if (call !== mount.calls || mounted.get(parentElement)?.mount !== mount) return;
      mounted.delete(parentElement);
      mount.unmount();
    };
  };
}
