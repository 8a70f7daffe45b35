package io.nereid.server.ledger;

import io.nereid.inference.InferenceException;

/** A connection, or a call of one, that can be ended so that what it holds comes back. */
public interface Holder {
    /**
     * Ends it: its client gets {@code reason} where that is still possible, and all it holds is released soon. Called
     * at most once for each account, on any thread and with a lock held: it must neither block nor call the ledger,
     * and hands over to its event loop.
     */
    void end(InferenceException reason);

    /** The client's address and port, for the log; empty where that is not known. */
    default String client() {
        return "";
    }
}
