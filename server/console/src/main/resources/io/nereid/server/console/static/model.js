/** The page of one version: what it is, what it does, and what may be done with it. */

import { control, read, repositoryIndex, ServerError, versionPath } from "./api.js";
import { Calls } from "./calls.js";
import { Description } from "./description.js";
import { confirm } from "./dialog.js";
import { announce, element, setAttribute, setText } from "./dom.js";
import { History } from "./history.js";
import { Live } from "./live.js";
import { notice } from "./notice.js";
import { poll } from "./poll.js";
import { Slowest } from "./slowest.js";
import { showState, stateMark } from "./states.js";
import { Trial } from "./trial.js";
import { WhatIf } from "./what-if.js";

const HISTORY_NS = 65e9;
const TABS = [
  { id: "", title: "Live" },
  { id: "try", title: "Try it", open: (page) => new Trial(page) },
  { id: "description", title: "Description", open: (page) => new Description(page) },
  { id: "calls", title: "Calls", open: (page) => new Calls(page) },
  { id: "slowest", title: "Slowest requests", open: (page) => new Slowest(page) },
  { id: "what-if", title: "What if", open: (page) => new WhatIf(page) },
];

export function openModel(target) {
  return new ModelPage(target);
}

class ModelPage {
  #history = new History(HISTORY_NS, (before, now) => now.requests < before.requests);
  #live = new Live(this.#history);
  /** Of the questions that are asked again and again. */
  #notice = notice();
  /** Of the last load or unload: it stays until the next one. */
  #refusal = notice();
  #state = stateMark();
  #reason = element("p", { class: "reason-text" });
  #buttons = element("div", { class: "actions" });
  #load = element("button", { type: "button" }, "Load");
  #unload = element("button", { type: "button" }, "Unload");
  #panel = element("div", { class: "panel" });
  #links;
  #shown = null;
  #tab = "";
  #end = () => {};
  #closed = false;
  #description = null;
  /** Whether the server has not answered the last question for it. */
  #unanswered = false;

  constructor({ model, version, tab }) {
    this.model = model;
    this.version = version;
    this.#links = TABS.map(({ id, title }) => element("a", { href: this.#address(id) }, title));
    this.node = element("div", { class: "model" }, this.#head(), this.#notice.node, this.#refusal.node);
    if (version) {
      this.node.append(
        element("nav", { class: "tabs", "aria-label": "About this version" }, ...this.#links),
        this.#panel,
      );
      this.#end = poll(() => read(versionPath(model, version)), {
        show: (answer) => this.#show(answer),
        fail: (problem) => this.#fail(problem),
      });
    } else {
      showState(this.#state, "UNKNOWN", "");
      setText(this.#reason, "It is in a model repository, and nobody has asked for it yet.");
    }
    this.#offerControl();
    this.#open(tab);
  }

  #head() {
    this.#load.addEventListener("click", () => this.#control("load"));
    this.#unload.addEventListener("click", () => this.#control("unload"));
    return element(
      "div",
      { class: "model-head" },
      element("p", { class: "crumbs" }, element("a", { href: "#/" }, "Models"), " / ", this.model),
      element(
        "div",
        { class: "title-line" },
        element("h1", {}, this.model),
        element("span", { class: "muted version" }, this.version ? `version ${this.version}` : "no version is loaded"),
        this.#state,
        this.#buttons,
      ),
      this.#reason,
    );
  }

  #address(tab) {
    const versions = this.version ? `/versions/${encodeURIComponent(this.version)}` : "";
    return `#/models/${encodeURIComponent(this.model)}${versions}${tab ? `/${tab}` : ""}`;
  }

  /** Metadata, configuration and calls: asked for once, when a tab needs them first. */
  description() {
    this.#description ??= read(`${versionPath(this.model, this.version)}/description`).catch((problem) => {
      this.#description = null; // so that the next one asks again
      this.#unanswered = !(problem instanceof ServerError);
      throw problem;
    });
    return this.#description;
  }

  /** Another tab of the same version needs no new page. */
  goTo({ model, version, tab }) {
    const same = model === this.model && version === this.version;
    if (same) {
      this.#open(tab);
    }
    return same;
  }

  close() {
    this.#closed = true;
    this.#shown?.close?.();
    this.#end();
  }

  #open(tab) {
    this.#unanswered = false;
    this.#shown?.close?.();
    this.#tab = tab;
    const opened = TABS.find(({ id }) => id === tab);
    this.#shown = opened.open ? opened.open(this) : this.#live;
    this.#links.forEach((link, index) => setAttribute(link, "aria-current", TABS[index] === opened && "page"));
    this.#panel.replaceChildren(this.#shown.node);
    document.title = `${this.model} · ${opened.title} · Nereid`;
  }

  #show(answer) {
    this.#notice.clear();
    this.#showState(answer.state, answer.reason);
    if (answer.queue) {
      // only a version that is served has numbers
      this.#history.add(answer);
      this.#live.add();
    }
    if (this.#unanswered && this.#shown !== this.#live) {
      this.#open(this.#tab); // it answers now
    }
  }

  #showState(state, reason) {
    if (this.#state.dataset.state && this.#state.querySelector(".state-name").textContent !== state) {
      announce(`${this.model} is ${state}`);
      this.#changed(state);
    }
    showState(this.#state, state, reason);
    setText(this.#reason, reason);
    this.#unload.disabled = state !== "READY";
  }

  /** Another load may have another configuration; and a tab that had none to show can be drawn now. */
  #changed(state) {
    const failed = this.#description === null;
    this.#description = null;
    if (state === "READY" && failed && this.#shown !== this.#live) {
      this.#open(this.#tab);
    }
  }

  #fail(problem) {
    if (problem instanceof ServerError && problem.status === 404) {
      this.#showState("UNAVAILABLE", "The server knows no such version, or does not know it any more.");
      return;
    }
    this.#notice.show(problem);
  }

  /** Load and unload are there only where the server lets a client do that. */
  async #offerControl() {
    try {
      const { server } = await read("overview");
      document.dispatchEvent(new CustomEvent("server-seen", { detail: server }));
      if (server.can_control && !this.#closed) {
        this.#unload.hidden = !this.version;
        this.#buttons.replaceChildren(this.#load, this.#unload);
      }
    } catch {
      // The state's question fails too, and says why.
    }
  }

  async #control(action) {
    if (!(await this.#isWanted(action))) {
      return;
    }
    this.#refusal.clear();
    this.#load.disabled = this.#unload.disabled = true;
    setText(this.#reason, action === "load" ? "Loading…" : "Unloading…");
    try {
      await control(this.model, action);
      announce(`${this.model}: ${action} is done`);
      await this.#findVersion();
    } catch (problem) {
      this.#refusal.show(problem);
      setText(this.#reason, "");
    } finally {
      this.#load.disabled = false; // the next answer says whether there is something to unload
    }
  }

  #isWanted(action) {
    return action === "load"
      ? confirm(
          `Load ${this.model}?`,
          "All versions that its version policy names are loaded, or loaded anew where their files have changed.",
          "Load",
        )
      : confirm(
          `Unload ${this.model}?`,
          "All versions of this model stop taking requests. Those that run are answered.",
          "Unload",
        );
  }

  /** After the first load of a model without a version this page's address is that of a version. */
  async #findVersion() {
    if (this.version) {
      return;
    }
    const loaded = (await repositoryIndex()).findLast(({ name, version }) => name === this.model && version);
    if (loaded && !this.#closed) {
      location.replace(`#/models/${encodeURIComponent(this.model)}/versions/${encodeURIComponent(loaded.version)}`);
    }
  }
}
