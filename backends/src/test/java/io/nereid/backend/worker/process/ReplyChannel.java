package io.nereid.backend.worker.process;

import io.nereid.backend.worker.message.FrameInput;
import io.nereid.backend.worker.message.FrameReader;
import io.nereid.backend.worker.posix.Pipe;
import io.nereid.backend.worker.posix.ReplyPipe;

import java.io.IOException;
import java.io.InputStream;

/** A call channel whose worker is the test: what the server replies is read here. Used by one thread. */
public final class ReplyChannel implements AutoCloseable {
    private final Pipe pipe = Pipe.open();
    private final ReplyPipe writer = pipe.takeWriter(() -> {
        throw new AssertionError("the test reads too slowly");
    });
    private final InputStream stream = pipe.openInput();
    private final FrameInput frames = new FrameInput(stream);

    /** A channel without a worker. */
    public ReplyChannel() throws IOException {}

    /** The server's side. */
    public Replies replies() {
        return new Replies(writer);
    }

    /** The next reply, waited for, read up to the number of its call; of use until the one after it. */
    public FrameReader next(int type, long call) throws IOException {
        FrameReader frame = frames.next();
        if (frame == null) {
            throw new AssertionError("no more replies");
        }
        long number = frame.i64();
        if (frame.type() != type || number != call) {
            throw new AssertionError("expected a reply of type " + type + " to call " + call + ", got one of type "
                    + frame.type() + " to call " + number);
        }
        return frame;
    }

    @Override
    public void close() throws IOException {
        writer.close();
        stream.close();
        pipe.close();
    }
}
