/** What a version takes and gives, and its configuration with what the server has filled in. */

import { copyButton, element } from "./dom.js";
import * as format from "./format.js";
import { notice } from "./notice.js";

export class Description {
  #notice = notice();

  constructor(page) {
    this.node = element("div", { class: "description" }, this.#notice.node);
    this.#start(page);
  }

  async #start(page) {
    try {
      const description = await page.description();
      this.node.append(...signature(description), ...configuration(description));
    } catch (problem) {
      this.#notice.show(problem);
    }
  }
}

function signature({ metadata, config, labels = {} }) {
  const optional = new Set((config.input ?? []).filter((input) => input.optional).map((input) => input.name));
  return [
    element("h2", {}, "Inputs"),
    tensors(metadata.inputs, (tensor) => (optional.has(tensor.name) ? "optional" : "")),
    element("h2", {}, "Outputs"),
    tensors(metadata.outputs, (tensor) => labelNote(labels[tensor.name])),
  ];
}

function labelNote(labels = []) {
  return labels.length === 0
    ? ""
    : `${format.count(labels.length)} labels: ${labels.slice(0, 3).join(", ")}${labels.length > 3 ? ", …" : ""}`;
}

function tensors(list, note) {
  const titles = ["Name", "Datatype", "Shape", "Note"].map((title) => element("th", { scope: "col" }, title));
  const rows = list.map((tensor) =>
    element(
      "tr",
      {},
      element("td", { class: "mono" }, tensor.name),
      element("td", {}, tensor.datatype),
      element("td", { class: "mono" }, format.shapeText(tensor.shape)),
      element("td", { class: "muted" }, note(tensor)),
    ),
  );
  return element(
    "table",
    { class: "plain tensors" },
    element("thead", {}, element("tr", {}, ...titles)),
    element("tbody", {}, ...rows),
  );
}

function configuration({ config, filled_in: filledIn = [] }) {
  const lines = configLines(config, new Set(filledIn));
  const only = element("input", { type: "checkbox" });
  const list = element(
    "div",
    { class: "code config", tabindex: "0", role: "region", "aria-label": "Configuration" },
    ...lines,
  );
  only.addEventListener("change", () => list.classList.toggle("only-filled-in", only.checked));
  return [
    element(
      "div",
      { class: "panel-head" },
      element("h2", {}, "Configuration"),
      element("label", { class: "check" }, only, " Only what was filled in"),
      copyButton(() => JSON.stringify(config, null, 2), "Copy as JSON"),
    ),
    element(
      "p",
      { class: "muted" },
      filledIn.length === 0
        ? "Everything stands in config.pbtxt."
        : "Marked lines do not stand in config.pbtxt: the server has filled them in.",
    ),
    list,
  ];
}

/** A line for each setting, indented as in JSON. */
function configLines(config, filledIn) {
  const lines = [];
  const add = (depth, text, marked) =>
    lines.push(
      element(
        "div",
        { class: marked ? "config-line filled-in" : "config-line", "data-depth": Math.min(depth, 8) },
        text,
        marked ? element("span", { class: "tag" }, "filled in") : null,
      ),
    );
  const walk = (name, value, path, depth, inherited) => {
    const marked = inherited || filledIn.has(path);
    if (isNested(value)) {
      const list = Array.isArray(value);
      add(depth, `${name}${list ? "[" : "{"}`, marked);
      Object.entries(value).forEach(([key, member]) =>
        list
          ? walk("", member, `${path}[${key}]`, depth + 1, marked)
          : walk(`${key}: `, member, path ? `${path}.${key}` : key, depth + 1, marked),
      );
      add(depth, list ? "]" : "}", marked);
    } else {
      add(depth, `${name}${JSON.stringify(value)}`, marked);
    }
  };
  Object.entries(config).forEach(([key, value]) => walk(`${key}: `, value, key, 0, false));
  return lines;
}

/** Lists of plain values stay in one line. */
function isNested(value) {
  if (value === null || typeof value !== "object" || Object.keys(value).length === 0) {
    return false;
  }
  return !Array.isArray(value) || value.some((member) => typeof member === "object");
}
