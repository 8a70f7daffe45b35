/* Lines over an axis of numbers, drawn as SVG as wide as there is room. */

const HEIGHT = 260;
const MARGIN = { top: 16, right: 18, bottom: 38, left: 62 };
const TICK_DISTANCE = { x: 72, y: 32 };

/** From values to places between `from` and `to`, and where ticks are. */
function linearScale(values, from, to, ticks) {
  const top = Math.max(...values, 0) || 1;
  const step = roundUp(top / ticks);
  const end = Math.ceil(top / step - 1e-9) * step;
  const marks = Array.from({ length: Math.round(end / step) + 1 }, (_, index) => index * step);
  return { at: (value) => from + (value / end) * (to - from), ticks: marks };
}

function logScale(values, from, to, ticks) {
  const positive = values.filter((value) => value > 0);
  const low = Math.log10(roundDown(Math.min(...positive)));
  const high = Math.max(Math.log10(roundUp(Math.max(...positive))), low + 1e-9);
  const marks = [];
  const bases = (high - low) * 3 <= ticks + 1 ? [1, 2, 5] : [1];
  for (let decade = Math.floor(low); decade <= Math.ceil(high); decade++) {
    marks.push(...bases.map((base) => base * 10 ** decade));
  }
  const inside = marks.filter((mark) => Math.log10(mark) >= low - 1e-9 && Math.log10(mark) <= high + 1e-9);
  return { at: (value) => from + ((Math.log10(value) - low) / (high - low)) * (to - from), ticks: inside };
}

/** Percentiles: each further nine of them is as far as the one before. */
function percentileScale(values, from, to) {
  const nines = (value) => -Math.log10(1 - value / 100);
  const high = Math.max(...values.map(nines), 2);
  const marks = [50, 90, 99, 99.9, 99.99, 99.999].filter((mark) => nines(mark) <= high + 1e-9);
  return { at: (value) => from + (nines(value) / high) * (to - from), ticks: marks };
}

const SCALES = { linear: linearScale, log: logScale, percentile: percentileScale };

/**
 * `x` and `y` are { label, scale, format }, `series` are { name, colour, points }, where a point is { x, y, name, label } or null
 * for a gap, and `marks` are { x, text }: lines across, with a text.
 */
class LinePlot {
  constructor({ title, note, x, y, series, marks = [] }) {
    this.x = x;
    this.y = y;
    this.series = series;
    this.marks = marks;
    this.readings = series.map(() => element("b", {}));
    this.place = element("span", { class: "place" });
    this.area = element("div", { class: "plot" });
    this.node = card(title, note, this.legend(), this.area);
    this.node.classList.add("wide-plot");
    new ResizeObserver(() => this.draw(this.area.clientWidth)).observe(this.area);
    this.area.addEventListener("pointermove", (event) => this.lookAt(event.clientX));
    this.area.addEventListener("pointerdown", (event) => this.lookAt(event.clientX));
    this.area.addEventListener("pointerleave", () => this.lookAt(null));
  }

  legend() {
    const keys = this.series.map(({ name, colour }, index) =>
      element("span", { class: "key", set: { "--c": colour } }, `${name} `, this.readings[index]),
    );
    return element("p", { class: "legend" }, ...keys, this.place);
  }

  points() {
    return this.series.flatMap(({ points }) => points.filter((point) => point));
  }

  draw(width) {
    const points = this.points();
    if (points.length === 0 || width < 100) {
      return;
    }
    const right = width - MARGIN.right;
    const bottom = HEIGHT - MARGIN.bottom;
    const xs = points.map((point) => point.x).concat(this.marks.map((mark) => mark.x));
    this.right = right;
    this.h = SCALES[this.x.scale](xs, MARGIN.left, right, Math.max(2, (right - MARGIN.left) / TICK_DISTANCE.x));
    this.v = SCALES[this.y.scale](points.map((point) => point.y), bottom, MARGIN.top, bottom / TICK_DISTANCE.y);
    this.cursor = shape("line", { class: "cursor", y1: MARGIN.top, y2: bottom, visibility: "hidden" });
    this.area.replaceChildren(
      shape(
        "svg",
        { width, height: HEIGHT, role: "img", "aria-label": this.description() },
        ...this.grid(right, bottom),
        ...this.marks.flatMap((mark) => this.mark(mark, bottom)),
        this.cursor,
        ...this.series.map((one) => this.line(one)),
      ),
    );
  }

