package io.nereid.bench.load.client;

import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What became of requests that came when they came, whatever the server did.
 *
 * @param offered all of them
 * @param refused by status: answers other than 200
 * @param late cancelled at the client's deadline, whether or not they could be sent before
 * @param broken connections that could not be opened, or were closed without an answer
 * @param latencies from the moment each was meant to be sent, of the answers with status 200 within the deadline
 * @param seconds from the first moment to the last arrival
 */
public record OpenLoopReport(long offered, SortedMap<Integer, Long> refused, long late, long broken,
        Latencies latencies,
        double seconds) {
    public OpenLoopReport {
        refused = new TreeMap<>(refused);
    }

    /** Good answers per second within the deadline. */
    public double goodputPerSecond() {
        return latencies.count() / seconds;
    }

    public double offeredPerSecond() {
        return offered / seconds;
    }
}
