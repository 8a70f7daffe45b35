package io.nereid.perf.client;

import java.util.Arrays;
import java.util.List;

/** How many good answers each client of a load got. Immutable. */
public final class AnswersByClient {
    /** Of no clients. */
    public static final AnswersByClient NONE = new AnswersByClient();

    private final long[] counts;

    private AnswersByClient(long... counts) {
        this.counts = counts;
    }

    /** The counts, the first client's first. */
    public static AnswersByClient of(long... counts) {
        return new AnswersByClient(counts.clone());
    }

    /** What each client got in all of them together. */
    public static AnswersByClient merged(List<AnswersByClient> parts) {
        long[] sums = new long[parts.stream().mapToInt(AnswersByClient::clients).max().orElse(0)];
        for (AnswersByClient part : parts) {
            for (int client = 0; client < part.counts.length; client++) {
                sums[client] += part.counts[client];
            }
        }
        return new AnswersByClient(sums);
    }

    /** How many clients. */
    public int clients() {
        return counts.length;
    }

    /** The answers of the client that got fewest; 0 without clients. */
    public long fewest() {
        return Arrays.stream(counts).min().orElse(0);
    }

    /** The answers of the client that got most; 0 without clients. */
    public long most() {
        return Arrays.stream(counts).max().orElse(0);
    }

    /** The fewest answers of a client divided by the most: 1 is as fair as can be, 0 is a client without an answer. */
    public double fairness() {
        return most() == 0 ? 0 : (double) fewest() / most();
    }
}
