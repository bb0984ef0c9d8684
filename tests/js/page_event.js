/** A CustomEvent for Node 18, which has none. */
export class PageEvent extends Event {
  /**
   * @param {string} name
   * @param {{ detail: unknown }} options
   */
  constructor(name, { detail }) {
    super(name);
    this.detail = detail;
  }
}
