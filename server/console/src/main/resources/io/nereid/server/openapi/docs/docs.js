// Fetches the description of the API and shows it. Where that is restricted, asks for the header's value first and keeps
// it until the tab is closed; what is tried out sends it too.
"use strict";

const DESCRIPTION = "/v2/openapi.json";
const STORED = "nereid.docs.headers";
/** More groups than this are shown closed. */
const MANY_GROUPS = 20;
/** Models that are shown at a time: Swagger UI is slow with more. */
const MOST_MODELS = 50;
/** How long nothing is typed before models are searched for. */
const PAUSE_MS = 250;

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

/** The model that a path belongs to; undefined for what all servers have. */
function modelOf(path, item) {
  return path.startsWith("/v2/models/") && !path.includes("{") ? item.post?.tags[0] : undefined;
}

/** The description with those models only. */
function withModels(spec, isShown) {
  const paths = Object.entries(spec.paths).filter(([path, item]) => isShown(modelOf(path, item) ?? null));
  const groups = new Set(paths.flatMap(([, item]) => Object.values(item).flatMap((operation) => operation.tags)));
  return { ...spec, tags: spec.tags.filter((tag) => groups.has(tag.name)), paths: Object.fromEntries(paths) };
}

/** The first models whose names contain a text, and how many there are. */
function search(names, text) {
  const found = names.filter((name) => name.toLowerCase().includes(text.toLowerCase()));
  document.getElementById("shown").textContent =
    found.length > MOST_MODELS ? `${MOST_MODELS} of ${found.length} are shown` : `${found.length} of ${names.length}`;
  return new Set(found.slice(0, MOST_MODELS)).add(null);
}

/** Shows all models, or lets somebody choose among them where there are too many. */
function show(spec) {
  const names = [...new Set(Object.entries(spec.paths).map(([path, item]) => modelOf(path, item)))].filter(Boolean);
  if (names.length <= MOST_MODELS) {
    start(spec);
    return;
  }
  const part = (text) => {
    const shown = search(names, text);
    return withModels(spec, (model) => shown.has(model));
  };
  const ui = start(part(""));
  const wanted = document.getElementById("wanted");
  let pause;
  document.getElementById("choice").hidden = false;
  document.getElementById("choice").addEventListener("submit", (event) => event.preventDefault());
  wanted.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(() => ui.specActions.updateJsonSpec(part(wanted.value)), PAUSE_MS);
  });
}

function start(spec) {
  document.title = `${spec.info.title}: API`;
  return SwaggerUIBundle({
    spec,
    dom_id: "#docs",
    deepLinking: true,
    docExpansion: spec.tags.length > MANY_GROUPS ? "none" : "list",
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
