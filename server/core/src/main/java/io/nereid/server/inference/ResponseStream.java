package io.nereid.server.inference;

import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.Tensor;
import org.jspecify.annotations.Nullable;

import java.util.concurrent.Executor;

/**
 * The responses to one request that are written one by one on another thread than the model's: each enters a {@link
 * ResponseWindow}, in which the model's thread waits while the client is slow, and is written in its order, one at a
 * time, on the transport's executor or a thread for long answers.
 */
final class ResponseStream<M> {
    /** What a response takes up besides its tensors, so that those without data have an end too. */
    private static final long OVERHEAD_BYTES = 256;

    private final StatefulCall<M> call;
    private final AnswerWriting<M> answer;
    private final ResponseWindow window;
    private final InOrder<Event> events = new InOrder<>(this::place, this::write, this::lose);
    /** What the response that is being written is counted with in the window; of the thread that writes. */
    private long counted;

    ResponseStream(StatefulCall<M> call, AnswerWriting<M> answer) {
        this.call = call;
        this.answer = answer;
        this.window = new ResponseWindow(call.transport().windowBytes(), call::waiting);
    }

    private sealed interface Event {}

    /** @param bytes what it is counted with in the window */
    private record Response(InferenceResponse response, long bytes, boolean last) implements Event {}

    private record Failure(InferenceException error, boolean last) implements Event {}

    private enum End implements Event {
        END
    }

    // What the model says

    /** Waits, unless it is the last one, until the response fits into the window; then returns at once. */
    void add(InferenceResponse response, boolean last) {
        long bytes = OVERHEAD_BYTES;
        for (Tensor output : response.outputs()) {
            bytes += output.byteSize();
        }
        if (last) {
            window.change(bytes);
        } else if (!window.enter(bytes)) {
            response.memory().release();
            return;
        }
        events.add(new Response(response, bytes, last));
    }

    void fail(InferenceException error, boolean last) {
        events.add(new Failure(error, last));
    }

    void end() {
        events.add(End.END);
    }

    /** Nothing more is wanted: the model does not wait any longer. On any thread. */
    void close() {
        window.close();
    }

    // What the client gets

    /** Nothing is left to the event loop of a client that has gone: it may be about to end. */
    private @Nullable Executor place(Event event) {
        if (call.isCancelled()) {
            return null;
        }
        long work = event instanceof Response response ? answer.workToWrite(response.response()) : 0;
        return call.threads().executor(work, call.transport().executor());
    }

    private void write(Event event) {
        switch (event) {
            case Response(InferenceResponse response, long bytes, boolean last) -> {
                counted = bytes;
                answer.write(response, last);
                if (counted != 0) { // it was dropped before waits() could count what was written
                    window.leave(counted);
                    counted = 0;
                }
            }
            case Failure(InferenceException error, boolean last) -> answer.fail(error, last);
            case End _ -> answer.end();
        }
    }

    /** The server has ended, and the connection with it. */
    private void lose(Event event) {
        call.close();
        write(event);
    }

    /** {@link InferenceCall#waits}. */
    Lease waits(long bytes, boolean last) {
        window.change(bytes - counted);
        counted = 0;
        return () -> {
            window.leave(bytes);
            if (last) {
                call.close();
            }
        };
    }
}
