package io.nereid.perf.client;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How many requests failed, and how.
 *
 * @param refused by status: answers with an error
 * @param timedOut given up because no answer came in time, those too that could not be sent in that time
 * @param broken connections that could not be opened, or ended without an answer
 */
public record Failures(SortedMap<String, Long> refused, long timedOut, long broken) {
    /** None. */
    public static final Failures NONE = new Failures(new TreeMap<>(), 0, 0);

    public Failures {
        refused = Collections.unmodifiableSortedMap(new TreeMap<>(refused));
    }

    /** So many connections that broke, and nothing else. */
    public static Failures broken(long count) {
        return new Failures(new TreeMap<>(), 0, count);
    }

    /** All of them together. */
    public static Failures merged(List<Failures> parts) {
        SortedMap<String, Long> refused = new TreeMap<>();
        parts.forEach(part -> part.refused.forEach((status, count) -> refused.merge(status, count, Long::sum)));
        return new Failures(refused, parts.stream().mapToLong(Failures::timedOut).sum(),
                parts.stream().mapToLong(Failures::broken).sum());
    }

    /** How many of each kind there were, in a report's words: first those that were answered, by status. */
    public SequencedMap<String, Long> byKind() {
        SequencedMap<String, Long> kinds = new LinkedHashMap<>(refused);
        if (timedOut > 0) {
            kinds.put("no answer in time", timedOut);
        }
        if (broken > 0) {
            kinds.put("no connection or no answer", broken);
        }
        return kinds;
    }

    /** Of every kind. */
    public long total() {
        return refused.values().stream().mapToLong(Long::longValue).sum() + timedOut + broken;
    }
}
