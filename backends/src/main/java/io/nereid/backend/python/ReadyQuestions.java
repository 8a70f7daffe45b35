package io.nereid.backend.python;

import io.nereid.backend.worker.message.FrameReader;
import io.nereid.backend.worker.message.MalformedFrameException;
import io.nereid.backend.worker.message.MessageType;
import io.nereid.backend.worker.process.Replies;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** What the server has asked a model about its readiness, and waits for. Thread-safe; nothing blocks. */
final class ReadyQuestions {
    private static final int NOT_READY = 0;
    private static final int READY = 1;
    private static final int ERROR = 2;

    private final Map<Long, CompletableFuture<Boolean>> open = new ConcurrentHashMap<>();
    private final AtomicLong lastNumber = new AtomicLong();
    private volatile boolean closed;

    /** Asks; the answer is completed by {@link #answered} or by the end of the worker. */
    CompletableFuture<Boolean> ask(Replies worker) {
        long number = lastNumber.incrementAndGet();
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        open.put(number, answer);
        worker.ask(MessageType.IS_READY, number);
        if (closed) {
            close();
        }
        return answer;
    }

    /** The worker has answered. */
    void answered(long number, FrameReader in) throws MalformedFrameException {
        int state = in.u8();
        CompletableFuture<Boolean> answer = open.remove(number);
        if (answer == null) {
            return;
        }
        boolean _ = switch (state) {
            case NOT_READY -> answer.complete(false);
            case READY -> answer.complete(true);
            case ERROR -> answer.completeExceptionally(new InferenceException(ErrorCode.INTERNAL, in.str()));
            default -> throw new MalformedFrameException("a readiness of " + state);
        };
    }

    /** The worker is gone. */
    void close() {
        closed = true;
        for (CompletableFuture<Boolean> answer : open.values()) {
            answer.completeExceptionally(
                    new InferenceException(ErrorCode.UNAVAILABLE, "the model's process has ended"));
        }
        open.clear();
    }
}
