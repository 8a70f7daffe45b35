/** Numbers as people read them, in few and steady widths. */

const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
const TIME_UNITS = [
  ["ns", 1],
  ["µs", 1e3],
  ["ms", 1e6],
  ["s", 1e9],
];
export const NOTHING = "–";

export function count(value) {
  return known(value) ? WHOLE.format(value) : NOTHING;
}

/** Events per second: one decimal below a hundred. */
export function rate(value) {
  if (!known(value)) {
    return NOTHING;
  }
  return value < 99.95 ? value.toFixed(1) : WHOLE.format(value);
}

export function bytes(value) {
  if (!known(value)) {
    return NOTHING;
  }
  let unit = 0;
  let rest = value;
  while (rest >= 1024 && unit < BYTE_UNITS.length - 1) {
    rest /= 1024;
    unit++;
  }
  return `${unit === 0 ? rest : threeDigits(rest)} ${BYTE_UNITS[unit]}`;
}

/** Nanoseconds with three digits and the unit that fits. */
export function time(ns) {
  if (!known(ns)) {
    return NOTHING;
  }
  if (ns === 0) {
    return "0 ms";
  }
  const [name, size] = TIME_UNITS.findLast(([, least]) => Math.abs(ns) >= least) ?? TIME_UNITS[0];
  return `${threeDigits(ns / size)} ${name}`;
}

/** A long time: the two largest units. */
export function span(ns) {
  const seconds = Math.floor(ns / 1e9);
  const parts = [
    ["d", Math.floor(seconds / 86400)],
    ["h", Math.floor(seconds / 3600) % 24],
    ["min", Math.floor(seconds / 60) % 60],
    ["s", seconds % 60],
  ];
  const first = Math.max(
    0,
    parts.findIndex(([, value]) => value > 0),
  );
  const from = seconds === 0 ? parts.length - 1 : first;
  return parts
    .slice(from, from + 2)
    .map(([unit, value]) => `${value} ${unit}`)
    .join(" ");
}

export function percent(share) {
  return known(share) ? `${Math.round(share * 100)} %` : NOTHING;
}

export function shapeText(shape) {
  return `[${shape.join(", ")}]`;
}

function threeDigits(value) {
  const digits = Math.abs(value) < 9.995 ? 2 : Math.abs(value) < 99.95 ? 1 : 0;
  return digits === 0 ? WHOLE.format(value) : value.toFixed(digits);
}

function known(value) {
  return typeof value === "number" && Number.isFinite(value);
}
