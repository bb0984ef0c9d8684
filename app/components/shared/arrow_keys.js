// Many buttons as one stop of the tab key.

/**
 * Let arrow keys walk the elements with `data-stop` in a group.
 * @param {HTMLElement | SVGElement} group
 * @param {() => number} columns how many stand in a row
 * @returns {() => void} to be called when the buttons have changed
 */
export function walkByArrows(group, columns) {
  const stops = () => {
    const all = /** @type {NodeListOf<HTMLButtonElement>} */ (group.querySelectorAll("[data-stop]"));
    return [...all].filter((stop) => !stop.disabled);
  };
  /** @param {EventTarget | undefined | null} chosen */
  const settle = (chosen) => {
    for (const stop of stops()) stop.setAttribute("tabindex", stop === chosen ? "0" : "-1");
  };
  group.addEventListener("focusin", (event) => {
    if (/** @type {Element} */ (event.target).closest("[data-stop]")) settle(event.target);
  });
  group.addEventListener("keydown", (pressed) => {
    const event = /** @type {KeyboardEvent} */ (pressed);
    const all = stops();
    const here = all.indexOf(/** @type {HTMLButtonElement} */ (event.target));
    /** @type {Record<string, number>} */
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns(), ArrowDown: columns() };
    /** @type {Record<string, number>} */
    const ends = { Home: 0, End: all.length - 1 };
    const goal = ends[event.key] ?? here + (steps[event.key] ?? Number.NaN);
    if (here < 0 || !(goal >= 0 && goal < all.length) || event.ctrlKey || event.metaKey || event.altKey)
      return;
    event.preventDefault();
    event.stopPropagation();
    all[goal]?.focus();
  });
  return () => {
    const all = stops();
    settle(all.find((stop) => stop.getAttribute("tabindex") === "0") ?? all[0]);
  };
}
