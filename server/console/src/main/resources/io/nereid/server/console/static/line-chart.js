/** Lines over the last two minutes, drawn as SVG. */

import { element, setAttribute, setText, shape } from "./dom.js";

const SPAN_NS = 120e9;
const WIDTH = 480;
const HEIGHT = 100;

/** `series` are titles of at most two lines, `format` writes a value, `least` is the smallest height of the scale. */
export class LineChart {
  #points = [];
  #format;
  #least;
  #lines;
  #values;
  #top = element("span", { class: "scale-top" });
  #cursor = shape("line", { class: "cursor", y1: 0, y2: HEIGHT, visibility: "hidden" });
  #empty = element("span", { class: "chart-empty" }, "Collecting");
  #seenAt = null;

  constructor(title, series, { format, least = 1 }) {
    this.#format = format;
    this.#least = least;
    this.#lines = series.map((_, index) => shape("path", { class: `line line-${index + 1}` }));
    this.#values = series.map(() => element("b", {}, "–"));
    const drawing = shape(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" },
      ...[0, 0.5, 1].map((share) =>
        shape("line", { class: "grid", x1: 0, x2: WIDTH, y1: share * HEIGHT, y2: share * HEIGHT }),
      ),
      ...this.#lines,
      this.#cursor,
    );
    const area = element(
      "div",
      { class: "plot" },
      drawing,
      this.#top,
      element("span", { class: "scale-bottom" }, "0"),
      this.#empty,
    );
    this.node = element(
      "figure",
      { class: "chart" },
      element("figcaption", {}, element("span", { class: "chart-title" }, title), this.#legend(series)),
      area,
      element(
        "p",
        { class: "axis", "aria-hidden": "true" },
        element("span", {}, "2 min ago"),
        element("span", {}, "now"),
      ),
    );
    area.addEventListener("pointermove", (event) => this.#lookAt(event.offsetX / area.clientWidth));
    area.addEventListener("pointerleave", () => this.#lookAt(null));
  }

  #legend(series) {
    return element(
      "span",
      { class: "legend" },
      ...series.map((name, index) =>
        element("span", { class: `key key-${index + 1}` }, name ? `${name} ` : "", this.#values[index]),
      ),
    );
  }

  /** The values of this moment, one per line; null where there is none. */
  add(nowNs, values) {
    if (this.#points.length > 0 && nowNs < this.#points.at(-1).at) {
      this.#points = []; // another clock: the machine was started again
    }
    this.#points.push({ at: nowNs, values });
    this.#points = this.#points.filter((point) => point.at > nowNs - SPAN_NS);
    this.#draw();
  }

  #draw() {
    const all = this.#points.flatMap((point) => point.values).filter((value) => value !== null);
    const top = roundUp(Math.max(this.#least, ...all));
    setText(this.#top, this.#format(top));
    this.#empty.hidden = this.#points.length > 1;
    this.#lines.forEach((line, index) => setAttribute(line, "d", this.#path(index, top)));
    this.#showValues();
  }

  #path(index, top) {
    const now = this.#points.at(-1).at;
    let pen = "M";
    let path = "";
    for (const { at, values } of this.#points) {
      const value = values[index];
      if (value === null) {
        pen = "M";
        continue;
      }
      const x = WIDTH - ((now - at) / SPAN_NS) * WIDTH;
      path += `${pen}${x.toFixed(1)} ${(HEIGHT - (value / top) * HEIGHT).toFixed(1)}`;
      pen = "L";
    }
    return path;
  }

  /** Shows the values at a place between 0 and 1 of the width; null for those of now. */
  #lookAt(share) {
    this.#seenAt = share;
    setAttribute(this.#cursor, "visibility", share === null ? "hidden" : "visible");
    if (share !== null) {
      setAttribute(this.#cursor, "x1", (share * WIDTH).toFixed(1));
      setAttribute(this.#cursor, "x2", (share * WIDTH).toFixed(1));
    }
    this.#showValues();
  }

  #showValues() {
    const values = this.#seen()?.values;
    this.#values.forEach((node, index) => setText(node, values ? this.#format(values[index]) : "–"));
  }

  #seen() {
    const last = this.#points.at(-1);
    if (this.#seenAt === null || !last) {
      return last;
    }
    const at = last.at - (1 - this.#seenAt) * SPAN_NS;
    return this.#points.reduce((best, point) => (Math.abs(point.at - at) < Math.abs(best.at - at) ? point : best));
  }
}

/** The next of 1, 2, 5, 10, 20, 50, ... */
function roundUp(value) {
  const size = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].find((step) => step * size >= value * (1 - 1e-9)) * size;
}
