// The code of a whole picture, gathered block by block.

import { deepestOf, withSums } from "./sums.js";
import { tilingOf } from "./tiling.js";

/** @import { PictureState } from "../shared/events.js" */
/** @import { SummedBlock } from "./sums.js" */
/** @import { Block } from "./tiles.js" */

export class PictureCode {
  /** @type {SummedBlock[]} in order of the picture */
  blocks = [];
  /** Of how many tiles the code is known. */
  tilesDone = 0;
  /** The most active units that a tile has. */
  deepest = 0;
  /** Whether `squared` is right; where tiles overlap that is not so until `setSquared`. */
  qualityKnown = false;

  /** @param {PictureState} picture */
  constructor(picture) {
    this.picture = picture;
    this.tiling = tilingOf(picture);
    this.units = picture.weights.length / (3 * picture.patchSize ** 2);
    /**
     * (units + 1,): squared error of the picture at each rank from 0.
     * @type {Float64Array}
     */
    this.squared = new Float64Array(this.units + 1);
    /** (units + 1,): how many tiles have so many active units. */
    this.activeAt = new Float64Array(this.units + 1);
  }

  get done() {
    return this.tilesDone === this.tiling.count;
  }

  /** @param {Block} encoded */
  add(encoded) {
    const block = withSums(encoded, this.tiling, this.picture.patchSize);
    this.blocks.push(block);
    this.blocks.sort((a, b) => a.first - b.first);
    this.tilesDone += block.tiles;
    this.deepest = Math.max(this.deepest, deepestOf(block));
    for (let k = 0; k <= this.units; k++) {
      this.squared[k] += block.squared[k];
      this.activeAt[k] += block.activeAt[k];
    }
    this.qualityKnown = this.done && !this.tiling.overlapping;
  }

  /** @param {Float64Array} squared (units + 1,), of a picture whose tiles overlap */
  setSquared(squared) {
    this.squared = squared;
    this.qualityKnown = true;
  }
}

/**
 * How many units bring each tile's error to a bound or under it.
 * @param {PictureCode} code
 * @param {number} bound L2 norm of the residual
 * @returns {Int16Array} (tiles,); -1 where all units are not enough
 */
export function unitsNeeded({ blocks, tiling }, bound) {
  const needed = new Int16Array(tiling.count);
  for (const { first, tiles, starts, errors } of blocks) {
    for (let i = 0; i < tiles; i++) {
      const active = starts[i + 1] - starts[i];
      let k = 0;
      while (k <= active && errors[starts[i] + i + k] > bound) k += 1;
      needed[first + i] = k <= active ? k : -1;
    }
  }
  return needed;
}

/**
 * @param {PictureCode} code
 * @param {number} unit
 * @returns {Uint16Array} (tiles,) the rank at which the unit fires, 0 where it is silent
 */
export function ranksOfUnit({ blocks, tiling }, unit) {
  const ranks = new Uint16Array(tiling.count);
  for (const { first, tiles, starts, units } of blocks) {
    for (let i = 0; i < tiles; i++) {
      for (let at = starts[i]; at < starts[i + 1]; at++) {
        if (units[at] === unit) ranks[first + i] = at - starts[i] + 1;
      }
    }
  }
  return ranks;
}

/**
 * @param {PictureCode} code
 * @returns {Uint16Array} (tiles,) how many units each sum holds now
 */
export function unitsUsed({ blocks, tiling }) {
  const used = new Uint16Array(tiling.count);
  for (const { first, at } of blocks) used.set(at, first);
  return used;
}

/**
 * @param {PictureCode} code
 * @returns {Uint16Array} (tiles,) how many units are active
 */
export function unitsActive({ blocks, tiling }) {
  const active = new Uint16Array(tiling.count);
  for (const { first, tiles, starts } of blocks) {
    for (let i = 0; i < tiles; i++) active[first + i] = starts[i + 1] - starts[i];
  }
  return active;
}
