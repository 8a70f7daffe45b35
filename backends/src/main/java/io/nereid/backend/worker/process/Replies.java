package io.nereid.backend.worker.process;

import io.nereid.backend.worker.message.FrameWriter;
import io.nereid.backend.worker.message.MessageType;
import io.nereid.backend.worker.posix.ReplyPipe;
import io.nereid.inference.InferenceException;

/** The server's side of a worker's call channel. Thread-safe; nothing blocks, and what comes too late is dropped. */
public final class Replies {
    /** A call that wants no reply. */
    private static final long NO_REPLY = 0;
    private static final int SMALL = 64;

    private final ReplyPipe pipe;

    Replies(ReplyPipe pipe) {
        this.pipe = pipe;
    }

    /** A frame that is ended is sent. */
    public void send(FrameWriter frame) {
        pipe.write(frame.bytes(), frame.size());
    }

    /** What the call asked for is done. */
    public void done(long call) {
        if (call != NO_REPLY) {
            send(begin(MessageType.DONE, call).end());
        }
    }

    /** What the call asked for cannot be. */
    public void error(long call, InferenceException error) {
        if (call != NO_REPLY) {
            send(begin(MessageType.ERROR, call).error(error).end());
        }
    }

    /** Yes or no. */
    public void flag(long call, boolean value) {
        send(begin(MessageType.FLAG, call).flag(value).end());
    }

    /** A number that stands for something. */
    public void id(long call, long id) {
        send(begin(MessageType.ID, call).u64(id).end());
    }

    /** A number. */
    public void value(long call, double value) {
        send(begin(MessageType.VALUE, call).f64(value).end());
    }

    /** Shared memory. */
    public void extent(long call, long offset, long length) {
        send(begin(MessageType.EXTENT, call).u64(offset).u64(length).end());
    }

    /** A question to the worker. */
    public void ask(int type, long call) {
        send(begin(type, call).end());
    }

    /** A reply whose fields follow. */
    public static FrameWriter begin(int type, long call) {
        return new FrameWriter(SMALL).begin(type).u64(call);
    }
}
