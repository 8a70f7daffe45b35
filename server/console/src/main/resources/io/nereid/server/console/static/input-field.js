/** One input of the form: its shape, and its elements typed, made up, or taken from a file. */

import { element, field, setText } from "./dom.js";
import * as format from "./format.js";
import { layoutOf, pixels, SCALES } from "./picture.js";
import {
  binaryNumbers,
  binaryText,
  elementCount,
  isBinary,
  isFloating,
  parseElements,
  parseShape,
  randomElements,
  textOf,
} from "./values.js";

const TYPED_COUNT = 2000;
const ANY_SIDE = 224;

export class InputField {
  #input;
  #optional;
  #send = element("input", { type: "checkbox", checked: true });
  #shape = element("input", { type: "text", autocomplete: "off", spellcheck: "false" });
  #text = element("textarea", { rows: 4, spellcheck: "false", autocomplete: "off" });
  #shapeField = field("Shape", this.#shape);
  #textField;
  #file = element("input", { type: "file", accept: "image/*,*/*", class: "hidden-text", tabindex: "-1" });
  #scale = element("select", {}, ...SCALES.map(({ id, title }) => element("option", { value: id }, title)));
  #picture = element("img", { alt: "", hidden: true, class: "preview", width: 72, height: 72 });
  #givenText = element("p", { class: "given", role: "status" });
  #given = null;
  #fileGiven = null;

