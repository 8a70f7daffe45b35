package io.nereid.perf.client;

import com.google.errorprone.annotations.concurrent.GuardedBy;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** Collects what one thread's requests came to; another takes it now and then. */
final class Recorder {
    private static final int FIRST_CAPACITY = 1024;

    @GuardedBy("this")
    private long[] latencies = new long[FIRST_CAPACITY];
    @GuardedBy("this")
    private int answered;
    @GuardedBy("this")
    private long responses;
    @GuardedBy("this")
    private long[] answeredByClient = {};
    @GuardedBy("this")
    private int clients;
    @GuardedBy("this")
    private final SortedMap<String, Long> refused = new TreeMap<>();
    @GuardedBy("this")
    private long timedOut;
    @GuardedBy("this")
    private long broken;
    @GuardedBy("this")
    private long late;
    @GuardedBy("this")
    private final Set<String> errorTexts = new LinkedHashSet<>();

    /** A good answer to that client of the load, of so many messages. */
    synchronized void answered(int client, long latencyNanos, int messages) {
        if (answered == latencies.length) {
            latencies = Arrays.copyOf(latencies, 2 * answered);
        }
        latencies[answered++] = latencyNanos;
        responses += messages;
        answeredByClient[client]++;
    }

    synchronized void failed(Failure failure) {
        switch (failure) {
            case Failure.Refused answer -> refused.merge(answer.status(), 1L, Long::sum);
            case Failure.TimedOut _ -> timedOut++;
            case Failure.Broken _ -> broken++;
        }
        if (errorTexts.size() < Sample.MAX_TEXTS) {
            errorTexts.add(failure.text());
        }
    }

    /** There are so many clients at least; to be said before one of them is answered. */
    synchronized void has(int count) {
        if (count > answeredByClient.length) {
            answeredByClient = Arrays.copyOf(answeredByClient, Math.max(count, 2 * answeredByClient.length));
        }
        clients = Math.max(clients, count);
    }

    synchronized void late() {
        late++;
    }

    /** What came since the last call. */
    Sample take() {
        long[] taken;
        int count;
        Sample rest;
        synchronized (this) {
            taken = latencies;
            count = answered;
            rest = new Sample(Latencies.NONE, responses, new Failures(refused, timedOut, broken),
                    List.copyOf(errorTexts), late, AnswersByClient.of(Arrays.copyOf(answeredByClient, clients)));
            latencies = new long[Math.max(FIRST_CAPACITY, count)];
            answered = 0;
            responses = 0;
            Arrays.fill(answeredByClient, 0);
            refused.clear();
            timedOut = 0;
            broken = 0;
            late = 0;
            errorTexts.clear();
        }
        return rest.withLatencies(Latencies.of(Arrays.stream(taken, 0, count)));
    }
}
