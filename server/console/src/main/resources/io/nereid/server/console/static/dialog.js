/** Questions in front of the page: Escape is no, Enter is yes, and the focus goes back to where it was. */

import { element, field } from "./dom.js";

/** Whether the person wants `action`, which `text` explains. */
export async function confirm(title, text, action) {
  return (await open(title, [element("p", {}, text)], action)) === "yes";
}

/** The value of a header without which the server does not answer, or null. */
export async function askForValue(header, wasWrong) {
  const input = element("input", { type: "password", autocomplete: "off", spellcheck: "false", required: true });
  const asked = field(`Value of the header ${header}`, input, "Kept until this tab is closed.");
  if (wasWrong) {
    asked.problem("The server refused the value. Its flag --http-restricted-api says which one it wants.");
  }
  const text = "The server was started with --http-restricted-api: it answers this only with a header.";
  const answer = await open("This is restricted", [element("p", {}, text), asked.node], "Use this value");
  return answer === "yes" && input.value ? input.value : null;
}

function open(title, parts, action) {
  const heading = element("h2", {}, title);
  const form = element(
    "form",
    { method: "dialog" },
    heading,
    ...parts,
    element(
      "div",
      { class: "actions" },
      element("button", { type: "submit", class: "primary", value: "yes" }, action),
      element("button", { type: "submit", value: "no", formnovalidate: true }, "Cancel"),
    ),
  );
  const dialog = element("dialog", { "aria-label": title }, form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue);
    });
  });
}
