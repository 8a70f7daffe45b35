package io.nereid.backend.worker;

import io.nereid.backend.WorkerMemory;
import io.nereid.backend.worker.memory.Extents;
import io.nereid.backend.worker.message.FrameReader;
import io.nereid.backend.worker.message.MalformedFrameException;
import io.nereid.backend.worker.message.MessageType;
import io.nereid.backend.worker.process.Replies;
import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorBuffer;
import org.slf4j.Logger;

/**
 * What workers of every kind ask of the server: shared memory, and lines for its log. On the thread that reads the
 * worker's calls.
 */
public final class MemoryCalls {
    private static final int VERBOSE = 0;
    private static final int INFO = 1;
    private static final int WARNING = 2;

    private final String model;
    private final WorkerMemory shared;
    private final Extents extents;
    private final Logger log;

    /**
     * Those of one worker.
     *
     * @param model is in front of its lines in the log
     * @param extents those of the worker
     */
    public MemoryCalls(String model, WorkerMemory shared, Extents extents, Logger log) {
        this.model = model;
        this.shared = shared;
        this.extents = extents;
        this.log = log;
    }

    /**
     * Handles a call.
     *
     * @param call its number, which has been read
     * @throws MalformedFrameException if no worker says that
     */
    public void handle(FrameReader in, long call, Replies replies) throws MalformedFrameException {
        switch (in.type()) {
            case MessageType.ALLOCATE -> allocate(call, in.i64(), replies);
            case MessageType.FREE -> free(in.longs());
            case MessageType.LOG -> log(in.u8(), in.str(), in.i32(), in.str());
            default -> throw new MalformedFrameException("a call of type " + in.type());
        }
    }

    private void allocate(long call, long bytes, Replies replies) {
        try {
            TensorBuffer buffer = shared.allocator().allocate(bytes);
            long offset = shared.offsetOf(buffer.data());
            extents.grant(offset, bytes, buffer);
            replies.extent(call, offset, bytes);
        } catch (InferenceException e) {
            replies.error(call, e.withText("Failed to increase the shared memory pool size: " + e.text()));
        }
    }

    private void free(long[] offsets) throws MalformedFrameException {
        for (long offset : offsets) {
            extents.free(offset);
        }
    }

    private void log(int level, String file, int line, String text) {
        String place = file.substring(file.lastIndexOf('/') + 1);
        switch (level) {
            case VERBOSE -> log.debug("{}: {}:{}] {}", model, place, line, text);
            case INFO -> log.info("{}: {}:{}] {}", model, place, line, text);
            case WARNING -> log.warn("{}: {}:{}] {}", model, place, line, text);
            default -> log.error("{}: {}:{}] {}", model, place, line, text);
        }
    }
}
