package io.nereid.perf.grpc;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Finds the messages in a call's data, of which it keeps the beginning. Not thread-safe. */
final class MessageReader {
    /** Parameters, names and errors are there; the contents of tensors come behind them. */
    static final int KEPT_BYTES = 4096;
    private static final int PREFIX_BYTES = 5;

    /** What takes them. */
    interface Handler {
        /**
         * A message is complete.
         *
         * @param beginning of it, the handler's until it returns
         */
        void onMessage(ByteBuffer beginning) throws IOException;
    }

    private final Handler handler;
    private final ByteBuffer prefix = ByteBuffer.allocate(PREFIX_BYTES);
    private final int keptBytes;
    private ByteBuffer kept;
    private long left;

    /**
     * Before the first call.
     *
     * @param keptBytes of each at most
     */
    MessageReader(Handler handler, int keptBytes) {
        this.handler = handler;
        this.keptBytes = keptBytes;
        this.kept = ByteBuffer.allocate(Math.min(keptBytes, KEPT_BYTES));
    }

    /** Another call begins. */
    void clear() {
        prefix.clear();
        kept.clear();
        left = 0;
    }

    /** Whether no message has begun that is not complete. */
    boolean isBetweenMessages() {
        return prefix.position() == 0;
    }

    /** Reads all of what came. */
    void read(ByteBuffer data) throws IOException {
        while (data.hasRemaining()) {
            if (prefix.hasRemaining()) {
                readPrefix(data);
            }
            if (!prefix.hasRemaining()) {
                readMessage(data);
            }
        }
    }

    private void readPrefix(ByteBuffer data) throws IOException {
        while (prefix.hasRemaining() && data.hasRemaining()) {
            prefix.put(data.get());
        }
        if (!prefix.hasRemaining()) {
            if (prefix.get(0) != 0) {
                throw new IOException("a compressed message, which was not asked for");
            }
            left = prefix.getInt(1) & 0xffff_ffffL;
            if (left > kept.capacity() && kept.capacity() < keptBytes) {
                kept = ByteBuffer.allocate((int) Math.min(left, keptBytes));
            }
        }
    }

    private void readMessage(ByteBuffer data) throws IOException {
        int count = (int) Math.min(left, data.remaining());
        int keeps = Math.min(count, kept.remaining());
        kept.put(data.slice(data.position(), keeps));
        data.position(data.position() + count);
        left -= count;
        if (left == 0) {
            handler.onMessage(kept.flip());
            clear();
        }
    }
}
