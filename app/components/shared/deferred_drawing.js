// Drawing later: when the browser is idle, or when the element can be seen. Of several drawings that were requested
// meanwhile only the latest is made.

/** @type {WeakMap<object, () => void>} */
const waitingDrawings = new WeakMap();

/** @param {() => void} draw */
function onceIdle(draw) {
  if (window.requestIdleCallback) window.requestIdleCallback(draw, { timeout: 150 });
  else setTimeout(draw, 1); // Safari has none
}

/**
 * Draw when the browser has a moment: what the eye rests on goes first.
 * @param {object} owner of the drawing: a newer drawing of the same owner replaces this one
 * @param {() => void} draw
 */
export function whenIdle(owner, draw) {
  if (!waitingDrawings.has(owner)) {
    onceIdle(() => {
      const latest = waitingDrawings.get(owner);
      waitingDrawings.delete(owner);
      latest?.();
    });
  }
  waitingDrawings.set(owner, draw);
}

/**
 * Draw an element only while it can be seen: what is hidden or scrolled away costs nothing.
 * @param {Element} element
 */
export function whileSeen(element) {
  let seen = false;
  /** @type {(() => void) | null} */
  let pending = null;
  const observer = new IntersectionObserver((entries) => {
    seen = Boolean(entries.at(-1)?.isIntersecting);
    if (!seen || !pending) return;
    const draw = pending;
    pending = null;
    draw();
  });
  observer.observe(element);
  return {
    /** @param {() => void} draw */
    draw: (draw) => {
      if (seen) draw();
      else pending = draw;
    },
    leave: () => observer.disconnect(),
  };
}
