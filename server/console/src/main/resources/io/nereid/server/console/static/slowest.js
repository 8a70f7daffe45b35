/** The slowest requests of the last minutes: where each spent its time. */

import { read, versionPath } from "./api.js";
import { element, keyed, setAttribute, setText, shape } from "./dom.js";
import * as format from "./format.js";
import { notice } from "./notice.js";
import { poll } from "./poll.js";

const EVERY_MILLIS = 5000;
/** Steps of the network, of waiting and of computing have a colour each. */
const STEPS = [
  { name: "receive", kind: "network" },
  { name: "read", kind: "reading" },
  { name: "queue", kind: "queue" },
  { name: "compute input", kind: "input" },
  { name: "compute infer", kind: "infer" },
  { name: "compute output", kind: "output" },
  { name: "respond", kind: "network" },
];
const KINDS = new Map(STEPS.map(({ name, kind }) => [name, kind]));

export class Slowest {
  #notice = notice();
  #note = element("p", { class: "muted" }, "\u00a0");
  #list = element("div", { class: "slow-list" });
  #empty = element("p", { class: "empty", hidden: true });
  #end;

  constructor(page) {
    const legend = STEPS.map(({ name, kind }) =>
      element("li", {}, element("span", { class: `swatch step-${kind}` }), name),
    );
    const heads = ["Started", "Total", "Batch", "Outcome", "Steps"].map((title) => element("span", {}, title));
    this.node = element(
      "div",
      { class: "slowest" },
      this.#notice.node,
      this.#note,
      element("ul", { class: "step-legend" }, ...legend),
      element("div", { class: "slow-line slow-head", "aria-hidden": "true" }, ...heads),
      this.#list,
      this.#empty,
    );
    this.#end = poll(() => read(`${versionPath(page.model, page.version)}/slowest`), {
      everyMillis: EVERY_MILLIS,
      show: (answer) => this.#show(answer),
      fail: (problem) => this.#notice.show(problem),
    });
  }

  close() {
    this.#end();
  }

  #show({ window_seconds: seconds, requests }) {
    this.#notice.clear();
    const minutes = Math.round(seconds / 60);
    setText(
      this.#note,
      `At most 50 of the last ${minutes} minutes, the slowest first. They are kept while somebody looks at the console, and so begin when that began. Open one for its steps.`,
    );
    this.#empty.hidden = requests.length > 0;
    setText(this.#empty, "No requests yet: send some, and they are here a few seconds later.");
    const longest = Math.max(1, ...requests.map((request) => request.total_ns));
    const ordered = requests.toSorted((a, b) => b.total_ns - a.total_ns);
    keyed(
      this.#list,
      ordered.map((request, place) => ({ ...request, place })),
      {
        key: identity,
        make: (request) => makeRequest(request),
        update: (node, request) => updateRequest(node, request, longest),
      },
    );
  }
}

/** Neither the id, which clients choose, nor the age alone is unique; total and steps do not change. */
function identity({ id, total_ns: total, steps }) {
  return `${id} ${total} ${steps.map((step) => step.for_ns).join(" ")}`;
}

function makeRequest({ id, batch_size: batch, outcome, total_ns: total, steps }) {
  const bar = shape("svg", { class: "slow-bar", role: "img", "aria-label": steps.map(stepText).join(", ") });
  bar.append(
    ...steps.map((step) =>
      shape(
        "rect",
        { class: `step-${KINDS.get(step.name) ?? "network"}`, y: 0, height: "100%" },
        shape("title", {}, stepText(step)),
      ),
    ),
  );
  const summary = element(
    "summary",
    { class: "slow-line" },
    element("span", { class: "age" }),
    element("span", {}, format.time(total)),
    element("span", {}, format.count(batch)),
    element("span", { class: "outcome", title: outcome }, outcome),
    bar,
  );
  const rows = steps.map((step) =>
    element(
      "tr",
      {},
      element("td", {}, step.name),
      element("td", { class: "number" }, format.time(step.at_ns)),
      element("td", { class: "number" }, format.time(step.for_ns)),
    ),
  );
  return element(
    "details",
    {},
    summary,
    element("p", { class: "muted" }, id ? `Request id ${id}` : "The client gave no request id"),
    element(
      "table",
      { class: "plain steps" },
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          element("th", { scope: "col" }, "Step"),
          element("th", { scope: "col", class: "number" }, "Begins at"),
          element("th", { scope: "col", class: "number" }, "Takes"),
        ),
      ),
      element("tbody", {}, ...rows),
    ),
  );
}

function updateRequest(node, { started_ago_ns: age, steps }, longest) {
  setText(node.querySelector(".age"), `${format.span(age)} ago`);
  node.querySelectorAll("rect").forEach((rect, index) => {
    setAttribute(rect, "x", `${((steps[index].at_ns / longest) * 100).toFixed(2)}%`);
    setAttribute(rect, "width", `${((steps[index].for_ns / longest) * 100).toFixed(2)}%`);
  });
}

function stepText(step) {
  return `${step.name} ${format.time(step.for_ns)}`;
}
