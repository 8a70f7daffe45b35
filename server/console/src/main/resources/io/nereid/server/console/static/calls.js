/** Calls of exactly this version, made by the server, to copy. */

import { copyButton, element } from "./dom.js";
import { notice } from "./notice.js";

const TITLES = { curl: "curl", python: "Python", java: "Java", grpc: "gRPC" };

export class Calls {
  #notice = notice();

  constructor(page) {
    this.node = element("div", { class: "calls" }, this.#notice.node);
    this.#start(page);
  }

  async #start(page) {
    try {
      const { calls } = await page.description();
      const known = Object.keys(TITLES).filter((id) => calls[id]);
      this.node.append(
        ...known.map((id) =>
          element(
            "section",
            {},
            element(
              "div",
              { class: "panel-head" },
              element("h2", {}, TITLES[id]),
              copyButton(() => calls[id]),
            ),
            element("pre", { class: "code", tabindex: "0", "aria-label": `Call with ${TITLES[id]}` }, calls[id]),
          ),
        ),
      );
    } catch (problem) {
      this.#notice.show(problem);
    }
  }
}
