/* What is plotted of the levels. */

const PERCENTILE_COLOURS = ["var(--p50)", "var(--p90)", "var(--p95)", "var(--p99)"];
const MOST_CURVES = 8;
const PARTS = [
  ["Network and rest", "var(--rest)", (level) => level.other_ns],
  ["Queue", "var(--queue)", (level) => level.models[0].queue_ns],
  ["Compute input", "var(--input)", (level) => level.models[0].input_ns],
  ["Infer", "var(--infer)", (level) => level.models[0].infer_ns],
  ["Compute output", "var(--output)", (level) => level.models[0].output_ns],
];

/** How a level is called in a sentence. */
function levelName(level) {
  return level.closed_loop ? `concurrency ${level.figure}` : `${level.figure} requests/s`;
}

function latencyByThroughput(levels) {
  const answered = levels.filter((level) => level.requests > 0);
  return new LinePlot({
    title: "Latency by throughput",
    note: `A point for each level, in the order of the run; at p99 stands its ${answered[0]?.closed_loop ? "concurrency" : "request rate"}.`,
    x: { label: "inferences per second", scale: "linear", format: rate },
    y: { label: "latency", scale: "log", format: shortTime },
    series: PERCENTILE_COLOURS.map((colour, index) => ({
      name: `p${answered[0]?.percentiles[index][0] ?? ""}`,
      colour,
      points: answered.map((level) => ({
        x: level.per_second,
        y: level.percentiles[index][1],
        name: levelName(level),
        label: index === PERCENTILE_COLOURS.length - 1 ? level.figure : "",
      })),
    })),
  }).node;
}

function latencyPercentiles(levels) {
  const shown = spread(levels.filter((level) => level.curve.length > 0));
  return new LinePlot({
    title: "Percentiles of latency",
    note:
      shown.length < levels.length
        ? `Logarithmic; ${shown.length} of ${levels.length} levels.`
        : "Logarithmic. The further right, the fewer requests were slower.",
    x: { label: "percentile", scale: "percentile", format: (value) => `p${value}` },
    y: { label: "latency", scale: "log", format: shortTime },
    series: shown.map((level, index) => ({
      name: levelName(level),
      colour: ramp(index, shown.length),
      points: level.curve.map(([x, y]) => ({ x, y, name: `p${x}` })),
    })),
  }).node;
}

/** At most so many, the first and the last among them. */
function spread(levels) {
  const step = Math.max(1, (levels.length - 1) / (MOST_CURVES - 1));
  const count = Math.min(levels.length, MOST_CURVES);
  return Array.from({ length: count }, (_, index) => levels[Math.round(index * step)]);
}

function ramp(index, length) {
  const share = length < 2 ? 100 : Math.round((index / (length - 1)) * 100);
  return `color-mix(in oklch, var(--ramp-high) ${share}%, var(--ramp-low))`;
}

/** The slices of all levels one after the other; `value` of a slice is null where it has none. */
function overTime(levels, value) {
  const points = [];
  let before = 0;
  for (const level of levels) {
    points.push(
      ...level.course.map((slice) => {
        const y = value(slice, level);
        const x = before + slice.at + slice.seconds / 2;
        return y === null ? null : { x, y, name: `${levelName(level)}, ${seconds(x)}` };
      }),
      null,
    );
    before += lengthOf(level);
  }
  return points;
}

function lengthOf(level) {
  return Math.max(0, ...level.course.map((slice) => slice.at + slice.seconds));
}

function levelStarts(levels) {
  const marks = [];
  let before = 0;
  for (const level of levels) {
    marks.push({ x: before, text: levels.length > 1 && levels.length <= MOST_CURVES ? level.figure : "" });
    before += lengthOf(level);
  }
  return levels.length > 1 ? marks : [];
}

function latencyOverTime(levels) {
  const answered = (nanos) => (slice) => (slice.requests > 0 ? nanos(slice) : null);
  return new LinePlot({
    title: "Latency over time",
    note: "Of the answers of each second, warm-up included.",
    x: { label: "seconds since the run began", scale: "linear", format: rate },
    y: { label: "latency", scale: "linear", format: shortTime },
    marks: levelStarts(levels),
    series: [
      { name: "p50", colour: "var(--p50)", points: overTime(levels, answered((slice) => slice.p50_ns)), dots: false },
      { name: "p99", colour: "var(--p99)", points: overTime(levels, answered((slice) => slice.p99_ns)), dots: false },
    ],
  }).node;
}

