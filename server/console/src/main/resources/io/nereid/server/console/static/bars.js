/** Bars: standing ones for batch sizes, lying ones for reasons and instances. */

import { element, keyed, setAttribute, setText } from "./dom.js";

/** Places for small sizes, each its own: so no column moves when there is another. */
const PLACES = [8, 16];

/** Columns over sizes; `show({"1": n, "4": n})`. Larger ones are put together by powers of two. */
export class Columns {
  #plot = element("div", { class: "columns" });
  #empty;

  constructor(empty) {
    this.#empty = element("p", { class: "empty" }, empty);
    this.node = element("div", { class: "columns-frame" }, this.#plot, this.#empty);
  }

  show(counts, format) {
    const groups = grouped(counts);
    const most = Math.max(1, ...groups.map((group) => group.count));
    this.#empty.hidden = groups.length > 0;
    keyed(this.#plot, groups, {
      key: (group) => group.label,
      make: (group) =>
        element(
          "div",
          { class: "column" },
          element("span", { class: "column-count" }),
          element("span", { class: "column-space" }, element("span", { class: "column-bar" })),
          element("span", { class: "column-label" }, group.label),
        ),
      update: (node, group) => {
        setText(node.firstElementChild, group.count > 0 ? format(group.count) : "");
        node.classList.toggle("is-zero", group.count === 0);
        node.querySelector(".column-bar").style.transform = `scaleY(${Math.max(0.01, group.count / most)})`;
        setAttribute(node, "title", `batch size ${group.label}: ${format(group.count)}`);
      },
    });
  }
}

function grouped(counts) {
  const sizes = Object.entries(counts)
    .map(([size, count]) => ({ size: Number(size), count }))
    .filter(({ count }) => count > 0);
  sizes.sort((a, b) => a.size - b.size);
  const places = PLACES.find((most) => sizes.length > 0 && sizes.at(-1).size <= most);
  if (places) {
    return Array.from({ length: places }, (_, i) => ({ label: String(i + 1), count: counts[i + 1] ?? 0 }));
  }
  const groups = new Map();
  for (const { size, count } of sizes) {
    const end = 2 ** Math.ceil(Math.log2(size));
    groups.set(end, (groups.get(end) ?? 0) + count);
  }
  return [...groups].map(([end, count]) => ({ label: end <= 2 ? String(end) : `${end / 2 + 1}–${end}`, count }));
}

/** Rows of a name, a bar and a value; `show([{name, title, share, value}])` with shares from 0 to 1. */
export class Rows {
  #list = element("ul", { class: "rows" });
  #empty;

  constructor(empty) {
    this.#empty = element("p", { class: "empty" }, empty);
    this.node = element("div", {}, this.#list, this.#empty);
  }

  show(rows) {
    this.#empty.hidden = rows.length > 0;
    keyed(this.#list, rows, {
      key: (row) => row.name,
      make: (row) =>
        element(
          "li",
          {},
          element("span", { class: "row-name" }, row.name),
          element("span", { class: "row-space" }, element("span", { class: "row-bar" })),
          element("span", { class: "row-value" }),
        ),
      update: (node, row) => {
        node.querySelector(".row-bar").style.width = `${Math.min(1, row.share) * 100}%`;
        setText(node.querySelector(".row-value"), row.value);
        setAttribute(node, "title", row.title);
        node.classList.toggle("is-zero", row.share === 0);
      },
    });
  }
}
