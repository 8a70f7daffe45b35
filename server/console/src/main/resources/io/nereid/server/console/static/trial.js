/** The form that sends one request through the protocol itself, and shows what was sent and what came. */

import { infer } from "./api.js";
import { AnswerView } from "./answer.js";
import { announce, copyButton, element, field, setText } from "./dom.js";
import * as format from "./format.js";
import { generateRequest, inferRequest, readAnswer, readStream } from "./inference.js";
import { InputField } from "./input-field.js";
import { notice } from "./notice.js";

const SHOWN_CHARACTERS = 1500;
const SEQUENCE = { sequence_id: 1, sequence_start: true, sequence_end: true };

export class Trial {
  #page;
  #description;
  #inputs = [];
  #notice = notice();
  #fields = element("div", { class: "inputs" });
  #parameters = field(
    "Request parameters, JSON",
    element("textarea", { rows: 2, spellcheck: "false" }),
    "Such as priority, timeout or sequence_id.",
  );
  #submit = element("button", { type: "submit", class: "primary", disabled: true }, "Send");
  #cancel = element("button", { type: "button", disabled: true }, "Cancel");
  #form;
  #sent = element("pre", { class: "code", tabindex: "0" }, "The request is shown here.");
  #sentNote = element("p", { class: "muted" }, "\u00a0");
  #copy = copyButton(() => this.#request?.text ?? "");
  #request = null;
  #answer = new AnswerView();
  #running = null;

  constructor(page) {
    this.#page = page;
    this.#copy.disabled = true;
    this.#form = element(
      "form",
      { class: "trial-form", novalidate: true },
      element("h2", {}, "Request"),
      this.#notice.node,
      this.#fields,
      element("details", {}, element("summary", {}, "Parameters"), this.#parameters.node),
      element("div", { class: "actions" }, this.#submit, this.#cancel),
    );
    this.node = element(
      "div",
      { class: "trial" },
      this.#form,
      element(
        "section",
        { class: "trial-answer", "aria-label": "Answer" },
        element("h2", {}, "Answer"),
        this.#answer.node,
        element("div", { class: "panel-head" }, element("h2", {}, "What was sent"), this.#copy),
        this.#sentNote,
        this.#sent,
      ),
    );
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.#cancel.addEventListener("click", () => this.#running?.abort());
    this.#start();
  }

  close() {
    this.#running?.abort();
  }

  async #start() {
    try {
      this.#description = await this.#page.description();
    } catch (problem) {
      this.#notice.show(problem);
      return;
    }
    const { metadata, config } = this.#description;
    const optional = new Set((config.input ?? []).filter((input) => input.optional).map((input) => input.name));
    this.#inputs = metadata.inputs.map((input) => new InputField(input, optional.has(input.name)));
    this.#fields.replaceChildren(...this.#inputs.map((input) => input.node));
    this.#inputs
      .filter((_, index) => metadata.inputs[index].datatype !== "BYTES")
      .forEach((input) => input.fillRandom());
    if (config.sequence_batching) {
      this.#parameters.control.value = JSON.stringify(SEQUENCE);
      this.#parameters.node.parentElement.open = true;
    }
    this.#submit.disabled = false;
  }

  get #isDecoupled() {
    return Boolean(this.#description.config.model_transaction_policy?.decoupled);
  }

  /** An ensemble is asked to tell what its steps did, too. */
  get #path() {
    const { platform } = this.#description.config;
    return this.#isDecoupled ? "generate_stream" : platform === "ensemble" ? "infer?explain=true" : "infer";
  }

  async #send() {
    this.#notice.clear();
    const request = this.#read();
    if (!request) {
      return;
    }
    this.#show(request);
    this.#running = new AbortController();
    this.#submit.disabled = true;
    this.#cancel.disabled = false;
    const began = performance.now();
    try {
      await this.#exchange(request, began);
      announce("The answer is there");
    } catch (problem) {
      this.#answer.clear();
      this.#notice.show(
        problem.name === "AbortError" ? new Error("Cancelled: the server was told to give it up.") : problem,
      );
    } finally {
      this.#submit.disabled = false;
      this.#cancel.disabled = true;
      this.#running = null;
    }
  }

  async #exchange(request, began) {
    const { model, version } = this.#page;
    const options = { ...request, signal: this.#running.signal };
    const took = () => (performance.now() - began) * 1e6;
    if (this.#isDecoupled) {
      this.#answer.clear();
      const size = await readStream(await infer(model, version, this.#path, options), (event) =>
        this.#answer.addEvent(event),
      );
      this.#answer.summarise(took(), request.body.size, size);
      return;
    }
    const answer = await readAnswer(await infer(model, version, this.#path, options));
    this.#answer.show(answer, this.#description.labels ?? {});
    this.#answer.summarise(took(), request.body.size, answer.size);
  }

  /** The request that the form describes; null if something is wrong, which is said beside it then. */
  #read() {
    const parameters = this.#readParameters();
    const inputs = this.#inputs.map(readField);
    if (!parameters || inputs.includes(undefined)) {
      this.#inputs[inputs.indexOf(undefined)]?.focus();
      announce("Something in the form is wrong");
      return null;
    }
    const sent = inputs.filter((input) => input !== null);
    if (!this.#isDecoupled) {
      return inferRequest(sent, this.#description.metadata.outputs, parameters);
    }
    if (sent.some((input) => input.bytes)) {
      this.#notice.show(
        new Error("This model is decoupled: its requests go through generate_stream, which takes typed values only."),
      );
      return null;
    }
    return generateRequest(sent, parameters);
  }

  #readParameters() {
    this.#parameters.problem("");
    try {
      const parsed = JSON.parse(this.#parameters.control.value.trim() || "{}");
      if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) {
        return parsed;
      }
    } catch {
      // The text below says what is expected.
    }
    this.#parameters.problem('expected a JSON object, such as {"priority": 1}');
    this.#parameters.node.parentElement.open = true;
    return null;
  }

  #show(request) {
    this.#request = request;
    this.#copy.disabled = false;
    const { text } = request;
    setText(this.#sent, text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)} …` : text);
    const binary = request.body.size - new Blob([text]).size;
    const behind = binary > 0 ? `, then ${format.bytes(binary)} of binary tensors` : "";
    setText(
      this.#sentNote,
      `POST /v2/models/${this.#page.model}/versions/${this.#page.version}/${this.#path}: ${format.bytes(new Blob([text]).size)} of JSON${behind}`,
    );
  }
}

function readField(input) {
  try {
    return input.read();
  } catch {
    return undefined; // the field shows why
  }
}