function throughputOverTime(levels) {
  const perSecond = (slice, level) => (slice.requests * level.batch_size) / slice.seconds;
  const failed = (slice) => slice.errors / slice.seconds;
  const series = [{ name: "inferences/s", colour: "var(--p50)", points: overTime(levels, perSecond), dots: false }];
  if (levels.some((level) => level.course.some((slice) => slice.errors > 0))) {
    series.push({ name: "errors/s", colour: "var(--bad)", points: overTime(levels, failed), dots: false });
  }
  return new LinePlot({
    title: "Throughput over time",
    note: "In each second, warm-up included.",
    x: { label: "seconds since the run began", scale: "linear", format: rate },
    y: { label: "inferences per second", scale: "linear", format: rate },
    marks: levelStarts(levels),
    series,
  }).node;
}

/** Where the mean request was, a bar for each level. */
function breakdown(levels, kind) {
  const known = levels.filter((level) => level.models.length > 0);
  if (known.length === 0) {
    return card("Where the time goes", levels[0]?.no_statistics ?? "");
  }
  const total = (level) => PARTS.reduce((sum, [, , value]) => sum + value(level), 0);
  const most = Math.max(...known.map(total));
  const legend = PARTS.map(([name, colour]) => element("span", { class: "key", set: { "--c": colour } }, name));
  return card(
    "Where the time goes",
    "The mean request: in the server's queue, in the model, and everything else.",
    element("p", { class: "legend" }, ...legend),
    element(
      "div",
      { class: "bars", role: "list", "aria-label": `By ${kind.toLowerCase()}` },
      ...known.map((level) => breakdownBar(level, total(level), most)),
    ),
  );
}

function breakdownBar(level, total, most) {
  const words = PARTS.map(([name, , value]) => `${name} ${time(value(level))}`);
  return element(
    "div",
    { class: "bar-row", role: "listitem", "aria-label": `${levelName(level)}: ${words.join(", ")}` },
    element("span", { class: "bar-name" }, level.figure),
    element(
      "span",
      { class: "bar-space" },
      ...PARTS.map(([, colour, value], index) =>
        element("span", {
          class: "bar-part",
          title: words[index],
          set: { "--c": colour, width: `${most > 0 ? (value(level) / most) * 100 : 0}%` },
        }),
      ),
    ),
    element("span", { class: "bar-value" }, time(total)),
  );
}

/** How many rows were executed together: of each level's executions the share of each size. */
function batchSizes(levels, kind) {
  const known = levels.filter((level) => level.models.some((model) => model.batches.length > 0));
  if (known.length === 0) {
    return card("Batch sizes", "The server counted no executions.");
  }
  return card(
    "Batch sizes",
    "Of the model's executions, how many had so many rows.",
    ...[...new Set(known.flatMap((level) => level.models.map((model) => model.name)))].map((name) =>
      batchTable(known, name, kind),
    ),
  );
}

function batchTable(levels, name, kind) {
  const ofModel = (level) => level.models.find((model) => model.name === name)?.batches ?? [];
  const sizes = [...new Set(levels.flatMap((level) => ofModel(level).map(([size]) => size)))].sort((a, b) => a - b);
  const rows = levels
    .filter((level) => ofModel(level).length > 0)
    .map((level) => {
      const all = ofModel(level).reduce((sum, [, executions]) => sum + executions, 0);
      return [level.figure, ...sizes.map((size) => batchCell(ofModel(level), size, all))];
    });
  if (rows.length === 0) {
    return null;
  }
  const heads = [[kind, "number"], ...sizes.map((size) => [count(size), "number"])];
  const several = levels.some((level) => level.models.length > 1);
  return element(
    "div",
    { class: "batches" },
    several ? element("h3", {}, name) : null,
    table(`Batch sizes of ${name}`, heads, rows, "plain heat"),
  );
}

function batchCell(batches, size, all) {
  const found = batches.find(([one]) => one === size);
  if (!found || all === 0) {
    return "";
  }
  const share = found[1] / all;
  const title = `${count(found[1])} executions, ${time(found[2])} each`;
  return element("span", { class: "heat-cell", title, set: { "--share": `${Math.round(share * 70)}%` } }, percent(share));
}
