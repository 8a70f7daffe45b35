package io.nereid.perf.client;

import java.nio.ByteBuffer;
import java.util.List;

/** The different requests of a load, each whole, as bytes. Thread-safe. */
public interface RequestList {
    /** How many there are, from 1. */
    int count();

    /** Those of another client. */
    ClientRequests forClient();

    /** Requests that any client may send at any time, in direct memory; not copied. */
    static RequestList of(List<ByteBuffer> requests) {
        List<ByteBuffer> all = requests.stream().map(ByteBuffer::asReadOnlyBuffer).toList();
        ClientRequests inTurn = turn -> all.get(turn).duplicate();
        return new RequestList() {
            @Override
            public int count() {
                return all.size();
            }

            @Override
            public ClientRequests forClient() {
                return inTurn;
            }
        };
    }
}
