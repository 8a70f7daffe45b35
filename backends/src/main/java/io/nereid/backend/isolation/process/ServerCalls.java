package io.nereid.backend.isolation.process;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.backend.worker.message.FrameInput;
import io.nereid.backend.worker.message.FrameReader;
import io.nereid.backend.worker.message.FrameWriter;
import io.nereid.backend.worker.message.MalformedFrameException;
import io.nereid.backend.worker.message.MessageType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;

/**
 * The call channel: what the worker asks of the server, one thread at a time, and what the server says by itself. A
 * thread of its own reads; where the server is gone it says so at once, whatever the model does.
 */
final class ServerCalls {
    private static final int SMALL = 64;

    private final OutputStream calls;
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private long lastCall;
    private final SynchronousQueue<Reply> replies = new SynchronousQueue<>();

    /**
     * The answer to an ALLOCATE.
     *
     * @param error null if there is memory
     * @param offset where it begins, if so
     */
    private record Reply(@Nullable InferenceException error, long offset) {}

    ServerCalls(OutputStream calls) {
        this.calls = calls;
    }

    /**
     * Begins to read what the server says.
     *
     * @param terminated gets the last request of each execution that is to end early, on the reading thread
     * @param gone runs there when the server is gone, or cannot be understood
     */
    void listen(InputStream in, LongConsumer terminated, Runnable gone) {
        Thread.ofPlatform().daemon().name("replies").start(() -> {
            try (in) {
                read(FrameInput.ofServer(in), terminated);
            } catch (IOException | InterruptedException | RuntimeException e) {
                System.err.println("the server says what no worker understands: " + e);
            }
            gone.run();
        });
    }

    private void read(FrameInput frames, LongConsumer terminated) throws IOException, InterruptedException {
        for (FrameReader frame = frames.next(); frame != null; frame = frames.next()) {
            long number = frame.i64();
            switch (frame.type()) {
                case MessageType.TERMINATE -> terminated.accept(number);
                case MessageType.EXTENT -> replies.put(new Reply(null, frame.i64()));
                case MessageType.ERROR -> replies.put(new Reply(frame.error(), 0));
                default -> throw new MalformedFrameException("a message of type " + frame.type());
            }
        }
    }

    /**
     * Asks for shared memory, which is freed with the answer of the execution under way.
     *
     * @return where it begins
     * @throws InferenceException if there is none now
     */
    long allocate(long bytes) throws InferenceException {
        lock.lock();
        try {
            lastCall++;
            FrameWriter call = new FrameWriter(SMALL).begin(MessageType.ALLOCATE).u64(lastCall).u64(bytes).end();
            calls.write(call.bytes(), 0, call.size());
            Reply reply = replies.take();
            if (reply.error() != null) {
                throw reply.error();
            }
            return reply.offset();
        } catch (IOException e) {
            throw new InferenceException(ErrorCode.UNAVAILABLE, "the server cannot be asked for memory: " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InferenceException(ErrorCode.UNAVAILABLE, "interrupted", e);
        } finally {
            lock.unlock();
        }
    }
}
