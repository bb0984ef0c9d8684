// Everything that the page Compare shows of its sides. The server sends what each of them makes of one patch and of
// one picture; moving through k needs no server.

import { drawChart } from "../shared/chart.js";
import { rememberInLink } from "../shared/link.js";
import { component } from "../shared/mount.js";
import { unpack } from "../shared/payload.js";
import { Transport } from "../shared/transport.js";
import { Columns } from "./columns.js";
import { errorChart, fvuChart, neededChart } from "./curves.js";
import { paragraph, sideTable } from "./numbers.js";
import { PairGrid } from "./pair_grid.js";

/** @import { Mount } from "../shared/mount.js" */
/** @import { Payload } from "./types.js" */

const FIRST_RANK = 10;

class Board {
  #parts;
  #transport;
  #columns;
  #pairs;
  /** @type {Payload | null} */
  #payload = null;

  /** @param {Mount} mount */
  constructor(mount) {
    this.#parts = findParts(mount);
    const { transport, columns, errorChart: chart, across, logX, logY, bands } = this.#parts;
    this.#columns = new Columns(columns);
    this.#pairs = new PairGrid(mount);
    this.#transport = new Transport(mount.part("player", HTMLElement), transport, (rank) =>
      this.#showRank(rank),
    );
    for (const control of [across, logX, logY, bands]) control.onchange = () => this.#showCurves();
    mount.onUnmount(() => this.#transport.stop());
    mount.onResize(chart, () => this.#showCurves());
  }

  /** @param {Payload} payload */
  update(payload) {
    const first = this.#payload === null;
    const isOfOthers = JSON.stringify(payload.sides) !== JSON.stringify(this.#payload?.sides);
    this.#payload = payload;
    if (isOfOthers) this.#introduce(payload);
    this.#columns.begin(payload);
    this.#transport.setRange(payload.ranks, payload.ranks);
    const before = first ? FIRST_RANK : this.#transport.rank;
    this.#transport.setRank(Math.min(payload.rank ?? before, payload.ranks));
    if (isOfOthers) this.#showCurves(); // else only the patch is another one
  }

  /**
   * Show what does not depend on the patch.
   * @param {Payload} payload
   */
  #introduce(payload) {
    const { warnings, verdict, note, table, protocols } = this.#parts;
    warnings.replaceChildren(...payload.warnings.map(paragraph));
    verdict.replaceChildren(...payload.verdict.map(paragraph));
    note.textContent = payload.note;
    for (const legend of this.#parts.legends) {
      const entries = payload.sides.map(({ label }, i) => {
        const entry = document.createElement("span");
        entry.className = `side${i}`;
        entry.textContent = label;
        return entry;
      });
      legend.replaceChildren(...entries);
    }
    sideTable(table, payload);
    protocols.replaceChildren(
      ...payload.sides.map(({ label, protocol }) => paragraph(`${label}: ${protocol}`)),
    );
    this.#pairs.show(payload);
  }

  /** @param {number} rank */
  #showRank(rank) {
    if (!this.#payload) return;
    this.#parts.root.dataset.rank = String(rank);
    this.#columns.showRank(rank);
    rememberInLink("k", String(rank));
    this.#showErrors();
  }

  #showCurves() {
    if (!this.#payload) return;
    this.#showErrors();
    drawChart(this.#parts.neededChart, neededChart(this.#curves(this.#payload)));
    drawChart(this.#parts.fvuChart, fvuChart(this.#curves(this.#payload), this.#axes()));
  }

  /** The chart that marks the rank. */
  #showErrors() {
    if (!this.#payload) return;
    const sides = this.#curves(this.#payload);
    drawChart(this.#parts.errorChart, errorChart(sides, this.#axes(), this.#transport.rank));
  }

  #axes() {
    const { across, logX, logY, bands } = this.#parts;
    return {
      logX: logX.checked,
      logY: logY.checked,
      bands: bands.checked,
      byActive: across.value === "active",
    };
  }

  /** @param {Payload} payload */
  #curves(payload) {
    return payload.sides.map(({ label }, i) => ({
      label,
      kind: `side${i}`,
      mean: payload[`mean${i}`],
      low: payload[`low${i}`],
      high: payload[`high${i}`],
      fvu: payload[`fvu${i}`],
      active: payload[`active${i}`],
    }));
  }
}

/** @param {Mount} mount */
function findParts(mount) {
  const parts = {
    root: mount.part("root", HTMLElement),
    warnings: mount.part("warnings", HTMLElement),
    verdict: mount.part("verdict", HTMLElement),
    note: mount.part("note", HTMLElement),
    across: mount.part("across", HTMLSelectElement),
    logX: mount.part("logX", HTMLInputElement),
    logY: mount.part("logY", HTMLInputElement),
    bands: mount.part("bands", HTMLInputElement),
    errorChart: mount.part("errorChart", SVGSVGElement),
    neededChart: mount.part("neededChart", SVGSVGElement),
    fvuChart: mount.part("fvuChart", SVGSVGElement),
    legends: ["errorLegend", "neededLegend", "fvuLegend"].map((name) => mount.part(name, HTMLElement)),
    transport: mount.part("transport", HTMLElement),
    columns: mount.part("columns", HTMLElement),
    table: mount.part("table", HTMLTableElement),
    protocols: mount.part("protocols", HTMLElement),
  };
  parts.errorChart.setAttribute("aria-label", "Error by rank of everything compared");
  parts.neededChart.setAttribute("aria-label", "Components needed for an error");
  parts.fvuChart.setAttribute("aria-label", "Fraction of variance unexplained by rank");
  return parts;
}

export default component(
  (mount) => new Board(mount),
  (board, /** @type {Uint8Array} */ bytes) => board.update(unpack(bytes)),
);
