/* Numbers as people read them. */

const NOTHING = "–";
const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const TIME_UNITS = [
  ["ns", 1],
  ["µs", 1e3],
  ["ms", 1e6],
  ["s", 1e9],
];

function count(value) {
  return WHOLE.format(value);
}

/** Events per second: one decimal below a hundred. */
function rate(value) {
  return value < 99.95 ? String(Number(value.toFixed(1))) : WHOLE.format(value);
}

/** Nanoseconds with three digits and the unit that fits. */
function time(ns) {
  if (!ns) {
    return NOTHING;
  }
  const [name, size] = TIME_UNITS.findLast(([, least]) => Math.abs(ns) >= least) ?? TIME_UNITS[0];
  return `${threeDigits(ns / size)} ${name}`;
}

/** A time as the label of an axis: no digits that say nothing. */
function shortTime(ns) {
  if (ns === 0) {
    return "0";
  }
  const [name, size] = TIME_UNITS.findLast(([, least]) => ns >= least * (1 - 1e-9)) ?? TIME_UNITS[0];
  return `${Number((ns / size).toPrecision(3))} ${name}`;
}

function seconds(value) {
  return `${Number(value.toFixed(1))} s`;
}

function percent(share) {
  const value = share * 100;
  return `${value > 0 && value < 0.1 ? "<0.1" : value < 10 ? Number(value.toFixed(1)) : Math.round(value)} %`;
}

function threeDigits(value) {
  const digits = Math.abs(value) < 9.995 ? 2 : Math.abs(value) < 99.95 ? 1 : 0;
  return digits === 0 ? WHOLE.format(value) : value.toFixed(digits);
}
