package io.nereid.server.ensemble;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.InferenceException;
import io.nereid.inference.ResponseListener;
import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The responses of a decoupled ensemble on their way to its client, in order. A client that reads slowly blocks the
 * thread that hands them on, which is one of its own while there is something to hand on: no step waits for it but the
 * decoupled one, whose responses nobody takes. Thread-safe.
 */
final class StreamedAnswer {
    /** How many responses may wait for the client before the decoupled step has to. */
    private static final int MAX_WAITING = 16;

    private final ResponseListener listener;
    private final Executor threads;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();
    @GuardedBy("lock")
    private final Deque<Answer> waiting = new ArrayDeque<>();
    @GuardedBy("lock")
    private boolean running;
    @GuardedBy("lock")
    private boolean closed;
    @GuardedBy("lock")
    private boolean ended;
    @GuardedBy("lock")
    private @Nullable InferenceException error;

    /** @param threads where the listener is called */
    StreamedAnswer(ResponseListener listener, Executor threads) {
        this.listener = listener;
        this.threads = threads;
    }

    /** One more response, which is not the last. */
    void add(Answer answer) {
        lock.lock();
        try {
            waiting.add(answer);
            runIfIdle();
        } finally {
            lock.unlock();
        }
    }

    /**
     * There will be no further response.
     *
     * @param failure why not; null if those were all
     */
    void end(@Nullable InferenceException failure) {
        lock.lock();
        try {
            ended = true;
            error = failure;
            runIfIdle();
        } finally {
            lock.unlock();
        }
    }

    /** Waits while too much waits for the client; returns once nobody wants it any more. An interrupt is kept. */
    void awaitRoom() {
        lock.lock();
        try {
            while (!closed && waiting.size() >= MAX_WAITING) {
                room.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Nobody wants the responses: no step waits any longer. */
    void close() {
        lock.lock();
        try {
            closed = true;
            room.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void runIfIdle() {
        if (!running) {
            running = true;
            threads.execute(this::run);
        }
    }

    private void run() {
        for (Answer next = next(); next != null; next = next()) {
            listener.onResponse(next.handOn(), false);
        }
    }

    /** What is to be handed on; null if there is nothing, in which case the end has been. */
    private @Nullable Answer next() {
        boolean end;
        InferenceException failure;
        lock.lock();
        try {
            Answer next = waiting.poll();
            if (next != null) {
                room.signalAll();
                return next;
            }
            running = ended; // nothing comes after the end
            end = ended;
            failure = error;
        } finally {
            lock.unlock();
        }
        if (end && failure != null) {
            listener.onError(failure);
        } else if (end) {
            listener.onEnd();
        }
        return null;
    }
}
