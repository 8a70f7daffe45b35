/** Elements of tensors: read from what a person types, made up, written as JSON, and read back from binary answers. */

const RANGES = {
  INT8: [-(2n ** 7n), 2n ** 7n - 1n],
  INT16: [-(2n ** 15n), 2n ** 15n - 1n],
  INT32: [-(2n ** 31n), 2n ** 31n - 1n],
  INT64: [-(2n ** 63n), 2n ** 63n - 1n],
  UINT8: [0n, 2n ** 8n - 1n],
  UINT16: [0n, 2n ** 16n - 1n],
  UINT32: [0n, 2n ** 32n - 1n],
  UINT64: [0n, 2n ** 64n - 1n],
};
const ARRAYS = {
  BOOL: Uint8Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
  FP32: Float32Array,
  FP64: Float64Array,
};
const WORDS = {
  NaN: "NaN",
  Infinity: "Infinity",
  "-Infinity": "-Infinity",
  inf: "Infinity",
  "-inf": "-Infinity",
  nan: "NaN",
};
const COUNT_LIMIT = 50e6;

/** Datatypes without an array in the browser: they go and come as JSON. */
export function isBinary(datatype) {
  return datatype === "BYTES" || datatype in ARRAYS;
}

export function isFloating(datatype) {
  return ["FP16", "BF16", "FP32", "FP64"].includes(datatype);
}

export function elementCount(shape) {
  return shape.reduce((product, size) => product * size, 1);
}

/** `[1, 3, 224, 224]` with or without brackets; an Error says what is wrong. */
export function parseShape(text, expected) {
  const parts = text
    .replace(/[[\]]/g, " ")
    .split(/[\s,]+/)
    .filter(Boolean);
  if (parts.some((part) => !/^\d+$/.test(part))) {
    throw new Error(`The shape is whole numbers with commas between them, got ${text}`);
  }
  const shape = parts.map(Number);
  if (shape.length !== expected.length || expected.some((size, index) => size >= 0 && size !== shape[index])) {
    throw new Error(`got [${shape.join(", ")}] (expected [${expected.join(", ")}], where -1 is any size)`);
  }
  if (elementCount(shape) > COUNT_LIMIT) {
    throw new Error(`got ${elementCount(shape)} elements (expected at most ${COUNT_LIMIT} in this form)`);
  }
  return shape;
}

/** What was typed, as tokens of JSON; an Error says what is wrong. */
export function parseElements(datatype, text, count) {
  const tokens = datatype === "BYTES" ? parseTexts(text, count) : parseNumbers(datatype, text);
  if (tokens.length !== count) {
    throw new Error(`got ${tokens.length} values (expected ${count}, as the shape says)`);
  }
  return tokens;
}

/** A single element is the whole text, of several each is a line. */
function parseTexts(text, count) {
  return (count === 1 ? [text] : text === "" ? [] : text.split("\n")).map((line) => JSON.stringify(line));
}

function parseNumbers(datatype, text) {
  const parts = text
    .replace(/[[\]]/g, " ")
    .split(/[\s,;]+/)
    .filter(Boolean);
  return parts.map((part) => numberToken(datatype, part));
}

function numberToken(datatype, part) {
  if (datatype === "BOOL") {
    return boolToken(part);
  }
  if (datatype in RANGES) {
    return wholeToken(datatype, part);
  }
  if (part in WORDS) {
    return WORDS[part];
  }
  if (Number.isNaN(Number(part))) {
    throw new Error(`got ${part} (expected a number)`);
  }
  return String(Number(part));
}

function boolToken(part) {
  const token = { true: "true", 1: "true", false: "false", 0: "false" }[part.toLowerCase()];
  if (!token) {
    throw new Error(`got ${part} (expected true or false)`);
  }
  return token;
}

function wholeToken(datatype, part) {
  const [least, most] = RANGES[datatype];
  if (!/^[+-]?\d+$/.test(part)) {
    throw new Error(`got ${part} (expected a whole number)`);
  }
  const value = BigInt(part);
  if (value < least || value > most) {
    throw new Error(`got ${part} (expected ${least} to ${most} for ${datatype})`);
  }
  return String(value);
}

/** Tokens that this datatype can hold, for a look at what the model does. */
export function randomElements(datatype, count) {
  const whole = (most) => String(Math.floor(Math.random() * most));
  const one =
    {
      BOOL: () => (Math.random() < 0.5 ? "false" : "true"),
      BYTES: () => JSON.stringify(Math.random().toString(36).slice(2, 10)),
    }[datatype] ?? (isFloating(datatype) ? () => Math.random().toFixed(4) : () => whole(100));
  return Array.from({ length: count }, one);
}

/** Tokens as the person would have typed them. */
export function textOf(datatype, tokens) {
  return datatype === "BYTES" ? tokens.map((token) => JSON.parse(token)).join("\n") : tokens.join(", ");
}

/** The bytes of an array of numbers as the protocol has them: the machine's order is the protocol's, little-endian. */
export function binaryNumbers(datatype, numbers) {
  const array = ARRAYS[datatype].from(numbers);
  return new Uint8Array(array.buffer);
}

/** One element of BYTES: its length, then itself. */
export function binaryText(content) {
  const bytes = new Uint8Array(4 + content.length);
  new DataView(bytes.buffer).setUint32(0, content.length, true);
  bytes.set(content, 4);
  return bytes;
}

/** The elements of a binary output: numbers, or texts; bytes that are no text are shown in hexadecimal. */
export function decode(datatype, bytes) {
  return datatype === "BYTES" ? decodeTexts(bytes) : decodeNumbers(datatype, bytes);
}

function decodeNumbers(datatype, bytes) {
  const numbers = new ARRAYS[datatype](bytes.slice().buffer); // a copy begins where such an array may begin
  return datatype === "BOOL" ? Array.from(numbers, Boolean) : numbers;
}

function decodeTexts(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const texts = [];
  for (let at = 0; at < bytes.length;) {
    const length = view.getUint32(at, true);
    texts.push(textOrHex(bytes.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  return texts;
}

function textOrHex(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  }
}

/** A number as it is read: FP32 without the digits that only its conversion has added. */
export function elementText(datatype, value) {
  return datatype === "FP32" ? String(Number(value.toPrecision(7))) : String(value);
}