  /** `input` is `{name, datatype, shape}` of the metadata. */
  constructor(input, optional) {
    this.#input = input;
    this.#optional = optional;
    this.#shape.value = defaultShape(input).join(", ");
    this.#textField =
      input.datatype === "BYTES"
        ? field("Text", this.#text, "Where the shape has several elements, each line is one.")
        : field("Values", this.#text);
    this.node = element(
      "fieldset",
      { class: "input" },
      element(
        "legend",
        {},
        input.name,
        element("span", { class: "muted" }, ` ${input.datatype} ${format.shapeText(input.shape)}`),
      ),
      optional ? element("label", { class: "check" }, this.#send, " Send this optional input") : null,
      this.#shapeField.node,
      this.#textField.node,
      element("div", { class: "given-line" }, this.#picture, this.#givenText),
      this.#tools(),
    );
    this.#text.addEventListener("input", () => this.#forget());
    this.#listenForFiles();
  }

  #tools() {
    const button = (text, act) => {
      const node = element("button", { type: "button", class: "small" }, text);
      node.addEventListener("click", act);
      return node;
    };
    const tools = [button("Random", () => this.#fill(randomElements))];
    if (this.#input.datatype !== "BYTES") {
      tools.push(
        button("Zeros", () => this.#fill((datatype, count) => Array(count).fill(datatype === "BOOL" ? "false" : "0"))),
      );
    }
    if (this.#takesFile()) {
      tools.push(
        button(this.#input.datatype === "BYTES" ? "File or picture…" : "Picture…", () => this.#file.click()),
        this.#file,
      );
    }
    if (this.#isPicture() && isFloating(this.#input.datatype)) {
      tools.push(element("label", { class: "inline" }, "Pixels as ", this.#scale));
      this.#scale.addEventListener("change", () => this.#fileGiven && this.#take(this.#fileGiven));
    }
    if (this.#takesFile()) {
      tools.push(element("span", { class: "muted drop-hint" }, "or drop one here"));
    }
    return element("div", { class: "input-tools" }, ...tools);
  }

  #isPicture() {
    const { datatype, shape } = this.#input;
    return (isFloating(datatype) || datatype === "UINT8") && layoutOf(shape) !== null;
  }

  #takesFile() {
    return this.#input.datatype === "BYTES" || this.#isPicture();
  }

  #listenForFiles() {
    this.#file.addEventListener("change", () => this.#file.files[0] && this.#take(this.#file.files[0]));
    if (!this.#takesFile()) {
      return;
    }
    this.node.addEventListener("dragover", (event) => {
      event.preventDefault();
      this.node.dataset.over = "";
    });
    this.node.addEventListener("dragleave", () => delete this.node.dataset.over);
    this.node.addEventListener("drop", (event) => {
      event.preventDefault();
      delete this.node.dataset.over;
      if (event.dataTransfer.files[0]) {
        this.#take(event.dataTransfer.files[0]);
      }
    });
  }

  async #take(file) {
    this.#textField.problem("");
    try {
      const given = this.#input.datatype === "BYTES" ? await this.#wholeFile(file) : await this.#pixels(file);
      this.#give(given, file);
    } catch (problem) {
      this.#textField.problem(problem.message);
    }
  }

  async #wholeFile(file) {
    const shape = this.#readShape();
    if (elementCount(shape) !== 1) {
      throw new Error(`a file is one element (expected a shape of one element, got ${format.shapeText(shape)})`);
    }
    const bytes = new Uint8Array(await file.arrayBuffer());
    return { shape, bytes: binaryText(bytes), text: `${file.name}, ${format.bytes(bytes.length)}` };
  }

  async #pixels(file) {
    const shape = this.#readShape();
    const layout = layoutOf(shape);
    if (!layout) {
      throw new Error(`got the shape ${format.shapeText(shape)} (expected one picture)`);
    }
    const { datatype } = this.#input;
    const scale = isFloating(datatype) ? SCALES.find(({ id }) => id === this.#scale.value) : SCALES.at(-1);
    const numbers = await pixels(file, layout, scale.scale);
    const text = `${file.name} as ${layout.width} x ${layout.height} pixels, ${scale.title}`;
    return { shape, ...this.#packed(numbers), text };
  }

  #packed(numbers) {
    const { datatype } = this.#input;
    const whole = isFloating(datatype) ? numbers : Array.from(numbers, Math.round);
    return isBinary(datatype) ? { bytes: binaryNumbers(datatype, whole) } : { tokens: Array.from(whole, String) };
  }

  /** Few elements are put into the text, where they can be changed; many are kept beside it. */
  #fill(make) {
    const { datatype } = this.#input;
    this.#textField.problem("");
    try {
      const shape = this.#readShape();
      const tokens = make(datatype, elementCount(shape));
      if (tokens.length <= TYPED_COUNT) {
        this.#forget();
        this.#text.value = textOf(datatype, tokens);
      } else if (isFloating(datatype)) {
        this.#give(
          {
            shape,
            ...this.#packed(tokens.map(Number)),
            text: `${format.count(tokens.length)} values, the first ${tokens.slice(0, 4).join(", ")}`,
          },
          null,
        );
      } else {
        this.#give({ shape, tokens, text: `${format.count(tokens.length)} values` }, null);
      }
    } catch (problem) {
      this.#textField.problem(problem.message);
    }
  }

  #give(given, file) {
    this.#given = given;
    this.#fileGiven = file;
    this.#text.value = "";
    this.#text.placeholder = "Typing here takes the place of what was chosen";
    setText(this.#givenText, given.text);
    this.#showPicture(file);
  }

  #forget() {
    this.#given = null;
    this.#fileGiven = null;
    this.#text.placeholder = "";
    setText(this.#givenText, "");
    this.#showPicture(null);
  }

  #showPicture(file) {
    URL.revokeObjectURL(this.#picture.src);
    this.#picture.hidden = !file?.type.startsWith("image/");
    if (!this.#picture.hidden) {
      this.#picture.src = URL.createObjectURL(file);
    }
  }

  #readShape() {
    this.#shapeField.problem("");
    try {
      return parseShape(this.#shape.value, this.#input.shape);
    } catch (problem) {
      this.#shapeField.problem(problem.message);
      throw new Error("The shape is needed first");
    }
  }

  /** The input as `inferRequest` takes it; null if it is not to be sent. With an error beside the field it throws. */
  read() {
    if (this.#optional && !this.#send.checked) {
      return null;
    }
    this.#textField.problem("");
    try {
      const shape = this.#readShape();
      const { name, datatype } = this.#input;
      return { name, datatype, shape, ...this.#elements(shape) };
    } catch (problem) {
      this.#textField.problem(problem.message);
      throw problem;
    }
  }

  #elements(shape) {
    if (!this.#given) {
      return { tokens: parseElements(this.#input.datatype, this.#text.value, elementCount(shape)) };
    }
    if (elementCount(this.#given.shape) !== elementCount(shape)) {
      throw new Error(
        `the shape has changed since: got ${format.shapeText(this.#given.shape)} (expected ${format.shapeText(shape)}); choose again`,
      );
    }
    return { tokens: this.#given.tokens, bytes: this.#given.bytes };
  }

  /** For the first look: something to send without typing. */
  fillRandom() {
    this.#fill(randomElements);
  }

  focus() {
    (this.#shapeField.node.dataset.wrong === undefined ? this.#text : this.#shape).focus();
  }
}

/** Any size is 1, but that of a picture's side. */
function defaultShape({ datatype, shape }) {
  const layout = datatype === "BYTES" ? null : layoutOf(shape);
  return shape.map((size, index) => {
    const isSide =
      layout && (layout.first ? index >= shape.length - 2 : index >= shape.length - 3 && index < shape.length - 1);
    return size >= 0 ? size : isSide ? ANY_SIDE : 1;
  });
}
