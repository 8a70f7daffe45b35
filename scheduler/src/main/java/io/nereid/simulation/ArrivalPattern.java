package io.nereid.simulation;

import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** A pattern in which requests come. Rates are requests per second. */
public sealed interface ArrivalPattern {
    /** What rates are turned into distances by. */
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

    /**
     * At these times.
     *
     * @param rows of each request, in the order of the times; none where the setup says how many requests have
     */
    record Replay(List<Long> timesNanos, List<Integer> rows) implements ArrivalPattern {
        /** Both are copied. */
        public Replay {
            timesNanos = List.copyOf(timesNanos);
            rows = List.copyOf(rows);
            if (!rows.isEmpty() && rows.size() != timesNanos.size()) {
                throw new IllegalArgumentException(
                        "rows: got " + rows.size() + " (expected " + timesNanos.size() + ", as many as times)");
            }
        }

        /** Requests with as many rows as the setup says. */
        public Replay(List<Long> timesNanos) {
            this(timesNanos, List.of());
        }

        @Override
        public Arrivals start(SplittableRandom random) {
            int[] order = IntStream.range(0, timesNanos.size()).boxed().sorted(Comparator.comparing(timesNanos::get))
                    .mapToInt(Integer::intValue).toArray();
            return new Recorded(Arrays.stream(order).mapToLong(timesNanos::get).toArray(),
                    rows.isEmpty() ? new int[order.length] : Arrays.stream(order).map(rows::get).toArray());
        }

        @Override
        public double meanRate() {
            return timesNanos.isEmpty() ? 0 : timesNanos.size() * NANOS_PER_SECOND / Collections.max(timesNanos);
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
        /** The distance from a request at that time to the next one. */
        double nanos(double nowNanos);
    }

    /** Requests that come whatever happens to those before. */
    final class Gaps implements Arrivals {
        private final Gap gap;
        /** Not rounded from request to request, or high rates would drift. */
        private double at;

        private Gaps(Gap gap) {
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
        private final int[] rows;
        private int at;

        /** Ascending times. */
        private Recorded(long[] times, int[] rows) {
            this.times = times;
            this.rows = rows;
        }

        @Override
        public int rows() {
            return rows[at];
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

        private Clients(int clients, long thinkNanos) {
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
