/** The table of models: searched, filtered, sorted, and shown a page at a time, so that a thousand of them cost what fifty do. */

import { announce, element, field, keyed, setAttribute, setText } from "./dom.js";
import * as format from "./format.js";
import { showState, stateMark, STATES } from "./states.js";

const PAGE_ROWS = 50;
const TEXT = (a, b) => a.localeCompare(b, "en", { numeric: true });
const NUMBER = (a, b) => (a ?? -1) - (b ?? -1);
const COLUMNS = [
  { id: "name", title: "Model", compare: TEXT, first: 1 },
  { id: "version", title: "Version", compare: TEXT, first: 1, number: true },
  { id: "state", title: "State", compare: TEXT, first: 1 },
  { id: "requestRate", title: "Requests/s", compare: NUMBER, first: -1, number: true, text: format.rate },
  { id: "failureRate", title: "Failures/s", compare: NUMBER, first: -1, number: true, text: format.rate },
  { id: "queue_length", title: "Queue", compare: NUMBER, first: -1, number: true, text: format.count },
  { id: "oldest_wait_ns", title: "Oldest wait", compare: NUMBER, first: -1, number: true, text: format.time },
  { id: "reason", title: "Reason", compare: TEXT, first: 1 },
];

export class ModelTable {
  #rows = [];
  #order = [];
  #page = 0;
  #sort = { column: COLUMNS[0], direction: 1 };
  #search = element("input", {
    type: "search",
    placeholder: "Name or reason",
    autocomplete: "off",
    spellcheck: "false",
  });
  #state = element(
    "select",
    {},
    element("option", { value: "" }, "Any state"),
    ...STATES.map((state) => element("option", { value: state }, state)),
  );
  #body = element("tbody", { role: "rowgroup" });
  #empty = element("p", { class: "empty", hidden: true });
  #range = element("span", { class: "range" });
  #back = element("button", { type: "button", class: "small" }, "Previous");
  #forth = element("button", { type: "button", class: "small" }, "Next");
  #headings = COLUMNS.map((column) => this.#heading(column));

  constructor() {
    this.node = element(
      "section",
      { class: "models", "aria-label": "Models" },
      element(
        "div",
        { class: "tools" },
        field("Search", this.#search).node,
        field("State", this.#state).node,
        element("div", { class: "pages" }, this.#range, this.#back, this.#forth),
      ),
      element(
        "table",
        { role: "table", class: "model-table" },
        element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...this.#headings)),
        this.#body,
      ),
      this.#empty,
    );
    this.#listen();
    this.#showSort();
  }

  show(rows) {
    this.#rows = rows;
    this.#draw();
  }

  #listen() {
    const again = () => {
      this.#page = 0;
      this.#redraw();
      announce(`${this.#order.length} models`);
    };
    this.#search.addEventListener("input", again);
    this.#state.addEventListener("change", again);
    this.#search.addEventListener("keydown", (event) => {
      if (event.key === "Enter") {
        this.#body.querySelector("a")?.click();
      } else if (event.key === "Escape") {
        this.#search.value = "";
        again();
      }
    });
    this.#back.addEventListener("click", () => this.#turn(-1));
    this.#forth.addEventListener("click", () => this.#turn(1));
    this.node.addEventListener("keydown", (event) => this.#walk(event));
  }

  #turn(by) {
    this.#page += by;
    this.#redraw();
  }

  /** The arrows go from a model's link to the next one's. */
  #walk(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const links = [...this.#body.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement);
    if (step && at >= 0) {
      event.preventDefault();
      links[at + step]?.focus();
    } else if (event.key === "ArrowDown" && event.target === this.#search) {
      event.preventDefault();
      links[0]?.focus();
    }
  }

  #heading(column) {
    const button = element("button", { type: "button", class: "sort" }, column.title);
    button.addEventListener("click", () => {
      const same = this.#sort.column === column;
      this.#sort = { column, direction: same ? -this.#sort.direction : column.first };
      this.#showSort();
      this.#redraw();
    });
    return element(
      "th",
      { role: "columnheader", scope: "col", class: column.number ? "number" : null, "data-column": column.id },
      button,
    );
  }

  #showSort() {
    COLUMNS.forEach((column, index) => {
      const direction = this.#sort.direction === 1 ? "ascending" : "descending";
      setAttribute(this.#headings[index], "aria-sort", column === this.#sort.column ? direction : null);
    });
  }

  #redraw() {
    this.#order = [];
    this.#draw();
  }

  #draw() {
    const rows = this.#arranged();
    this.#order = rows.map((row) => row.key);
    const last = Math.max(0, Math.ceil(rows.length / PAGE_ROWS) - 1);
    this.#page = Math.min(this.#page, last);
    const from = this.#page * PAGE_ROWS;
    const seen = rows.slice(from, from + PAGE_ROWS);
    keyed(this.#body, seen, { key: (row) => row.key, make: makeRow, update: updateRow });
    this.#showPages(from, seen.length, rows.length, last);
    this.#showEmpty(rows.length);
  }

  #showPages(from, seen, all, last) {
    setText(this.#range, all === 0 ? "0 models" : `${from + 1}–${from + seen} of ${format.count(all)}`);
    this.#back.disabled = this.#page === 0;
    this.#forth.disabled = this.#page === last;
  }

  #showEmpty(all) {
    this.#empty.hidden = all > 0;
    setText(
      this.#empty,
      this.#rows.length === 0
        ? "The server has no models: put one into a model repository, or load one."
        : "No model is like that. Escape in the search empties it.",
    );
  }

  /** Those that are wanted, in order. While somebody is about to click, rows keep their places: only their numbers change. */
  #arranged() {
    const wanted = this.#rows.filter((row) => this.#isWanted(row));
    const { column, direction } = this.#sort;
    const place = this.#body.matches(":hover, :focus-within")
      ? new Map(this.#order.map((key, index) => [key, index]))
      : new Map();
    const compare = (a, b) => direction * column.compare(a[column.id], b[column.id]) || TEXT(a.key, b.key);
    return wanted.sort((a, b) => (place.get(a.key) ?? Infinity) - (place.get(b.key) ?? Infinity) || compare(a, b));
  }

  #isWanted(row) {
    const text = this.#search.value.trim().toLowerCase();
    const state = this.#state.value;
    return (!state || row.state === state) && (!text || `${row.name} ${row.reason}`.toLowerCase().includes(text));
  }
}

function makeRow(row) {
  const version = row.version ? `/versions/${encodeURIComponent(row.version)}` : "";
  const link = element("a", { href: `#/models/${encodeURIComponent(row.name)}${version}`, title: row.name }, row.name);
  const cells = COLUMNS.map((column) =>
    element("td", {
      role: "cell",
      class: column.number ? "number" : null,
      "data-label": column.title,
      "data-column": column.id,
    }),
  );
  cells[0].append(link, element("span", { class: "muted backend" }, row.backend));
  cells[2].append(stateMark());
  return element("tr", { role: "row" }, ...cells);
}

function updateRow(node, row) {
  COLUMNS.forEach((column, index) => {
    if (column.text) {
      setText(node.cells[index], column.text(row[column.id]));
    }
  });
  setText(node.cells[1], row.version || format.NOTHING);
  showState(node.cells[2].firstElementChild, row.state, row.reason);
  setText(node.cells[7], row.reason);
  setAttribute(node.cells[7], "title", row.reason || null);
}
