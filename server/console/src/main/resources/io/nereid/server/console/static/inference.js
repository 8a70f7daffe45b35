/** An inference request as it goes out, and an answer as it came in: JSON, with tensors behind it as bytes where that is shorter. */

import { decode, isBinary } from "./values.js";

const LENGTH = "Inference-Header-Content-Length";

/**
 * `inputs` are `{name, datatype, shape}` with either `tokens`, elements as JSON, or `bytes`. Outputs come as bytes where the
 * browser has an array for them. `text` is the JSON, `body` and `headers` are what is sent.
 */
export function inferRequest(inputs, outputs, parameters) {
  const text = `{${[
    ...(Object.keys(parameters).length > 0 ? [`"parameters":${JSON.stringify(parameters)}`] : []),
    `"inputs":[${inputs.map(inputText).join(",")}]`,
    `"outputs":${JSON.stringify(outputs.map(({ name, datatype }) => ({ name, parameters: { binary_data: isBinary(datatype) } })))}`,
  ].join(",")}}`;
  const blobs = inputs.filter((input) => input.bytes).map((input) => input.bytes);
  if (blobs.length === 0) {
    return { text, body: new Blob([text]), headers: { "Content-Type": "application/json" } };
  }
  const head = new TextEncoder().encode(text);
  return {
    text,
    body: new Blob([head, ...blobs]),
    headers: { "Content-Type": "application/octet-stream", [LENGTH]: String(head.length) },
  };
}

function inputText({ name, datatype, shape, tokens, bytes }) {
  const head = JSON.stringify({ name, datatype, shape }).slice(0, -1);
  return bytes ? `${head},"parameters":{"binary_data_size":${bytes.length}}}` : `${head},"data":[${tokens.join(",")}]}`;
}

/** `{head, outputs, size}` of a response: outputs have their elements in `values`. */
export async function readAnswer(response) {
  const bytes = new Uint8Array(await response.arrayBuffer());
  const headLength = Number(response.headers.get(LENGTH) ?? bytes.length);
  const head = JSON.parse(asJson(new TextDecoder().decode(bytes.subarray(0, headLength))));
  let at = headLength;
  const outputs = head.outputs.map((output) => {
    const size = output.parameters?.binary_data_size;
    const values = size === undefined ? output.data : decode(output.datatype, bytes.subarray(at, at + size));
    at += size ?? 0;
    return { ...output, values };
  });
  return { head, outputs, size: bytes.length };
}

/** The server writes NaN and Infinity as they are, which JSON does not know. */
function asJson(text) {
  return text.replace(/(?<=[[,]\s*)(NaN|-?Infinity)(?=\s*[,\]])/g, '"$1"');
}

/** The request of generate_stream for a model with any number of responses: one flat object. */
export function generateRequest(inputs, parameters) {
  const members = inputs.map(
    ({ name, tokens }) => `${JSON.stringify(name)}:${tokens.length === 1 ? tokens[0] : `[${tokens.join(",")}]`}`,
  );
  const more = Object.entries(parameters).map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  const text = `{${[...members, ...more].join(",")}}`;
  return { text, body: new Blob([text]), headers: { "Content-Type": "application/json" } };
}

/** Calls `each` with every event of a stream; returns the number of its bytes. */
export async function readStream(response, each) {
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      return size;
    }
    size += value.length;
    const events = (rest + decoder.decode(value, { stream: true })).split("\n\n");
    rest = events.pop();
    events.forEach((event) => each(event.replace(/^data: /, "")));
  }
}
