/** The last answers to one question, from whose growing counters rates are made. */
export class History {
  #answers = [];
  #spanNs;
  #beganAnew;

  /** `beganAnew(before, now)` says whether counters have begun at 0 between two answers: the older ones mean nothing then. */
  constructor(spanNs, beganAnew) {
    this.#spanNs = spanNs;
    this.#beganAnew = beganAnew;
  }

  add(answer) {
    if (this.latest?.now_ns === answer.now_ns) {
      return; // the same one, which several viewers share
    }
    if (this.latest && this.#beganAnew(this.latest, answer)) {
      this.#answers = [];
    }
    this.#answers.push(answer);
    while (this.#answers.length > 2 && this.#answers[1].now_ns <= answer.now_ns - this.#spanNs) {
      this.#answers.shift();
    }
  }

  get latest() {
    return this.#answers.at(-1);
  }

  /** The oldest answer that is at most `spanNs` old, but never the latest if there is another. */
  before(spanNs = this.#spanNs) {
    const from = this.latest.now_ns - spanNs;
    return this.#answers.slice(0, -1).find((answer) => answer.now_ns >= from) ?? this.#answers.at(-2) ?? null;
  }

  /** Growth per second of what `pick` takes from an answer; null with one answer only, and after a counter began anew. */
  rate(pick, spanNs = this.#spanNs) {
    const grown = this.growth(pick, spanNs);
    return grown === null ? null : (grown * 1e9) / (this.latest.now_ns - this.before(spanNs).now_ns);
  }

  /** Growth of a counter; null where `rate` is. */
  growth(pick, spanNs = this.#spanNs) {
    if (this.#answers.length < 2) {
      return null;
    }
    const from = pick(this.before(spanNs));
    const grown = (pick(this.latest) ?? 0) - (from ?? 0);
    return grown < 0 ? null : grown;
  }
}
