package io.nereid.server.grpc.http2;

import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;

/**
 * Finds the messages in the bytes of one call. Bytes are taken only while the call wants a message; the others wait
 * here, and the client's window stays smaller by them. On the connection's event loop.
 */
final class MessageReader {
    private static final int HEAD_BYTES = 5;
    private static final int COMPRESSED = 1;

    private final Receiver receiver;
    private final ServerStreamTracer tracer;
    private final int maxMessageBytes;
    /** What has come and was not taken; each has bytes. */
    private final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>(4);
    private int waitingBytes;
    /** How many messages the call wants. */
    private int wanted;
    /** What has been read of a message's head: a byte of flags and four with the length. */
    private int headSeen;
    private int flags;
    private int length;
    /** The message that is coming, once its head is there. */
    private @Nullable ReceivedBuffers body;
    private int number;
    private boolean last;
    private boolean ended;
    private boolean closed;
    private boolean taking;

    /** Who wants the messages. Called one after the other; may ask for more and close the reader meanwhile. */
    interface Receiver {
        /** A message, whose bytes are the receiver's. */
        void message(ReceivedBuffers bytes, boolean compressed);

        /** The client sends no more; all messages have been received. */
        void halfClosed();

        /** What the client sends is no message that is taken. */
        void failed(Status status);
    }

    MessageReader(Receiver receiver, ServerStreamTracer tracer, int maxMessageBytes) {
        this.receiver = receiver;
        this.tracer = tracer;
        this.maxMessageBytes = maxMessageBytes;
    }

    /**
     * So many messages more are wanted.
     *
     * @return how many bytes were taken, for the client's window
     */
    int request(int messages) {
        wanted = (int) Math.min((long) wanted + messages, Integer.MAX_VALUE);
        return take();
    }

    /**
     * Bytes have come, which stay the caller's.
     *
     * @param noMore whether they are the last ones
     * @return as {@link #request}
     */
    int add(ByteBuf bytes, boolean noMore) {
        int count = bytes.readableBytes();
        if (closed) {
            return count;
        }
        if (count > 0) {
            waiting.add(bytes.retain());
            waitingBytes += count;
        }
        last |= noMore;
        return take();
    }

    /** Bytes that have come and were not taken. */
    int waitingBytes() {
        return waitingBytes;
    }

    /** Releases everything; whatever comes is dropped from here on. */
    void close() {
        closed = true;
        waiting.forEach(ByteBuf::release);
        waiting.clear();
        waitingBytes = 0;
        if (body != null) {
            body.close();
            body = null;
        }
    }

    private int take() {
        if (taking) {
            return 0; // a receiver asks for more: whoever calls it goes on, and counts
        }
        taking = true;
        int before = waitingBytes;
        try {
            while (wanted > 0 && !closed && hasHead() && isComplete()) {
                deliver();
            }
            if (last && waiting.isEmpty() && !ended && !closed) {
                end();
            }
        } finally {
            taking = false;
        }
        return before - waitingBytes;
    }

    private boolean hasHead() {
        while (body == null && !waiting.isEmpty()) {
            ByteBuf first = waiting.element();
            readHead(first);
            taken(first);
            if (headSeen == HEAD_BYTES && !begin()) {
                return false;
            }
        }
        return body != null;
    }

    private void readHead(ByteBuf bytes) {
        int before = bytes.readableBytes();
        if (headSeen == 0 && before >= HEAD_BYTES) {
            flags = bytes.readUnsignedByte();
            length = bytes.readInt();
            headSeen = HEAD_BYTES;
        } else {
            int next = bytes.readUnsignedByte();
            flags = headSeen == 0 ? next : flags;
            length = headSeen == 0 ? 0 : length << Byte.SIZE | next;
            headSeen++;
        }
        waitingBytes -= before - bytes.readableBytes();
    }

    private void taken(ByteBuf first) {
        if (!first.isReadable()) {
            waiting.remove().release();
        }
    }

    private boolean begin() {
        if ((flags & ~COMPRESSED) != 0) {
            fail(Status.INTERNAL.withDescription("gRPC frame header malformed: reserved bits not zero"));
            return false;
        }
        if (length < 0 || length > maxMessageBytes) {
            fail(Status.RESOURCE_EXHAUSTED.withDescription("gRPC message exceeds maximum size " + maxMessageBytes
                    + ": " + length));
            return false;
        }
        body = new ReceivedBuffers();
        tracer.inboundMessage(number);
        return true;
    }

    private void fail(Status status) {
        close();
        receiver.failed(status);
    }

    /** Moves what has come of the message there; whether that is all of it. */
    private boolean isComplete() {
        ReceivedBuffers message = body;
        if (message == null) {
            return false;
        }
        int before = message.available();
        while (message.available() < length && !waiting.isEmpty()) {
            ByteBuf first = waiting.element();
            int part = Math.min(length - message.available(), first.readableBytes());
            message.add(part == first.readableBytes() ? waiting.remove() : first.readRetainedSlice(part));
            waitingBytes -= part;
        }
        if (message.available() > before) {
            tracer.inboundWireSize(message.available() - before);
        }
        return message.available() == length && body != null;
    }

    private void deliver() {
        ReceivedBuffers message = body;
        if (message == null) {
            return;
        }
        body = null;
        headSeen = 0;
        wanted--;
        tracer.inboundMessageRead(number++, length, -1);
        receiver.message(message, (flags & COMPRESSED) != 0);
    }

    private void end() {
        if (headSeen > 0) {
            fail(Status.INTERNAL.withDescription("Encountered end-of-stream mid-frame"));
        } else {
            ended = true;
            receiver.halfClosed();
        }
    }
}
