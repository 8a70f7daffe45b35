package io.nereid.bench.simulation;

import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/** A pattern in which requests come. Rates are requests per second. */
sealed interface ArrivalPattern {
    double NANOS_PER_SECOND = 1e9;

    /** Starts at time 0. */
    Arrivals start(SplittableRandom random);

    /** Requests per second on the long average; 0 where that depends on the answers. */
    double meanRate();

    /** The same distance between any two. */
    record Constant(double rate) implements ArrivalPattern {
        @Override
        public Arrivals start(SplittableRandom random) {
            return new Gaps(_ -> NANOS_PER_SECOND / rate);
        }

        @Override
        public double meanRate() {
            return rate;
        }
    }

    /** Independent of each other. */
    record Poisson(double rate) implements ArrivalPattern {
        @Override
        public Arrivals start(SplittableRandom random) {
            return new Gaps(_ -> random.nextExponential() * NANOS_PER_SECOND / rate);
        }

        @Override
        public double meanRate() {
            return rate;
        }
    }

    /** Independent of each other for {@code onNanos}, then none for {@code offNanos}, and so on. */
    record Bursty(double rateOn, long onNanos, long offNanos) implements ArrivalPattern {
        @Override
        public Arrivals start(SplittableRandom random) {
            return new Gaps(now -> {
                double gap = random.nextExponential() * NANOS_PER_SECOND / rateOn;
                double intoOn = now % (onNanos + offNanos);
                double silences = Math.floor((intoOn + gap) / onNanos);
                return gap + silences * offNanos;
            });
        }

        @Override
        public double meanRate() {
            return rateOn * onNanos / (onNanos + offNanos);
        }
    }

    /** Independent of each other, at one rate up to {@code atNanos} and at another from then on. */
    record Step(double before, double after, long atNanos) implements ArrivalPattern {
        @Override
        public Arrivals start(SplittableRandom random) {
            return new Gaps(now -> {
                double work = random.nextExponential() * NANOS_PER_SECOND;
                double untilStep = now < atNanos ? (atNanos - now) * before : 0;
                return work <= untilStep ? work / before
                        : Math.max(0, atNanos - now) + (work - untilStep) / after;
            });
        }

        @Override
        public double meanRate() {
            return after;
        }
    }

    /** At these times, ascending. */
    record Replay(List<Long> timesNanos) implements ArrivalPattern {
        @Override
        public Arrivals start(SplittableRandom random) {
            return new Recorded(timesNanos.stream().mapToLong(Long::longValue).toArray());
        }

        @Override
        public double meanRate() {
            return timesNanos.isEmpty() ? 0 : timesNanos.size() * NANOS_PER_SECOND / timesNanos.getLast();
        }
    }

    /** Clients that send their next request {@code thinkNanos} after the end of the last, as perf_analyzer does. */
    record ClosedLoop(int clients, long thinkNanos) implements ArrivalPattern {
        @Override
        public Arrivals start(SplittableRandom random) {
            return new Clients(clients, thinkNanos);
        }

        @Override
        public double meanRate() {
            return 0;
        }
    }

    /** How long after one request the next comes. */
    interface Gap {
        double nanos(double nowNanos);
    }

    /** Requests that come whatever happens to those before. */
    final class Gaps implements Arrivals {
        private final Gap gap;
        /** Not rounded from request to request, or high rates would drift. */
        private double at;

        Gaps(Gap gap) {
            this.gap = gap;
            next();
        }

        @Override
        public long peekNanos() {
            return (long) at;
        }

        @Override
        public void next() {
            at += gap.nanos(at);
        }
    }

    /** Requests at times that were written down. */
    final class Recorded implements Arrivals {
        private final long[] times;
        private int at;

        Recorded(long[] times) {
            this.times = times;
            Arrays.sort(this.times);
        }

        @Override
        public long peekNanos() {
            return at < times.length ? times[at] : NONE;
        }

        @Override
        public void next() {
            at++;
        }
    }

    /** Clients of which each waits for its answer. */
    final class Clients implements Arrivals {
        private final PriorityQueue<Long> next = new PriorityQueue<>();
        private final long thinkNanos;

        Clients(int clients, long thinkNanos) {
            this.thinkNanos = thinkNanos;
            for (int i = 0; i < clients; i++) {
                next.add(i * Math.max(1, thinkNanos));
            }
        }

        @Override
        public long peekNanos() {
            Long time = next.peek();
            return time == null ? NONE : time;
        }

        @Override
        public void next() {
            next.remove();
        }

        @Override
        public void ended(long nowNanos) {
            next.add(nowNanos + Math.max(1, thinkNanos));
        }
    }
}