  description() {
    return `${this.y.label} over ${this.x.label}: ${this.series.map(({ name }) => name).join(", ")}`;
  }

  grid(right, bottom) {
    const middle = (MARGIN.left + right) / 2;
    return [
      ...this.v.ticks.flatMap((tick) => [
        shape("line", { class: "grid", x1: MARGIN.left, x2: right, y1: this.v.at(tick), y2: this.v.at(tick) }),
        shape("text", { class: "tick end", x: MARGIN.left - 7, y: this.v.at(tick) + 4 }, this.y.format(tick)),
      ]),
      ...this.h.ticks.flatMap((tick) => [
        shape("line", { class: "grid", x1: this.h.at(tick), x2: this.h.at(tick), y1: bottom, y2: bottom + 4 }),
        shape("text", { class: "tick middle", x: this.h.at(tick), y: bottom + 17 }, this.x.format(tick)),
      ]),
      shape("text", { class: "label middle", x: middle, y: HEIGHT - 5 }, this.x.label),
    ];
  }

  mark({ x, text }, bottom) {
    const place = this.h.at(x);
    return [
      shape("line", { class: "mark", x1: place, x2: place, y1: MARGIN.top, y2: bottom }),
      shape("text", { class: "tick", x: place + 4, y: MARGIN.top + 9 }, text),
    ];
  }

  line({ name, colour, points, dots = true }) {
    let pen = "M";
    let path = "";
    const circles = [];
    for (const point of points) {
      if (!point) {
        pen = "M";
        continue;
      }
      const [x, y] = [this.h.at(point.x), this.v.at(point.y)];
      path += `${pen}${x.toFixed(1)} ${y.toFixed(1)}`;
      pen = "L";
      if (dots) {
        const title = `${name}, ${point.name}: ${this.y.format(point.y)}`;
        circles.push(shape("circle", { class: "dot", cx: x, cy: y, r: 3 }, shape("title", {}, title)));
        if (point.label) {
          circles.push(shape("text", { class: "tick end", x: x - 6, y: y - 6 }, point.label));
        }
      }
    }
    return shape("g", { class: "series", set: { "--c": colour } }, shape("path", { class: "line", d: path }), ...circles);
  }

  /** Writes the values at the place nearest to the pointer into the legend. */
  lookAt(clientX) {
    const near = clientX === null ? null : this.nearest(clientX - this.area.getBoundingClientRect().left);
    this.cursor?.setAttribute("visibility", near ? "visible" : "hidden");
    this.place.textContent = near ? near.name : "";
    if (near) {
      this.cursor.setAttribute("x1", this.h.at(near.x));
      this.cursor.setAttribute("x2", this.h.at(near.x));
    }
    this.series.forEach(({ points }, index) => {
      const point = near && points.find((one) => one && one.x === near.x);
      this.readings[index].textContent = point ? this.y.format(point.y) : "";
    });
  }

  nearest(place) {
    const far = (point) => Math.abs(this.h.at(point.x) - place);
    return this.points().reduce((best, point) => (best && far(best) <= far(point) ? best : point), null);
  }
}

/** The next of 1, 2, 5, 10, 20, 50, ... */
function roundUp(value) {
  const size = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].find((step) => step * size >= value * (1 - 1e-9)) * size;
}

function roundDown(value) {
  const size = 10 ** Math.floor(Math.log10(value));
  return [5, 2, 1].find((step) => step * size <= value * (1 + 1e-9)) * size;
}
