/** What other settings of the dynamic batching would do: simulated by the server, from what it has measured. */

import { read, versionPath } from "./api.js";
import { Columns } from "./bars.js";
import { announce, copyButton, element, field } from "./dom.js";
import * as format from "./format.js";
import { notice } from "./notice.js";

const ROWS = [
  { name: "queue_p50_ns", title: "Time in the queue, p50", text: format.time },
  { name: "queue_p99_ns", title: "Time in the queue, p99", text: format.time },
  { name: "latency_p50_ns", title: "Latency, p50", text: format.time },
  { name: "latency_p99_ns", title: "Latency, p99", text: format.time },
  { name: "mean_batch", title: "Mean batch size", text: format.rate, neutral: true },
  { name: "utilisation", title: "Instances in use", text: format.percent },
  { name: "rejected", title: "Rejected requests", text: format.count },
];
const SAME = 0.005;

export class WhatIf {
  #page;
  #notice = notice();
  #delay = field(
    "max_queue_delay_microseconds",
    element("input", { type: "number", min: 0, step: 1, inputmode: "numeric", value: 0 }),
    "How long a request may wait for others.",
  );
  #sizes = field(
    "preferred_batch_size",
    element("input", { type: "text", autocomplete: "off", placeholder: "4, 8" }),
    "Sizes at which a batch does not wait for more; empty for none.",
  );
  #submit = element("button", { type: "submit", class: "primary" }, "Simulate");
  #result = element("div", { class: "simulation" });

  constructor(page) {
    this.#page = page;
    const form = element(
      "form",
      { class: "what-if-form", novalidate: true },
      this.#delay.node,
      this.#sizes.node,
      element("div", { class: "actions" }, this.#submit),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#simulate();
    });
    this.node = element(
      "div",
      { class: "what-if" },
      element(
        "p",
        {},
        "The server plays the requests of the last minute through its batching, with the compute times that it has measured. Nothing is changed by that.",
      ),
      form,
      this.#notice.node,
      this.#result,
    );
    this.#prefill();
  }

  async #prefill() {
    try {
      const { config } = await this.#page.description();
      const batching = config.dynamic_batching ?? {};
      this.#delay.control.value = batching.max_queue_delay_microseconds ?? 0;
      this.#sizes.control.value = (batching.preferred_batch_size ?? []).join(", ");
    } catch (problem) {
      this.#notice.show(problem);
    }
  }

  /** `{delay, sizes}`; null if something is wrong, which is said beside it then. */
  #read() {
    const delay = this.#delay.control.value.trim();
    const sizes = this.#sizes.control.value.split(/[\s,]+/).filter(Boolean);
    const isDelay = /^\d+$/.test(delay);
    const areSizes = sizes.every((size) => /^[1-9]\d*$/.test(size));
    this.#delay.problem(isDelay ? "" : `got ${delay || "nothing"} (expected microseconds, a whole number)`);
    this.#sizes.problem(areSizes ? "" : `got ${sizes.join(", ")} (expected whole numbers with commas between them)`);
    if (!isDelay || !areSizes) {
      (isDelay ? this.#sizes : this.#delay).control.focus();
      return null;
    }
    return { delay, sizes };
  }

  async #simulate() {
    const settings = this.#read();
    if (!settings) {
      return;
    }
    this.#submit.disabled = true;
    this.#notice.clear();
    try {
      const query = new URLSearchParams({
        max_queue_delay_microseconds: settings.delay,
        preferred_batch_size: settings.sizes.join(","),
      });
      this.#show(await read(`${versionPath(this.#page.model, this.#page.version)}/simulation?${query}`), settings);
      announce("The simulation is there");
    } catch (problem) {
      this.#result.replaceChildren();
      this.#notice.show(problem);
    } finally {
      this.#submit.disabled = false;
    }
  }

  #show({ measured, current, proposed }, settings) {
    const columns = [current, proposed].map((result) => {
      const bars = new Columns("No batch.");
      bars.show(result.batch_sizes, format.count);
      return bars.node;
    });
    this.#result.replaceChildren(
      element("p", { class: "muted" }, measuredText(measured)),
      comparison(current, proposed),
      element(
        "div",
        { class: "charts two" },
        element("section", { class: "chart" }, element("h3", { class: "chart-title" }, "Batch sizes now"), columns[0]),
        element(
          "section",
          { class: "chart" },
          element("h3", { class: "chart-title" }, "Batch sizes proposed"),
          columns[1],
        ),
      ),
      ...toPaste(settings),
    );
  }
}

function measuredText({ arrivals_per_second: arrivals, service_time_ns_by_batch: times }) {
  const measured = Object.entries(times).map(([size, ns]) => `${size}: ${format.time(ns)}`);
  return `Measured: ${format.rate(arrivals)} requests per second; compute time by batch size ${measured.join(", ")}.`;
}

function comparison(current, proposed) {
  const titles = ["", "Now", "Proposed", "Change"].map((title, index) =>
    element("th", { scope: "col", class: index > 0 ? "number" : null }, title),
  );
  const rows = ROWS.map((row) => {
    const change = changeOf(current[row.name], proposed[row.name], row.neutral);
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, row.title),
      element("td", { class: "number" }, row.text(current[row.name])),
      element("td", { class: "number" }, row.text(proposed[row.name])),
      element("td", { class: `number change ${change.kind}` }, change.text),
    );
  });
  return element(
    "table",
    { class: "plain comparison" },
    element("thead", {}, element("tr", {}, ...titles)),
    element("tbody", {}, ...rows),
  );
}

/** Less is better, but where it is neither. */
function changeOf(now, then, neutral) {
  if (Math.abs(then - now) <= SAME * Math.abs(now)) {
    return { text: "same", kind: "" };
  }
  const kind = neutral ? "" : then < now ? "better" : "worse";
  if (now === 0) {
    return { text: "more", kind };
  }
  const share = then / now - 1;
  return { text: `${share > 0 ? "+" : "−"}${Math.round(Math.abs(share) * 100)} %`, kind };
}

function toPaste({ delay, sizes }) {
  const lines = [
    "dynamic_batching {",
    ...(sizes.length > 0 ? [`  preferred_batch_size: [ ${sizes.join(", ")} ]`] : []),
    `  max_queue_delay_microseconds: ${delay}`,
    "}",
  ];
  const text = lines.join("\n");
  return [
    element(
      "div",
      { class: "panel-head" },
      element("h2", {}, "For config.pbtxt"),
      copyButton(() => text),
    ),
    element("pre", { class: "code", tabindex: "0" }, text),
  ];
}
