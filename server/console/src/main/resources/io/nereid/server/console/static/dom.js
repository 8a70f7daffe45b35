/** Elements by hand. What comes from the server goes in as text, never as HTML. */

const SVG = "http://www.w3.org/2000/svg";

/** An element: attributes as they are written in HTML, `on` with listeners by event, children as nodes or texts. */
export function element(tag, attributes = {}, ...children) {
  return furnish(document.createElement(tag), attributes, children);
}

/** The same for an element of a drawing. */
export function shape(tag, attributes = {}, ...children) {
  return furnish(document.createElementNS(SVG, tag), attributes, children);
}

function furnish(node, { on = {}, ...attributes }, children) {
  for (const [name, value] of Object.entries(attributes)) {
    setAttribute(node, name, value);
  }
  for (const [event, listener] of Object.entries(on)) {
    node.addEventListener(event, listener);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Sets, or removes for false and null, and touches nothing that is so already. */
export function setAttribute(node, name, value) {
  if (value === false || value === null || value === undefined) {
    node.removeAttribute(name);
  } else if (node.getAttribute(name) !== String(value === true ? "" : value)) {
    node.setAttribute(name, value === true ? "" : value);
  }
}

/** Changes the text only if it is another, so that a selection in it stays. */
export function setText(node, text) {
  if (node.textContent !== String(text)) {
    node.textContent = text;
  }
}

/**
 * Makes the children of `parent` those of `items`, in that order: `make(item)` for a key that is new, `update(node, item)` for all.
 * Nodes stay what they are and are moved only if their place changed: focus and selection survive.
 */
export function keyed(parent, items, { key, make, update }) {
  const before = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const name = key(item);
    let node = before.get(name);
    before.delete(name);
    if (!node) {
      node = make(item);
      node.dataset.key = name;
    }
    update(node, item);
    if (node === place) {
      place = place.nextElementSibling;
    } else {
      parent.insertBefore(node, place);
    }
  }
  before.forEach((node) => node.remove());
}

/** Tells those who listen to the page instead of looking at it. */
export function announce(text) {
  setText(document.getElementById("announcement"), text);
}

let ids = 0;

/** An id that no other element has, for labels. */
function freshId(stem) {
  return `${stem}-${++ids}`;
}

/** A labelled control: its label above it, a hint or an error below. `field.problem(text)` shows an error. */
export function field(label, control, hint = "") {
  const id = freshId("field");
  const note = element("p", { class: "hint", id: `${id}-note` }, hint);
  setAttribute(control, "id", id);
  setAttribute(control, "aria-describedby", note.id);
  const node = element("div", { class: "field" }, element("label", { for: id }, label), control, note);
  const problem = (text) => {
    setText(note, text || hint);
    setAttribute(node, "data-wrong", Boolean(text));
    setAttribute(control, "aria-invalid", Boolean(text) && "true");
  };
  return { node, control, problem };
}

/** A button that puts a text into the clipboard, also where the page is not served by TLS. */
export function copyButton(text, label = "Copy") {
  const button = element("button", { type: "button", class: "small" }, label);
  button.addEventListener("click", async () => {
    const done = await copy(text());
    setText(button, done ? "Copied" : "Select it by hand");
    announce(done ? "Copied" : "The browser does not let the page copy");
    setTimeout(() => setText(button, label), 1500);
  });
  return button;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text); // no clipboard without TLS on another machine
  }
}

function copyBySelection(text) {
  const area = element("textarea", { class: "hidden-text", "aria-hidden": "true" });
  const focused = document.activeElement;
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  focused?.focus();
  return done;
}
