/** What a version does now: drawn from the answers of the last two minutes. */

import { Columns, Rows } from "./bars.js";
import { element, setText } from "./dom.js";
import * as format from "./format.js";
import { LineChart } from "./line-chart.js";

const MINUTE_NS = 60e9;
const BUSY_SPAN_NS = 10e9;
const REASONS = {
  preferred_size: "it had reached a preferred batch size",
  full: "the next request would have gone past max_batch_size",
  delay: "its oldest request had waited max_queue_delay_microseconds",
  deadline: "a request would have waited longer than half of its timeout",
  shape: "the queued requests had other shapes",
  adaptive_limit: "larger batches were measured to gain nothing",
  instance_idle: "an idle instance took all there was",
  closing: "the model is being unloaded",
};

/** `history` has the answers; `show()` draws the latest. */
export class Live {
  #history;
  #totals = element("p", { class: "totals" }, "No numbers yet: a version has them while it is ready.");
  #requests = new LineChart("Requests/s", ["ok", "failed"], { format: format.rate });
  #length = new LineChart("Queue length", [""], { format: format.count });
  #wait = new LineChart("Oldest wait", [""], { format: format.time, least: 1e6 });
  #queue = new LineChart("Time in the queue", ["p50", "p99"], { format: format.time, least: 1e5 });
  #compute = new LineChart("Compute time", ["p50", "p99"], { format: format.time, least: 1e5 });
  #sizes = new Columns("Nothing was run yet.");
  #closed = new Rows("Nothing was run yet.");
  #instances = new Rows("There is no instance.");
  #refused = new Rows("None so far.");
  #range = element(
    "select",
    { "aria-label": "Which executions are counted" },
    element("option", { value: "load" }, "since it was loaded"),
    element("option", { value: "minute" }, "last minute"),
  );

  constructor(history) {
    this.#history = history;
    this.#range.addEventListener("change", () => this.show());
    const charts = [this.#requests, this.#length, this.#wait, this.#queue, this.#compute].map((chart) => chart.node);
    this.node = element(
      "div",
      { class: "live" },
      this.#totals,
      element("div", { class: "charts" }, ...charts, card("Instances in use", this.#instances)),
      element("div", { class: "panel-head" }, element("h2", {}, "Batches"), this.#range),
      element(
        "div",
        { class: "charts" },
        card("Executions by batch size", this.#sizes),
        card("Why batches were closed", this.#closed),
        card("Refused requests, in all", this.#refused),
      ),
    );
  }

  /** Takes the newest answer into the lines. */
  add() {
    const now = this.#history.latest;
    const failed = this.#history.rate((one) => one.failures, 1.5e9);
    const requests = this.#history.rate((one) => one.requests, 1.5e9);
    this.#requests.add(now.now_ns, [requests === null || failed === null ? null : requests - failed, failed]);
    this.#length.add(now.now_ns, [now.queue.length]);
    this.#wait.add(now.now_ns, [now.queue.oldest_wait_ns]);
    this.#queue.add(now.now_ns, quantiles(now.queue_time));
    this.#compute.add(now.now_ns, quantiles(now.compute_time));
    this.show();
  }

  show() {
    const now = this.#history.latest;
    if (!now) {
      return;
    }
    setText(
      this.#totals,
      now.requests === 0
        ? "No requests yet. The tab Try it sends one."
        : `${format.count(now.requests)} requests, ${format.count(now.failures)} failed, ${format.count(now.inferences)} inferences in ${format.count(now.executions)} executions.`,
    );
    this.#sizes.show(
      this.#counted((one) => one.batch_sizes),
      format.count,
    );
    this.#closed.show(this.#reasons());
    this.#refused.show(refusedRows(now.refused));
    this.#instances.show(this.#utilisations(now.instances));
  }

  /** A table of counters: as it is, or its growth in the last minute. */
  #counted(pick) {
    const latest = pick(this.#history.latest) ?? {};
    if (this.#range.value === "load") {
      return latest;
    }
    const grown = (key) => this.#history.growth((one) => pick(one)?.[key], MINUTE_NS) ?? 0;
    return Object.fromEntries(Object.keys(latest).map((key) => [key, grown(key)]));
  }

  #reasons() {
    const counts = this.#counted((one) => one.batch_closed);
    const all = Math.max(
      1,
      Object.values(counts).reduce((sum, count) => sum + count, 0),
    );
    const names = [
      ...Object.keys(REASONS),
      ...Object.keys(counts)
        .filter((name) => !(name in REASONS))
        .sort(),
    ];
    return names.map((name) => {
      const count = counts[name] ?? 0;
      return { name, title: REASONS[name] ?? name, share: count / all, value: format.count(count) };
    });
  }

  #utilisations(instances) {
    return instances.map((instance) => {
      const grown = this.#history.growth(
        (one) => one.instances.find(({ name }) => name === instance.name)?.busy_ns,
        BUSY_SPAN_NS,
      );
      const share =
        grown === null ? null : grown / (this.#history.latest.now_ns - this.#history.before(BUSY_SPAN_NS).now_ns);
      return {
        name: `${instance.name.replace(`${this.#history.latest.name}_`, "")} on ${instance.device}`,
        title: `${instance.name} on ${instance.device}`,
        share: share ?? 0,
        value: format.percent(share && Math.min(1, share)),
      };
    });
  }
}

function card(title, part) {
  return element("section", { class: "chart" }, element("h3", { class: "chart-title" }, title), part.node);
}

function quantiles(times) {
  return times.count === 0 ? [null, null] : [times.p50_ns, times.p99_ns];
}

function refusedRows(refused = {}) {
  const reasons = Object.entries(refused).filter(([, count]) => count > 0);
  const all = reasons.reduce((sum, [, count]) => sum + count, 0);
  return reasons.map(([name, count]) => ({ name, title: name, share: count / all, value: format.count(count) }));
}
