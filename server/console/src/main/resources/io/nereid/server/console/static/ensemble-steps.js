/** What the steps of an ensemble did for one request. */

import { element, shape } from "./dom.js";
import * as format from "./format.js";

const MICRO = 1e3;

/** `explanation` is the response parameter nereid_explain, read: times in microseconds since the request came. */
export function ensembleSteps(explanation) {
  const titles = ["Step", "Model", "Queue", "Compute", ""].map((title, index) =>
    element("th", { scope: "col", class: index === 2 || index === 3 ? "number" : null }, title),
  );
  return element(
    "section",
    { class: "output" },
    element(
      "h3",
      {},
      "Steps",
      element(
        "span",
        { class: "muted" },
        ` ${format.time(explanation.total_us * MICRO)} in the server; * the answer had to wait for`,
      ),
    ),
    element(
      "table",
      { class: "plain ensemble-steps" },
      element("thead", {}, element("tr", {}, ...titles)),
      element("tbody", {}, ...rows(explanation, "", explanation.total_us, 0)),
    ),
  );
}

/** A step that is an ensemble has its own steps below it; their times count from its start. */
function rows({ steps, critical_path: critical }, prefix, total, since) {
  return steps.flatMap((step) => {
    const mark = critical?.includes(step.step) ? " *" : "";
    const name = `${prefix}${step.step}`;
    const row = element(
      "tr",
      {},
      element("td", {}, name + mark),
      element("td", {}, step.model),
      element("td", { class: "number" }, format.time(step.queue_us * MICRO)),
      element("td", { class: "number" }, format.time(step.compute_us * MICRO)),
      element("td", { class: "step-place" }, bar(since + step.start_us, since + step.end_us, total)),
    );
    return [row, ...(step.ensemble ? rows(step.ensemble, `${name}.`, total, since + step.start_us) : [])];
  });
}

function bar(from, to, total) {
  const share = (part) => `${((part / total) * 100).toFixed(2)}%`;
  return shape(
    "svg",
    { class: "slow-bar", "aria-hidden": "true" },
    shape("rect", {
      class: "step-infer",
      x: share(from),
      y: 0,
      width: share(Math.max(to - from, total / 100)),
      height: "100%",
    }),
  );
}
