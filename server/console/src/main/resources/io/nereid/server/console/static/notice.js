/** Where a page says what went wrong, and what to do. */

import { askAgain, Unreachable } from "./api.js";
import { element, setText } from "./dom.js";

/** A notice that is not seen until `show(problem)`; `clear()` hides it. The line at the foot of the page says that a server is gone. */
export function notice() {
  const text = element("p", {});
  const button = element("button", { type: "button" }, "Enter the value");
  const node = element("div", { class: "notice", role: "alert", hidden: true }, text, button);
  let header = null;
  button.addEventListener("click", () => askAgain(header));
  return {
    node,
    show(problem) {
      header = problem.header ?? null;
      button.hidden = header === null;
      node.hidden = problem instanceof Unreachable;
      setText(text, explain(problem));
    },
    clear() {
      node.hidden = true;
    },
  };
}

/** The server's own text where it is one, else what the page knows. */
function explain(problem) {
  if (problem.header) {
    return `${problem.message}. The server was started with --http-restricted-api.`;
  }
  return problem.message;
}
