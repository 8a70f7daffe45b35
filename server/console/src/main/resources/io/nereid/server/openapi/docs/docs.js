// Fetches the description of the API and shows it. Where that is restricted, asks for the header's value first and keeps
// it until the tab is closed; what is tried out sends it too.
"use strict";

const DESCRIPTION = "/v2/openapi.json";
const STORED = "nereid.docs.headers";
/** More groups than this are shown closed, with a field to search for one. */
const MANY_GROUPS = 20;

const form = document.getElementById("restricted");
const failure = document.getElementById("failure");
let asked = "";

function storedHeaders() {
  try {
    return JSON.parse(sessionStorage.getItem(STORED)) ?? {};
  } catch {
    return {};
  }
}

function store(name, value) {
  sessionStorage.setItem(STORED, JSON.stringify({ ...storedHeaders(), [name]: value }));
}

function ask(text) {
  const header = /expecting header '([^']*)'/.exec(text);
  if (!header) {
    fail(text);
    return;
  }
  const again = asked === header[1] ? " The value was not the right one." : "";
  asked = header[1];
  document.getElementById("reason").textContent = text + "." + again;
  form.hidden = false;
  document.getElementById("value").focus();
}

function fail(text) {
  failure.textContent = text;
  failure.hidden = false;
}

function withStoredHeaders(request) {
  request.headers = { ...storedHeaders(), ...request.headers };
  return request;
}

function show(spec) {
  document.title = `${spec.info.title}: API`;
  const many = spec.tags.length > MANY_GROUPS;
  SwaggerUIBundle({
    spec,
    dom_id: "#docs",
    deepLinking: true,
    docExpansion: many ? "none" : "list",
    filter: many,
    tryItOutEnabled: true,
    displayRequestDuration: true,
    defaultModelsExpandDepth: -1,
    validatorUrl: null,
    requestInterceptor: withStoredHeaders,
    presets: [SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
  });
}

async function load() {
  try {
    const answer = await fetch(DESCRIPTION, { headers: storedHeaders() });
    const content = await answer.json();
    if (answer.status === 403) {
      ask(content.error);
    } else if (!answer.ok) {
      fail(content.error);
    } else {
      show(content);
    }
  } catch (error) {
    fail(`The server does not answer with the description of its API: ${error.message}`);
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const field = document.getElementById("value");
  store(asked, field.value);
  field.value = "";
  form.hidden = true;
  load();
});

load();
