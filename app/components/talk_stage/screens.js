// The beats of a talk, each made and in its place.

import { whenIdle } from "../shared/deferred_drawing.js";
import { PcaBeat, RulesBeat } from "./beats_compare.js";
import { FewBeat, FiltersBeat, PatchBeat, RanksBeat } from "./beats_patch.js";
import { MapBeat, PictureBeat } from "./beats_picture.js";
import { AuthorBeat, LiveBeat } from "./beats_training.js";
import { node } from "./nodes.js";

/** @import { Beat, Setting } from "./beat.js" */
/** @import { Payload } from "./talk.js" */

/** @type {Record<string, new (setting: Setting) => Beat>} */
const BEATS = {
  patch: PatchBeat,
  filters: FiltersBeat,
  ranks: RanksBeat,
  few: FewBeat,
  picture: PictureBeat,
  map: MapBeat,
  live: LiveBeat,
  author: AuthorBeat,
  rules: RulesBeat,
  pca: PcaBeat,
};

/**
 * A beat, and the element that it fills; `sentence`: the speaker's own, or ""; `note`: for the speaker's window.
 * @typedef {{ name: string, title: string, sentence: string, note: string, host: HTMLElement, beat: Beat }} Screen
 */

/**
 * @param {Payload} payload
 * @param {Omit<Setting, "host">} setting
 * @returns {Screen[]} in the order of the talk, all hidden
 */
export function makeScreens({ beats, titles }, setting) {
  return beats.map(({ beat: name, sentence, note }) => {
    const host = node("div", `beat ${name}`);
    host.hidden = true;
    return { name, title: titles[name], sentence, note, host, beat: new BEATS[name]({ ...setting, host }) };
  });
}

/**
 * One after another, so that a key is never kept waiting for more than one of them.
 * @param {Screen[]} screens
 */
export function prepareWhenIdle(screens) {
  const ahead = screens.filter(({ beat }) => beat.prepare);
  const prepareNext = () => {
    ahead.shift()?.beat.prepare?.();
    if (ahead.length) whenIdle(screens, prepareNext);
  };
  whenIdle(screens, prepareNext);
}
