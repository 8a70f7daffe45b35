package io.nereid.backend.worker.process;

import io.nereid.backend.worker.posix.Pipe;

import java.io.IOException;

/** The two pipes of a call channel, closed unless somebody takes them over. */
final class PipePair implements AutoCloseable {
    private final Pipe calls;
    private final Pipe replies;
    private boolean kept;

    private PipePair(Pipe calls, Pipe replies) {
        this.calls = calls;
        this.replies = replies;
    }

    static PipePair open() throws IOException {
        Pipe calls = Pipe.open();
        try {
            return new PipePair(calls, Pipe.open());
        } catch (IOException e) {
            calls.close();
            throw e;
        }
    }

    Pipe calls() {
        return calls;
    }

    Pipe replies() {
        return replies;
    }

    /** They are somebody else's from here on. */
    void keep() {
        kept = true;
    }

    @Override
    public void close() {
        if (!kept) {
            calls.close();
            replies.close();
        }
    }
}
