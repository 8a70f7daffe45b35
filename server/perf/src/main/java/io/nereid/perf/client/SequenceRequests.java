package io.nereid.perf.client;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Requests to a sequence model: each client sends one sequence after the other, whose first request says that it is the
 * first and whose last that it is the last. A client that begins a sequence takes the next stream of data, and begins
 * another one after a request that failed. Thread-safe.
 */
public final class SequenceRequests implements RequestList {
    private final List<List<SequenceStep>> streams;
    private final SequenceLengths lengths;
    private final SequenceIds ids;
    private final AtomicInteger clients = new AtomicInteger();
    private final AtomicInteger begun = new AtomicInteger();

    /**
     * Of that data.
     *
     * @param streams one or more, each of one step or more; a sequence that is longer begins with the first again
     * @param ids at least as many as there are clients
     */
    public SequenceRequests(List<List<SequenceStep>> streams, SequenceLengths lengths, SequenceIds ids) {
        this.streams = streams.stream().map(List::copyOf).toList();
        this.lengths = lengths;
        this.ids = ids;
    }

    @Override
    public int count() {
        return streams.stream().mapToInt(List::size).sum();
    }

    @Override
    public ClientRequests forClient() {
        return new Client(clients.getAndIncrement());
    }

    private List<SequenceStep> nextStream() {
        return streams.get(Math.floorMod(begun.getAndIncrement(), streams.size()));
    }

    private final class Client implements ClientRequests {
        private static final long NONE = 0;
        private static final long SPREAD = 0x9e37_79b9_7f4a_7c15L;

        private final Random random;
        private List<SequenceStep> stream = List.of();
        private long sequence = NONE;
        private int length;
        private int sent;
        private ByteBuffer bytes = ByteBuffer.allocateDirect(0);

        Client(int seed) {
            this.random = new Random(seed * SPREAD); // of small seeds the first numbers are alike
        }

        @Override
        public ByteBuffer next(int turn) {
            if (sequence == NONE) {
                stream = nextStream();
                length = lengths.next(stream.size(), random);
                sent = 0;
                sequence = ids.take();
            }
            return marked();
        }

        @Override
        public boolean isUnfinished() {
            return sequence != NONE;
        }

        @Override
        public ByteBuffer last() {
            length = sent + 1;
            return marked();
        }

        private ByteBuffer marked() {
            SequenceStep step = stream.get(sent % stream.size());
            if (bytes.capacity() < step.bytes().remaining()) {
                bytes = ByteBuffer.allocateDirect(step.bytes().remaining());
            }
            bytes.clear().put(step.bytes().duplicate()).flip();
            step.mark().write(bytes, sequence, sent == 0, sent == length - 1);
            sent++;
            return bytes;
        }

        @Override
        public void answered() {
            if (sent >= length) {
                end();
            }
        }

        @Override
        public void failed() {
            end();
        }

        private void end() {
            if (sequence != NONE) {
                ids.give(sequence);
                sequence = NONE;
            }
        }
    }
}
