/** Asks again and again: never twice at once, never while nobody looks. */

import { connection } from "./api.js";

/**
 * Asks at once and then every `everyMillis`; `show` gets each answer, `fail` each error. Rests while the tab is hidden, and after
 * an answer that a header is missing until somebody gives it. Returns what ends it.
 */
export function poll(ask, { everyMillis = 1000, show, fail }) {
  const end = new AbortController();
  let timer = 0;
  let running = false;

  const round = async () => {
    clearTimeout(timer);
    if (running || document.hidden || end.signal.aborted) {
      return;
    }
    running = true;
    const began = performance.now();
    const resting = await once(ask, show, fail, end.signal);
    running = false;
    if (!resting) {
      timer = setTimeout(round, Math.max(0, everyMillis - (performance.now() - began)));
    }
  };

  document.addEventListener("visibilitychange", round, { signal: end.signal });
  connection.addEventListener("allowed", round, { signal: end.signal });
  round();
  return () => {
    clearTimeout(timer);
    end.abort();
  };
}

/** Whether to rest afterwards. */
async function once(ask, show, fail, ended) {
  try {
    const answer = await ask();
    if (!ended.aborted) {
      show(answer);
    }
    return false;
  } catch (problem) {
    if (!ended.aborted) {
      fail(problem);
    }
    return Boolean(problem.header);
  }
}
