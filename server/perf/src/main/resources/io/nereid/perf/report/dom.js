/* Elements by hand. What comes from a server goes in as text, never as HTML. */

const SVG = "http://www.w3.org/2000/svg";

/** An element: attributes as they are written in HTML; `set` are properties of its style; children are nodes or texts. */
function element(tag, attributes = {}, ...children) {
  return furnish(document.createElement(tag), attributes, children);
}

/** The same for an element of a drawing. */
function shape(tag, attributes = {}, ...children) {
  return furnish(document.createElementNS(SVG, tag), attributes, children);
}

function furnish(node, { set = {}, ...attributes }, children) {
  for (const [name, value] of Object.entries(attributes)) {
    node.setAttribute(name, value);
  }
  for (const [name, value] of Object.entries(set)) {
    node.style.setProperty(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** A table: heads are texts, or [text, "number"] for a column of numbers; cells are nodes or texts. */
function table(caption, heads, rows, kind = "plain") {
  const columns = heads.map((head) => (Array.isArray(head) ? head : [head, ""]));
  const cell = (tag, content, column) => element(tag, { class: columns[column][1] }, content);
  return element(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    element(
      "table",
      { class: kind },
      element("thead", {}, element("tr", {}, ...columns.map(([text], column) => cell("th", text, column)))),
      element(
        "tbody",
        {},
        ...rows.map((cells) => element("tr", {}, ...cells.map((content, column) => cell("td", content, column)))),
      ),
    ),
  );
}

/** A card with a title, a line that says what is seen, and what it holds. */
function card(title, note, ...children) {
  return element(
    "section",
    { class: "card" },
    element("h2", {}, title),
    note ? element("p", { class: "note" }, note) : null,
    ...children,
  );
}
