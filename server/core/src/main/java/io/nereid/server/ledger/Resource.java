package io.nereid.server.ledger;

/** What clients make the server hold, each with a total of its own. */
public enum Resource {
    /** Bytes of native memory: bodies, messages, tensors, and responses that wait to be read. */
    NATIVE("bytes in flight", "--max-inflight-bytes"),
    /**
     * Bytes of the Java heap: parsed heads, parameters, and what a connection, a stream or a request takes by itself.
     */
    HEAP("bytes of heap in flight", "--max-inflight-heap-bytes"),
    /** Inference requests in flight: admitted, and their responses not yet written or dropped. */
    REQUESTS("requests in flight", "--max-inflight-requests");

    private final String unit;
    private final String flag;

    Resource(String unit, String flag) {
        this.unit = unit;
        this.flag = flag;
    }

    /** What is counted, for a message: {@code bytes in flight}. */
    public String unit() {
        return unit;
    }

    /** The flag that sets its total. */
    public String flag() {
        return flag;
    }
}
