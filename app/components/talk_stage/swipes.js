// A finger that sweeps over the stage turns the page, as in other slide programs; backstage it scrolls.

const LEAST = 50; // px
const TAKES_SWEEPS = "input, .sheet"; // sliders, and what scrolls

/**
 * @param {HTMLElement} stage
 * @param {(step: number) => void} turn called with 1 for the next beat, -1 for the one before
 * @returns {() => void} ends it
 */
export function listenToSwipes(stage, turn) {
  /** @type {{ x: number, y: number, pointer: number } | null} */
  let began = null;
  const end = () => {
    began = null;
  };
  /** @param {PointerEvent} event */
  const press = (event) => {
    const { pointerType, isPrimary, target, clientX: x, clientY: y, pointerId: pointer } = event;
    const isOurs =
      stage.classList.contains("on-stage") &&
      pointerType === "touch" &&
      isPrimary &&
      !(/** @type {Element} */ (target).closest(TAKES_SWEEPS));
    began = isOurs ? { x, y, pointer } : null;
  };
  /** @param {PointerEvent} event */
  const lift = ({ clientX, clientY, pointerId }) => {
    if (!began || began.pointer !== pointerId) return;
    const [across, down] = [clientX - began.x, clientY - began.y];
    end();
    if (Math.abs(across) >= LEAST && Math.abs(across) > 2 * Math.abs(down)) turn(across < 0 ? 1 : -1);
  };
  // A browser that took the sweep for the begin of a scroll would take the next tap for its end.
  /** @param {TouchEvent} event */
  const hold = (event) => {
    if (began && event.touches.length === 1) event.preventDefault();
  };
  stage.addEventListener("touchmove", hold, { passive: false });
  stage.addEventListener("pointerdown", press);
  stage.addEventListener("pointerup", lift);
  stage.addEventListener("pointercancel", end);
  return () => {
    stage.removeEventListener("touchmove", hold);
    stage.removeEventListener("pointerdown", press);
    stage.removeEventListener("pointerup", lift);
    stage.removeEventListener("pointercancel", end);
  };
}
