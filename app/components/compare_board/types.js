// What the server sends to the board, as types alone.

/**
 * @typedef {object} Side
 * @property {string} name
 * @property {string} label
 * @property {string} units what its components are called
 * @property {number} components how many it has
 * @property {number} patchSize
 * @property {string} protocol
 * @property {(number | null)[]} needed components for each error asked for
 * @property {number} sum of the mean error over all ranks
 * @property {number} l0
 * @property {{ patches: number | null, seconds: number | null, multiplications: number }} cost
 * @property {(number | null)[]} psnr at each of the picture's ranks; null without error
 *
 * @typedef {object} Pairs
 * @property {number} side the first side's partner
 * @property {number[]} first
 * @property {number[]} second
 * @property {number[]} likeness
 * @property {number} mean
 * @property {number} pairs
 *
 * @typedef {object} Header
 * @property {string[]} verdict
 * @property {string[]} warnings
 * @property {string} note why curves end early; empty if they do not
 * @property {number} ranks
 * @property {number | null} rank where to start
 * @property {number[]} pictureRanks
 * @property {number} height
 * @property {number} width
 * @property {number[]} asked
 * @property {number} patches
 * @property {Side[]} sides
 * @property {Pairs[]} pairs
 * @property {Uint8Array} original
 *
 * Arrays of each side end in its number.
 * @typedef {Header & { [array: `${"mean" | "low" | "high" | "fvu" | "active" | "errors"}${number}`]: Float32Array }
 *   & { [array: `${"patch" | "sums" | "pictures" | "firstOfPair" | "secondOfPair"}${number}`]: Uint8Array }} Payload
 */

export {};
