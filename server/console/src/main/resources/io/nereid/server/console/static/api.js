/** What the pages ask the server, and whether it answers. */

const ANSWER_MILLIS = 5000;
const HEADERS_KEY = "nereid-headers";
const RESTRICTED = /expecting header '([^']+)'/;

/** Events: `gone` and `back` as the server stops and starts to answer (`back` with the first answer too), `allowed` when somebody gave a header's value. */
export const connection = new EventTarget();

let gone = null; // nothing was asked yet
let askForValue = async () => null;
const declined = new Set();

/** An answer that is an error: `status`, and the server's text. */
export class ServerError extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }

  /** The name of the header without whose value this is not answered, or null. */
  get header() {
    return this.status === 403 ? (RESTRICTED.exec(this.message)?.[1] ?? null) : null;
  }
}

/** No answer at all. */
export class Unreachable extends Error {
  constructor() {
    super("The server does not answer.");
  }
}

/** `ask(header, wasWrong)` gives what the person typed, or null. */
export function askHeadersBy(ask) {
  askForValue = ask;
}

/** A JSON answer of the interface that the server has for these pages. */
export async function read(path) {
  const response = await send(`/console/api/${path}`, { signal: AbortSignal.timeout(ANSWER_MILLIS) });
  return response.json();
}

/** The path of a version within the console's interface. */
export function versionPath(model, version) {
  return `models/${encodeURIComponent(model)}/versions/${encodeURIComponent(version)}`;
}

/** All that is in the repositories, `{name, version, state}`; nothing where the server does not tell it to everybody. */
export async function repositoryIndex() {
  const response = await reach("/v2/repository/index", { method: "POST" });
  return response.ok ? response.json() : [];
}

/** `action` is `load` or `unload`; returns when the server says that it is done. */
export async function control(model, action) {
  await send(`/v2/repository/models/${encodeURIComponent(model)}/${action}`, { method: "POST" });
}

/** Sends an inference request; `path` is infer or generate_stream, with a query if there is one. The response's body is still to be read. */
export function infer(model, version, path, { body, headers, signal }) {
  const target = `/v2/models/${encodeURIComponent(model)}/versions/${encodeURIComponent(version)}/${path}`;
  return send(target, { method: "POST", body, headers, signal });
}

/** Asks the person again for what they did not give when they were asked first. */
export async function askAgain(header) {
  declined.delete(header);
  if (await askFor(header, false)) {
    connection.dispatchEvent(new Event("allowed"));
  }
}

async function send(path, options) {
  for (let wasWrong = false; ; wasWrong = true) {
    const response = await reach(path, options);
    if (response.ok) {
      return response;
    }
    const error = new ServerError(response.status, await errorText(response));
    if (!error.header || !(await askFor(error.header, wasWrong || error.header in givenHeaders()))) {
      throw error;
    }
  }
}

async function reach(path, options) {
  try {
    const response = await fetch(path, {
      ...options,
      cache: "no-store",
      headers: { ...givenHeaders(), ...options.headers },
    });
    tell(false);
    return response;
  } catch (problem) {
    if (problem.name === "AbortError") {
      throw problem;
    }
    tell(true);
    throw new Unreachable();
  }
}

async function errorText(response) {
  const text = await response.text();
  try {
    return JSON.parse(text).error ?? text;
  } catch {
    return text || `The server answered ${response.status}.`;
  }
}

function tell(nowGone) {
  if (gone !== nowGone) {
    gone = nowGone;
    connection.dispatchEvent(new Event(gone ? "gone" : "back"));
  }
}

let asking = null;

/** Whether there is a value to try. One dialog at a time, however many answers ask for it. */
async function askFor(header, wasWrong) {
  if (declined.has(header)) {
    return false;
  }
  asking ??= askForValue(header, wasWrong).finally(() => {
    asking = null;
  });
  const value = await asking;
  if (value === null) {
    declined.add(header);
    return false;
  }
  sessionStorage.setItem(HEADERS_KEY, JSON.stringify({ ...givenHeaders(), [header]: value }));
  return true;
}

function givenHeaders() {
  return JSON.parse(sessionStorage.getItem(HEADERS_KEY) ?? "{}");
}
