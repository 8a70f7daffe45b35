/* The page of one run. */

const run = JSON.parse(document.getElementById("run").textContent);
const { levels, kind } = run;

function head() {
  const first = levels[0];
  const server = run.server ? `${run.server} at ${run.url}` : run.url;
  const how = [
    first?.protocol === "http" ? "HTTP" : "gRPC" + (first?.protocol === "grpc stream" ? " stream" : ""),
    `batch size ${first?.batch_size}`,
    first?.shared_memory === "system" ? "shared memory" : null,
  ];
  return element(
    "header",
    { class: "head" },
    element("h1", {}, run.model),
    element("p", { class: "muted" }, `${server} · ${how.filter((part) => part).join(" · ")}`),
    element("p", { class: "muted" }, new Date(run.started).toLocaleString("en", { dateStyle: "long", timeStyle: "short" })),
  );
}

function tile(title, value, note) {
  return element(
    "section",
    { class: "tile" },
    element("h2", {}, title),
    element("p", { class: "value" }, value),
    element("p", { class: "note" }, note),
  );
}

function tiles() {
  const answered = levels.filter((level) => level.requests > 0);
  if (answered.length === 0) {
    return element("p", { class: "notice" }, "No request was answered.");
  }
  const most = answered.reduce((best, level) => (level.per_second > best.per_second ? level : best));
  const p99 = (level) => level.percentiles.at(-1)[1];
  const fastest = answered.reduce((best, level) => (p99(level) < p99(best) ? level : best));
  const sum = (value) => levels.reduce((all, level) => all + value(level), 0);
  return element(
    "div",
    { class: "tiles" },
    tile("Highest throughput", `${rate(most.per_second)} /s`, `inferences, at ${levelName(most)}`),
    tile("p99 there", time(p99(most)), `p50 ${time(most.percentiles[0][1])}`),
    tile("Lowest p99", time(p99(fastest)), `at ${levelName(fastest)}, ${rate(fastest.per_second)} /s`),
    tile("Requests", count(sum((level) => level.requests)), `${count(sum((level) => level.errors))} failed`),
    tile("This client", `${rate(most.client_us)} µs`, `of processor each request, at ${levelName(most)}`),
  );
}

function warnings() {
  const texts = [];
  for (const level of levels) {
    if (!level.stable) {
      texts.push(`${levelName(level)}: the last windows differed by more than the stability percentage.`);
    }
    if (level.late > 0) {
      texts.push(
        `${levelName(level)}: ${count(level.late)} requests were sent late, since this client did not keep up. ` +
          "Their latency counts from the moment at which they were due.",
      );
    }
    if (level.no_statistics) {
      texts.push(`${levelName(level)}: no figures of the server: ${level.no_statistics}`);
    }
    texts.push(...level.error_texts.map((text) => `${levelName(level)}: ${text}`));
  }
  return texts.length === 0
    ? null
    : element("section", { class: "notice" }, element("ul", {}, ...texts.map((text) => element("li", {}, text))));
}

function levelTable() {
  const model = (level, value) => (level.models.length > 0 ? value(level.models[0]) : NOTHING);
  const heads = [kind, "Inferences/s", "Mean", "p50", "p90", "p95", "p99", "Most", "Queue", "Compute", "Batch", "Requests"];
  const compute = (one) => time(one.input_ns + one.infer_ns + one.output_ns);
  const rows = levels.map((level) => [
    level.figure,
    rate(level.per_second),
    time(level.mean_ns),
    ...level.percentiles.map(([, nanos]) => time(nanos)),
    time(level.most_ns),
    model(level, (one) => time(one.queue_ns)),
    model(level, compute),
    model(level, (one) => (one.executions > 0 ? rate(one.inferences / one.executions) : NOTHING)),
    count(level.requests),
    level.errors > 0 ? element("b", { class: "bad" }, count(level.errors)) : "0",
  ]);
  const columns = [...heads, "Failed"].map((text) => [text, "number"]);
  return card("Levels", "Latencies are the client's; queue, compute and batch are the server's means.", table("Levels", columns, rows));
}

function failureTable() {
  const rows = levels.flatMap((level) =>
    level.failures.map((failure) => [level.figure, failure.kind, count(failure.count), percent(failure.count / (level.requests + level.errors))]),
  );
  if (rows.length === 0) {
    return null;
  }
  const heads = [[kind, "number"], "What came back", ["Requests", "number"], ["Of all", "number"]];
  return card("Requests that failed", "", table("Requests that failed", heads, rows));
}

function serverTable() {
  const rows = levels.flatMap((level) =>
    level.models.map((model) => [
      level.figure,
      model.name,
      count(model.requests),
      count(model.failed),
      count(model.executions),
      time(model.request_ns),
      time(model.queue_ns),
      time(model.input_ns),
      time(model.infer_ns),
      time(model.output_ns),
      model.cache_hits + model.cache_misses > 0 ? `${count(model.cache_hits)} / ${count(model.cache_misses)}` : NOTHING,
    ]),
  );
  if (rows.length === 0) {
    return null;
  }
  const numbers = ["Requests", "Failed", "Executions", "Request", "Queue", "Input", "Infer", "Output", "Cache hits / misses"];
  const heads = [[kind, "number"], "Model", ...numbers.map((text) => [text, "number"])];
  return card("What the server counted", "Times are means of a request.", table("What the server counted", heads, rows));
}

function circumstances() {
  const facts = [
    ["Command", element("code", {}, run.command)],
    ["Server", run.server || NOTHING],
    ["Address", run.url],
    ["Measured from", run.machine],
    ["Started", run.started],
  ];
  const list = facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]);
  return card("How it was measured", "", element("dl", { class: "facts" }, ...list));
}

function theme() {
  const choices = ["system", "light", "dark"];
  const button = document.getElementById("theme");
  let chosen = 0;
  const show = () => {
    document.documentElement.dataset.theme = choices[chosen];
    button.textContent = `Theme: ${choices[chosen]}`;
  };
  button.addEventListener("click", () => {
    chosen = (chosen + 1) % choices.length;
    show();
  });
  show();
}

theme();
document.title = `${run.model} · Nereid perf`;
const plots = levels.some((level) => level.requests > 0)
  ? element(
      "div",
      { class: "plots" },
      latencyByThroughput(levels),
      latencyPercentiles(levels),
      latencyOverTime(levels),
      throughputOverTime(levels),
      breakdown(levels, kind),
      batchSizes(levels, kind),
    )
  : null;
document
  .getElementById("content")
  .append(...[head(), tiles(), warnings(), plots, levelTable(), failureTable(), serverTable(), circumstances()].filter((part) => part));
