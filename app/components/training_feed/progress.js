// How far a training is, in words and numbers. Without a DOM.

/** @import { FeedAnswer } from "../shared/training.js" */

/** @type {Record<string, (answer: FeedAnswer) => string>} */
const SENTENCES = {
  waiting: ({ place }) => `Waits for its turn: number ${place} in line.`,
  loading: ({ loaded }) =>
    loaded?.[1]
      ? `Downloading: ${megabytes(loaded[0])} of ${megabytes(loaded[1])} MB.`
      : "Loading the pictures.",
  running: ({ speed }) => (speed ? `Slow motion: ${speed} updates a second.` : ""),
  paused: () => "Held; Step makes one update.",
  finished: () => "The model is kept and ready on every page.",
  stopped: () => "What it had learned is kept, and it can be resumed below.",
  interrupted: () => "Its server ended; it can be resumed below.",
  failed: ({ message }) => message,
};

/** @param {number} bytes */
const megabytes = (bytes) => (bytes / 1e6).toFixed(0);

/**
 * @param {FeedAnswer} answer
 * @returns {string} what its state means; "" if there is nothing to say
 */
export function stateInWords(answer) {
  return SENTENCES[answer.state]?.(answer) ?? "";
}

/**
 * @param {FeedAnswer} answer
 * @returns {number} the share, 0 to 1, of the download or of the training that is done
 */
export function shareDone({ state, loaded, patches, patchesSeen }) {
  return state === "loading" && loaded?.[1] ? loaded[0] / loaded[1] : patchesSeen / patches;
}

/**
 * @param {FeedAnswer} answer
 * @returns {string} how long the rest takes at the present speed, rounded up
 */
export function timeLeft({ state, patches, patchesSeen, patchesPerSecond, speed, batch }) {
  const perSecond = speed ? speed * batch : patchesPerSecond;
  if (state !== "running" || !perSecond) return "–";
  const seconds = Math.ceil((patches - patchesSeen) / perSecond);
  if (seconds < 100) return `${seconds} s`;
  return seconds < 6000 ? `${Math.ceil(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}
