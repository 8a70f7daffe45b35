/** How the states of a version look. The word is always there: colour is not the only sign. */

import { element, setText } from "./dom.js";

/** UNKNOWN is a model in a repository that nobody has asked for. */
export const STATES = ["READY", "LOADING", "UNLOADING", "UNAVAILABLE", "UNKNOWN"];

export function stateMark() {
  return element(
    "span",
    { class: "state" },
    element("span", { class: "dot" }),
    element("span", { class: "state-name" }),
  );
}

export function showState(node, state, reason) {
  node.dataset.state = isUnloaded(state, reason) ? "UNKNOWN" : state;
  setText(node.querySelector(".state-name"), state);
}

/** Out of service because somebody wanted that: nothing is wrong. */
function isUnloaded(state, reason) {
  return state === "UNAVAILABLE" && reason === "unloaded";
}
