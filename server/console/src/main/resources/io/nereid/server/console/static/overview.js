/** The first page: the server as a whole, and all its models. */

import { read, repositoryIndex } from "./api.js";
import { element, keyed, setAttribute, setText } from "./dom.js";
import * as format from "./format.js";
import { History } from "./history.js";
import { ModelTable } from "./model-table.js";
import { notice } from "./notice.js";
import { poll } from "./poll.js";

const RATE_SPAN_NS = 5e9;

export function openOverview() {
  document.title = "Models · Nereid";
  return new Overview();
}

class Overview {
  #history = new History(RATE_SPAN_NS, (before, now) => now.server.uptime_ns < before.server.uptime_ns);
  #tiles = new Tiles();
  #gpus = element("section", { class: "gpus", "aria-label": "GPUs", hidden: true });
  #refused = new Refused();
  #table = new ModelTable();
  #notice = notice();
  #inRepositories = [];
  #end;

  constructor() {
    this.node = element(
      "div",
      { class: "overview" },
      element("h1", {}, "Models"),
      this.#notice.node,
      this.#tiles.node,
      this.#gpus,
      this.#refused.node,
      this.#table.node,
    );
    this.#end = poll(() => read("overview"), {
      show: (answer) => this.#show(answer),
      fail: (problem) => this.#notice.show(problem),
    });
  }

  close() {
    this.#end();
  }

  #show(answer) {
    this.#notice.clear();
    document.dispatchEvent(new CustomEvent("server-seen", { detail: answer.server }));
    if (answer.server.can_control && !this.#history.latest) {
      this.#findLoadable();
    }
    this.#history.add(withKeys(answer));
    const rows = [...this.#rows(answer), ...this.#neverLoaded(answer)];
    this.#tiles.show(answer, rows);
    showGpus(this.#gpus, answer.gpus ?? []);
    this.#refused.show(answer.refused, (reason) => this.#history.rate((one) => one.refused[reason]));
    this.#table.show(rows);
  }

  #rows(answer) {
    return answer.models.map((model) => ({
      ...model,
      key: keyOf(model),
      requestRate: this.#history.rate((one) => one.byKey.get(keyOf(model))?.requests),
      failureRate: this.#history.rate((one) => one.byKey.get(keyOf(model))?.failures),
    }));
  }

  /** What could be loaded and never was is in no statistics. */
  #neverLoaded({ models }) {
    const known = new Set(models.map((model) => model.name));
    return this.#inRepositories
      .filter((name) => !known.has(name))
      .map((name) => ({
        name,
        version: "",
        key: keyOf({ name, version: "" }),
        state: "UNKNOWN",
        reason: "",
        backend: "",
      }));
  }

  /** The list works without: an error here is not worth a notice. */
  async #findLoadable() {
    const entries = await repositoryIndex().catch(() => []);
    this.#inRepositories = [...new Set(entries.map((entry) => entry.name))];
  }
}

function keyOf(model) {
  return `${model.name}/${model.version}`;
}

function withKeys(answer) {
  return { ...answer, byKey: new Map(answer.models.map((model) => [keyOf(model), model])) };
}

/** The figures of the whole server. */
class Tiles {
  #server = tile("Server");
  #requests = tile("Requests per second");
  #inFlight = tile("In flight");
  #memory = tile("Held for clients");
  #process = tile("Process");
  #meter = meter("Share of the limit that is held for clients");

  constructor() {
    this.#memory.node.append(this.#meter.node);
    this.node = element(
      "section",
      { class: "tiles", "aria-label": "Server" },
      ...[this.#server, this.#requests, this.#inFlight, this.#memory, this.#process].map((each) => each.node),
    );
  }

  show({ server, ledger, process }, rows) {
    this.#server.name(`${server.name} ${server.version}`);
    this.#server.show(
      server.ready ? "Ready" : "Not ready",
      `up ${format.span(server.uptime_ns)}, control ${server.mode}`,
    );
    this.#requests.show(
      format.rate(total(rows, "requestRate")),
      `${format.rate(total(rows, "failureRate"))} failures per second`,
    );
    this.#inFlight.show(
      format.count(ledger.in_flight_requests),
      `${format.count(total(rows, "queue_length") ?? 0)} in queues`,
    );
    this.#memory.show(format.bytes(ledger.held_bytes), `of ${format.bytes(ledger.limit_bytes)}`);
    this.#meter.show(ledger.limit_bytes > 0 ? ledger.held_bytes / ledger.limit_bytes : 0);
    this.#process.show(format.bytes(process.resident_bytes), `${format.bytes(process.heap_bytes)} of it Java's heap`);
  }
}

function tile(title) {
  const heading = element("h2", {}, title);
  const value = element("p", { class: "value" }, format.NOTHING);
  const note = element("p", { class: "note" }, "\u00a0");
  return {
    node: element("div", { class: "tile" }, heading, value, note),
    name(text) {
      setText(heading, text);
    },
    show(text, below) {
      setText(value, text);
      setText(note, below);
      setAttribute(note, "title", below);
    },
  };
}

/** A bar that is filled from 0 to 1. */
function meter(label) {
  const fill = element("span", { class: "fill" });
  const node = element(
    "span",
    { class: "meter", role: "meter", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": 100 },
    fill,
  );
  return {
    node,
    show(share) {
      fill.style.width = `${Math.min(1, share) * 100}%`;
      setAttribute(node, "aria-valuenow", Math.round(share * 100));
    },
  };
}

function showGpus(section, gpus) {
  section.hidden = gpus.length === 0;
  keyed(section, gpus, {
    key: (gpu) => gpu.uuid,
    make: (gpu) => {
      const card = element(
        "div",
        { class: "gpu" },
        element("h2", {}, gpu.uuid),
        element("p", { class: "value" }),
        element("p", { class: "note" }),
      );
      card.meter = meter("Utilisation");
      card.append(card.meter.node);
      return card;
    },
    update: (card, gpu) => {
      setText(card.querySelector(".value"), format.percent(gpu.utilization));
      setText(
        card.querySelector(".note"),
        `${format.bytes(gpu.memory_used_bytes)} of ${format.bytes(gpu.memory_total_bytes)}`,
      );
      card.meter.show(gpu.utilization ?? 0);
    },
  });
}

/** Requests that were not run, per second and by reason. */
class Refused {
  #list = element("ul", {});
  #none = element("p", { class: "muted" }, "None so far.");

  constructor() {
    this.node = element(
      "section",
      { class: "refused", "aria-label": "Refused requests" },
      element("h2", {}, "Refused per second"),
      this.#none,
      this.#list,
    );
  }

  show(refused, rate) {
    const reasons = Object.keys(refused)
      .filter((reason) => refused[reason] > 0)
      .sort();
    this.#none.hidden = reasons.length > 0;
    keyed(this.#list, reasons, {
      key: (reason) => reason,
      make: (reason) =>
        element(
          "li",
          {},
          element("span", { class: "reason" }, reason),
          element("b", {}),
          element("span", { class: "muted total" }),
        ),
      update: (node, reason) => {
        setText(node.querySelector("b"), format.rate(rate(reason)));
        setText(node.querySelector(".total"), `${format.count(refused[reason])} in all`);
      },
    });
  }
}

/** null while nothing is known of any of them. */
function total(rows, name) {
  const values = rows.map((row) => row[name]).filter((value) => typeof value === "number");
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0);
}
