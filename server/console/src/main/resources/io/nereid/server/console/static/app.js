/** Starts the console: which page is shown for which address, the line at the top, and the dialog for restricted calls. */

import { askHeadersBy, connection } from "./api.js";
import { askForValue } from "./dialog.js";
import { announce, element, setAttribute, setText } from "./dom.js";
import { openModel } from "./model.js";
import { openOverview } from "./overview.js";

const TABS = ["", "try", "description", "calls", "slowest", "what-if"];
const content = document.getElementById("content");
let page = null;

/** What the address behind # asks for; null if nothing. */
function target() {
  const parts = location.hash.replace(/^#\/?/, "").split("/");
  if (parts.length === 1 && parts[0] === "") {
    return { open: openOverview };
  }
  const [models, model, versions, version, tab = ""] = parts;
  if (models !== "models" || !model || (parts.length > 2 && versions !== "versions") || !TABS.includes(tab)) {
    return null;
  }
  try {
    return { open: openModel, model: decodeURIComponent(model), version: decodeURIComponent(version ?? ""), tab };
  } catch {
    return null; // a percent escape that is none
  }
}

function navigate() {
  const wanted = target();
  if (page && wanted && page.goTo?.(wanted)) {
    return;
  }
  page?.close();
  page = wanted ? wanted.open(wanted) : { node: unknownPage(), close() {} };
  content.replaceChildren(page.node);
  setAttribute(document.getElementById("to-models"), "aria-current", wanted?.open === openOverview && "page");
  scrollTo(0, 0);
}

function unknownPage() {
  return element(
    "section",
    {},
    element("h1", {}, "There is no such page"),
    element("p", {}, "The address names nothing in this console. ", element("a", { href: "#/" }, "All models")),
  );
}

/** Puts the focus where the new page begins, for those who do not see that it changed. */
function focusHeading() {
  const heading = content.querySelector("h1");
  if (heading && !content.contains(document.activeElement)) {
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }
}

function showConnection(state, text) {
  document.getElementById("connection").dataset.state = state;
  setText(document.getElementById("connection-text"), text);
}

connection.addEventListener("gone", () => {
  const gone = document.getElementById("gone");
  document.documentElement.dataset.gone = "";
  showConnection("gone", "Not connected");
  setText(gone, "The server does not answer. The numbers here are old; this page goes on when it is back.");
  gone.hidden = false;
  announce("The server does not answer");
});
connection.addEventListener("back", () => {
  const wasGone = document.documentElement.dataset.gone !== undefined;
  delete document.documentElement.dataset.gone;
  document.getElementById("gone").hidden = true;
  showConnection("ready", "Connected");
  if (wasGone) {
    announce("The server is back");
  }
});
document.addEventListener("server-seen", ({ detail }) => {
  showConnection(detail.ready ? "ready" : "not-ready", detail.ready ? "Ready" : "Not ready");
});
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // the part behind # is the page's address
  content.focus();
});

askHeadersBy(askForValue);
addEventListener("hashchange", () => {
  navigate();
  focusHeading();
});
navigate();
