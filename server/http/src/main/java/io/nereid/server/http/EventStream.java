package io.nereid.server.http;

import io.nereid.inference.Cancellation;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Tensor;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.inference.CodecThreads;
import io.nereid.server.inference.LateCancellation;
import io.nereid.server.inference.ResponseWindow;
import io.nereid.server.protocol.ClientRequest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.Executor;

/**
 * A request whose responses go to the client one by one as events, any number of them. It hears each on a thread of the
 * model, which waits in the {@link ResponseWindow} while the client is slow, and writes them in order, one at a time, on
 * the connection's event loop or a thread for long answers.
 */
final class EventStream implements PendingAnswer {
    private static final Logger LOG = LoggerFactory.getLogger(EventStream.class);
    /** What a response takes up besides its tensors, so that those without data have an end too. */
    private static final long OVERHEAD_BYTES = 256;

    private final HttpInference inference;
    private final ClientRequest request;
    private final GenerateCodec codec;
    private final CodecThreads threads;
    private final ResponseWindow window;
    private final LateCancellation cancellation = new LateCancellation();

    private final InOrder<Event> events = new InOrder<>(this::place, this::next, this::lose);

    // Those of whoever writes, one event after the other.

    /** Whether the head of the answer is sent, and with it the status. */
    private boolean started;
    /** Whether it could not be written on: what still comes is dropped. */
    private boolean broken;

    EventStream(HttpInference inference, ClientRequest request, GenerateCodec codec, CodecThreads threads) {
        this.inference = inference;
        this.request = request;
        this.codec = codec;
        this.threads = threads;
        this.window = new ResponseWindow(ResponseWindow.BYTES, inference.admitted().ticket()::answers);
    }

    private sealed interface Event {
        /** Whether no other follows. */
        boolean last();
    }

    /** @param bytes what it is counted with in the window */
    private record Answer(InferenceResponse response, long bytes, boolean last) implements Event {}

    private record Failure(InferenceException error) implements Event {
        @Override
        public boolean last() {
            return true;
        }
    }

    private enum End implements Event {
        HERE;

        @Override
        public boolean last() {
            return true;
        }
    }

    @Override
    public void begun(Cancellation known) {
        cancellation.bind(known);
        inference.exchange().whenAbandoned(this::giveUp);
    }

    private void giveUp() {
        window.close();
        cancellation.cancel();
    }

    // What the model says

    @Override
    public void onResponse(InferenceResponse response, boolean last) {
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
        events.add(new Answer(response, bytes, last));
    }

    @Override
    public void onEnd() {
        events.add(End.HERE);
    }

    @Override
    public void onError(InferenceException error) {
        events.add(new Failure(error));
    }

    /** Of a client that has gone nothing is left to its event loop, which may be about to end. */
    private @Nullable Executor place(Event event) {
        HttpExchange exchange = inference.exchange();
        if (exchange.isAbandoned()) {
            return null;
        }
        long bytes = event instanceof Answer answer ? codec.bytesToWrite(exchange, request, answer.response()) : 0;
        return threads.executor(bytes, exchange.executor());
    }

    // What the client gets

    private void next(Event event) {
        if (broken || inference.exchange().isAbandoned()) {
            drop(event);
        } else {
            write(event);
        }
    }

    /** The server has ended, and the connection with it. */
    private void lose(Event event) {
        giveUp();
        drop(event);
    }

    private void drop(Event event) {
        if (event instanceof Answer answer) {
            answer.response().memory().release();
            window.leave(answer.bytes());
        }
        if (event.last()) {
            inference.drop();
        }
    }

    private void write(Event event) {
        try {
            switch (event) {
                case Answer answer -> send(reply(answer), answer.bytes());
                case Failure failure -> send(failed(failure.error()), 0);
                case End _ -> startEmpty();
            }
        } catch (RuntimeException | Error e) { // there is no memory for the error either
            LOG.error("a stream of {} could not be written", inference.admitted().model(), e);
            broken = true;
            giveUp();
        }
        if (event.last() && broken) {
            inference.drop();
        } else if (event.last()) {
            inference.admitted().finish();
            inference.exchange().endStream(inference.untilSent());
        }
    }

    private HttpReply reply(Answer answer) {
        HttpExchange exchange = inference.exchange();
        try {
            return codec.answer(exchange, inference.admitted(), request, answer.response());
        } catch (InferenceException e) {
            return failed(e);
        } catch (RuntimeException | Error e) {
            LOG.error("an answer of {} could not be written", inference.admitted().model(), e);
            return failed(InferenceException.ofDefect(e));
        }
    }

    private HttpReply failed(InferenceException error) {
        inference.failed(error);
        return codec.failure(inference.exchange(), error);
    }

    /** @param bytes what it was counted with until now */
    private void send(HttpReply reply, long bytes) {
        long written = reply.bytesHeld();
        inference.sending(reply);
        window.change(written - bytes);
        if (started) {
            inference.exchange().send(reply.body(), () -> window.leave(written));
        } else {
            started = true;
            inference.exchange().startStream(reply.with(() -> window.leave(written)));
        }
    }

    /** The answer to a request without any response is a stream without events. */
    private void startEmpty() {
        if (!started) {
            started = true;
            HttpReply empty = codec.empty();
            inference.sending(empty);
            inference.exchange().startStream(empty);
        }
    }
}
