// Growing lines are those of the training that the page's feed publishes, the others come with the payload.

import { drawChart } from "../shared/chart.js";
import { whileSeen } from "../shared/deferred_drawing.js";
import { component } from "../shared/mount.js";
import { unpack } from "../shared/payload.js";
import { isOfRun } from "../shared/training.js";
import { Zoom } from "../shared/zoom.js";
import { linesOf, wholeView } from "./lines.js";

/** @import { MomentState, TrainingState } from "../shared/events.js" */
/** @import { Mount } from "../shared/mount.js" */
/** @import { Payload } from "./lines.js" */

class LiveChart {
  #parts;
  /** @type {Payload} */
  #payload = { title: "", yLabel: "", xMax: 1, yMax: 1, testId: "", live: [], still: [] };
  /** @type {TrainingState | null} */
  #training = null;
  /** @type {MomentState | null} */
  #moment = null;
  #zoom;
  #seen;

  /** @param {Mount} mount */
  constructor(mount) {
    this.#parts = {
      root: mount.part("root", HTMLElement),
      title: mount.part("title", HTMLElement),
      chart: mount.part("chart", SVGSVGElement),
      legend: mount.part("legend", HTMLElement),
    };
    const { root, chart } = this.#parts;
    root.dataset.points = "0";
    this.#seen = whileSeen(chart);
    mount.onUnmount(this.#seen.leave);
    this.#zoom = new Zoom(
      chart,
      () => wholeView(this.#payload, this.#training),
      () => this.#draw(),
    );
    mount.onResize(chart, () => this.#drawIfSeen());
    mount.subscribe("training", (training) => {
      this.#training = isOfRun(training) ? training : null;
      root.dataset.points = String(training.seen.length);
      this.#drawIfSeen();
    });
    mount.subscribe("moment", (moment) => {
      this.#moment = moment;
      this.#drawIfSeen();
    });
  }

  /** @param {Payload} payload */
  update(payload) {
    this.#payload = payload;
    const { root, title, chart } = this.#parts;
    root.dataset.testid = payload.testId;
    title.textContent = payload.title;
    const keys = "Keys: plus and minus zoom, arrows move, 0 shows all.";
    chart.setAttribute("aria-label", `${payload.title}. ${keys}`);
    this.#showLegend();
    this.#drawIfSeen();
  }

  #showLegend() {
    const items = [...this.#payload.live, ...this.#payload.still].map(({ name, kind }) => {
      const item = document.createElement("span");
      item.className = kind;
      item.textContent = name;
      return item;
    });
    this.#parts.legend.replaceChildren(...items);
  }

  #drawIfSeen() {
    this.#seen.draw(() => this.#draw());
  }

  #draw() {
    const payload = this.#payload;
    const moment = this.#moment;
    const isPast = moment && moment.run === this.#training?.run && !moment.last;
    const figure = payload.live.at(-1)?.figure;
    const at = isPast && figure ? { x: moment.seen, y: moment.figures[figure] } : null;
    const view = this.#zoom.view();
    this.#zoom.box = drawChart(this.#parts.chart, {
      ...view,
      xLabel: "patches seen",
      yLabel: payload.yLabel,
      series: linesOf(payload, this.#training),
      marker: at && at.x >= view.xMin && at.x <= view.xMax ? at : null,
    });
  }
}

export default component(
  (mount) => new LiveChart(mount),
  (chart, /** @type {Uint8Array} */ bytes) => chart.update(unpack(bytes)),
);
