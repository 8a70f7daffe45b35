/** An answer as it is looked at: what came of each output, with labels where the model has some. */

import { element, setText } from "./dom.js";
import { ensembleSteps } from "./ensemble-steps.js";
import * as format from "./format.js";
import { elementText } from "./values.js";

const SHOWN_ELEMENTS = 64;
const SHOWN_LABELS = 5;
const SHOWN_ROWS = 4;

export class AnswerView {
  #summary = element("p", { class: "summary" }, "No answer yet.");
  #outputs = element("div", { class: "outputs" });

  constructor() {
    this.node = element("div", { class: "answer" }, this.#summary, this.#outputs);
  }

  clear() {
    setText(this.#summary, "No answer yet.");
    this.#outputs.replaceChildren();
  }

  /** `labels` has a list of texts for each output that has labels. */
  show({ head, outputs }, labels) {
    const { nereid_explain: explanation, ...parameters } = head.parameters ?? {};
    this.#outputs.replaceChildren(
      ...outputs.map((output) => outputView(output, labels[output.name])),
      ...(explanation ? [ensembleSteps(JSON.parse(explanation))] : []),
      ...(Object.keys(parameters).length > 0
        ? [element("pre", { class: "code" }, JSON.stringify(parameters, null, 1))]
        : []),
    );
  }

  /** One more event of a stream. */
  addEvent(text) {
    this.#outputs.append(element("pre", { class: "code" }, text));
  }

  summarise(ns, sent, received) {
    setText(
      this.#summary,
      `${format.time(ns)} from here to the server and back, ${format.bytes(sent)} sent, ${format.bytes(received)} received`,
    );
  }
}

function outputView(output, labels) {
  return element(
    "section",
    { class: "output" },
    element(
      "h3",
      {},
      output.name,
      element("span", { class: "muted" }, ` ${output.datatype} ${format.shapeText(output.shape)}`),
    ),
    labels?.length > 0 && output.datatype !== "BYTES" && output.values.length > 0
      ? labelled(output, labels)
      : elements(output),
  );
}

function elements({ datatype, values }) {
  const shown = Array.from(values.slice(0, SHOWN_ELEMENTS), (value) => elementText(datatype, value));
  const rest = values.length - shown.length;
  const text = shown.join(datatype === "BYTES" ? "\n" : ", ") + (rest > 0 ? `, … ${format.count(rest)} more` : "");
  return element("pre", { class: "code elements", tabindex: "0" }, text || "no elements");
}

/** The largest elements of each row, with their labels. */
function labelled({ datatype, shape, values }, labels) {
  const width = shape.at(-1);
  const rows = Math.min(SHOWN_ROWS, values.length / width);
  const lists = Array.from({ length: rows }, (_, row) =>
    best(datatype, values.slice(row * width, (row + 1) * width), labels),
  );
  const rest = values.length / width - rows;
  return element(
    "div",
    {},
    ...lists,
    rest > 0 ? element("p", { class: "muted" }, `… ${format.count(rest)} more rows`) : null,
  );
}

/** NaN is no value that could be the largest. */
function rank(value) {
  return Number.isNaN(value) ? -Infinity : Number(value);
}

function best(datatype, row, labels) {
  const ranked = Array.from(row, (value, index) => ({ value, index }))
    .sort((a, b) => rank(b.value) - rank(a.value))
    .slice(0, SHOWN_LABELS);
  return element(
    "table",
    { class: "plain labels" },
    element(
      "thead",
      {},
      element(
        "tr",
        {},
        element("th", { scope: "col" }, "Label"),
        element("th", { scope: "col", class: "number" }, "Index"),
        element("th", { scope: "col", class: "number" }, "Value"),
      ),
    ),
    element(
      "tbody",
      {},
      ...ranked.map(({ value, index }) =>
        element(
          "tr",
          {},
          element("td", {}, labels[index] ?? format.NOTHING),
          element("td", { class: "number" }, index),
          element("td", { class: "number" }, elementText(datatype, value)),
        ),
      ),
    ),
  );
}
