package io.nereid.server.grpc;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The requests of one stream whose models are being loaded, a line for each model: the first one waits for the model, the
 * others for the one before them, so that a model gets the requests of a stream in their order. Requests to other models
 * go on. Used under the lock of the {@link StreamCall}.
 */
final class WaitingLines {
    private static final int MAX_REQUESTS = 64;
    private static final long MAX_BYTES = 16 << 20;

    private final Map<String, Line> lines = new HashMap<>();
    private int requests;
    private long bytes;

    /** A request that has come and is not served yet. */
    record Held(StreamTransport request, @Nullable GrpcArrival arrival) {}

    private static final class Line {
        private StreamTransport first;
        private final Deque<Held> behind = new ArrayDeque<>();

        Line(StreamTransport first) {
            this.first = first;
        }
    }

    /** Whether so much waits that the stream is not to be read. */
    boolean isFull() {
        return requests >= MAX_REQUESTS || bytes > MAX_BYTES;
    }

    /** Puts a request behind those to its model, if any wait; false if none do. */
    boolean join(String model, Held held) {
        Line line = lines.get(model);
        if (line != null) {
            held.request.awaited = model;
            line.behind.addLast(held);
            count(held.request, 1);
        }
        return line != null;
    }

    /** Whether no request waits. */
    boolean isEmpty() {
        return lines.isEmpty();
    }

    /** A request waits for its model, maybe once more. */
    void begin(String model, StreamTransport first) {
        if (!lines.containsKey(model)) {
            first.awaited = model;
            lines.put(model, new Line(first));
            count(first, 1);
        }
    }

    /**
     * A request has been read or refused.
     *
     * @return the one that was behind it and is to be served now; null for none
     */
    @Nullable
    Held next(StreamTransport done) {
        Line line = lines.get(done.awaited);
        if (line == null || !line.first.equals(done)) {
            return null;
        }
        count(done, -1);
        Held next = line.behind.pollFirst();
        if (next == null) {
            lines.remove(done.awaited);
        } else {
            line.first = next.request;
        }
        return next;
    }

    /** Those that no call has been made of, which are the caller's to discard; no line is left. */
    List<Held> takeAll() {
        List<Held> unserved = new ArrayList<>();
        lines.values().forEach(line -> unserved.addAll(line.behind));
        lines.clear();
        requests = 0;
        bytes = 0;
        return unserved;
    }

    private void count(StreamTransport request, int by) {
        requests += by;
        bytes += by * request.bytes();
    }
}
