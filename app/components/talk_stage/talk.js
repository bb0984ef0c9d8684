// What all beats of a talk draw from. Without a DOM.

import { clamp } from "../shared/clamp.js";
import { cutPatch, errorsByRank } from "../shared/code.js";
import { encoderOf } from "../shared/encoder.js";
import { filterBytes } from "./filter_bytes.js";
import { encodeTiles } from "./picture_sums.js";

/** @import { Code, Encoded } from "../shared/code.js" */
/** @import { Coder, Encoder } from "../shared/encoder.js" */
/** @import { Picture, Tile } from "./picture_sums.js" */
/** @import { Recording } from "./recording.js" */

/**
 * As `talk_payload` in app/talk/payload.py packs it. Errors are means over test patches.
 * @typedef {object} Payload
 * @property {boolean} isFile whether the page is a file, without a server and without a backstage
 * @property {string} model name of the chosen model
 * @property {string} modelLabel
 * @property {number} patchSize of the chosen model
 * @property {Coder} coder how its units are chosen
 * @property {number} height of the picture
 * @property {number} width
 * @property {number} row of the patch's upper left pixel
 * @property {number} col
 * @property {{ beat: string, sentence: string, note: string }[]} beats in order, with the speaker's own words
 * @property {Record<string, string>} titles of all beats
 * @property {number} recordedPatchSize of the models in the beats on training, rules and PCA
 * @property {number} recordedUnits
 * @property {Recording} recorded
 * @property {{ patches: number[], testError: number[] }} author the author's own run
 * @property {number} authorError its error at the end
 * @property {number} patchesPaper patches that our model by the paper's rule has learned from
 * @property {Uint8Array} picture (height, width, 3), flat
 * @property {Float32Array} weights (units, inputs), flat, of the chosen model
 * @property {Float32Array} meanError (units,) by rank
 * @property {Float32Array} meanActivation (units,)
 * @property {Float32Array} weightsPaper of the bundled models
 * @property {Float32Array} weightsProgressive
 * @property {Float32Array} errorPaper
 * @property {Float32Array} errorProgressive
 * @property {Float32Array} pcaFirst (components,) by number of components
 * @property {Float32Array} pcaLargest
 * @property {Float32Array} authorByRank
 * @property {Uint8Array} recordedFilters (frames, units, inputs), flat
 *
 * @typedef {object} Model
 * @property {string} name
 * @property {string} label
 * @property {Float32Array} weights
 * @property {number} patchSize
 * @property {Encoder} encoder
 * @property {Float32Array} meanError
 */

export class Talk {
  /** @type {Map<Float32Array, Uint8ClampedArray>} by weights */
  #filters = new Map();
  /** @type {Map<string, Tile[]>} by name of a model */
  #tiles = new Map();

  /**
   * @param {Payload} payload
   * @param {number} rank to begin with
   */
  constructor(payload, rank) {
    this.payload = payload;
    const { weights, patchSize, meanError, picture, width, height } = payload;
    const encoder = encoderOf(weights, 3 * patchSize ** 2, payload.coder);
    /** @type {Model} */
    this.model = { name: payload.model, label: payload.modelLabel, weights, patchSize, encoder, meanError };
    this.models = bundledModels(payload);
    /** @type {Picture} */
    this.picture = { pixels: picture, width, height };
    this.patch = cutPatch(picture, width, payload.row, payload.col, patchSize);
    /** @type {Encoded & Code} */
    this.code = { patch: this.patch, weights: encoder.weights, ...encoder.encode(this.patch) };
    this.errors = errorsByRank(this.code, new Set());
    /** How many ranks the patch has to show. */
    this.ranks = Math.max(1, this.code.active);
    this.rank = this.limited(rank);
  }

  /**
   * @param {number} rank
   * @returns {number} a rank that the patch has
   */
  limited(rank) {
    return clamp(Math.round(rank), 1, this.ranks);
  }

  /**
   * @param {Model} model
   * @returns {Uint8ClampedArray} (units, inputs), flat
   */
  filters({ weights, patchSize }) {
    const bytes = this.#filters.get(weights) ?? filterBytes(weights, 3 * patchSize ** 2);
    this.#filters.set(weights, bytes);
    return bytes;
  }

  /**
   * @param {Model} model
   * @returns {Tile[]} of the whole picture
   */
  tiles({ name, encoder, patchSize }) {
    const tiles = this.#tiles.get(name) ?? encodeTiles(this.picture, encoder, patchSize);
    this.#tiles.set(name, tiles);
    return tiles;
  }
}

/**
 * @param {Payload} payload
 * @returns {{ paper: Model, progressive: Model }}
 */
function bundledModels({ recordedPatchSize: patchSize, ...payload }) {
  /** @param {Float32Array} weights */
  const common = (weights) => ({
    weights,
    patchSize,
    encoder: encoderOf(weights, 3 * patchSize ** 2, "rank-order"),
  });
  return {
    paper: {
      name: "rank-order",
      label: "Paper’s rule",
      ...common(payload.weightsPaper),
      meanError: payload.errorPaper,
    },
    progressive: {
      name: "progressive",
      label: "Progressive rule",
      ...common(payload.weightsProgressive),
      meanError: payload.errorProgressive,
    },
  };
}
