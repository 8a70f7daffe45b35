package io.nereid.server.grpc;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.nereid.inference.InferenceException;
import io.nereid.server.grpc.codec.EncodedMessage;
import io.nereid.server.inference.RequestIdentity;
import io.nereid.server.ledger.Account;
import io.nereid.server.observation.Protocol;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * One ModelStreamInfer: requests as they come, their responses in the order that the protocol asks for. Requests to
 * models with one response are answered in the order of the requests; responses of decoupled models are sent as they
 * come.
 *
 * <p>Requests are read one after the other, on an event loop or a codec thread; one whose model is being loaded holds up
 * those to the same model only, but its place in the order. Responses come from any thread;
 * whoever finds that nobody sends sends what is due. A client that does not take its responses is not read from, and
 * holds up the models that stream to it, and nobody else.
 */
final class StreamCall extends ServerCall.Listener<ReceivedMessage> implements OpenCall {
    private static final Logger LOG = LoggerFactory.getLogger(StreamCall.class);
    private static final long MAX_WAITING_BYTES = 4 << 20;
    private static final Metadata.Key<String> ERRORS_END_IT = Metadata.Key.of("triton_grpc_error",
            Metadata.ASCII_STRING_MARSHALLER);

    private final CallContext context;
    private final ServerCall<ReceivedMessage, EncodedMessage> call;
    private final Metadata metadata;
    private final Consumer<StreamCall> whenEnded;
    private final boolean errorsEndIt;
    private final StreamQueue queue;
    private final @Nullable SocketAddress client;

    private final ReentrantLock lock = new ReentrantLock();
    /** Whether the next request was asked for and has not come. */
    @GuardedBy("lock")
    private boolean asked = true;
    /** When it was asked for; 0 if it is not observed. */
    @GuardedBy("lock")
    private long askedNanos;
    /** The request that is being read; null for none. */
    @GuardedBy("lock")
    private @Nullable StreamTransport reading;
    /** Those that wait for their models. */
    @GuardedBy("lock")
    private final WaitingLines lines = new WaitingLines();
    /** Whether the client sends no more requests. */
    @GuardedBy("lock")
    private boolean halfClosed;
    /** What ends the stream as soon as nothing is being sent. */
    @GuardedBy("lock")
    private @Nullable InferenceException failure;
    /** Whether the server is about to stop. */
    @GuardedBy("lock")
    private boolean draining;
    @GuardedBy("lock")
    private boolean closed;

    /** @param whenEnded called once, when the stream has ended */
    StreamCall(CallContext context, ServerCall<ReceivedMessage, EncodedMessage> call, Metadata metadata,
            Consumer<StreamCall> whenEnded) {
        this.context = context;
        this.call = call;
        this.metadata = metadata;
        this.whenEnded = whenEnded;
        this.errorsEndIt = "true".equals(metadata.get(ERRORS_END_IT));
        this.client = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
        this.askedNanos = context.arrivalNanos();
        this.queue = new StreamQueue(MAX_WAITING_BYTES, context.maxResponses());
    }

    void start() {
        UnfinishedMessages.whenRefused(this::fail);
        if (context.compresses()) {
            call.setCompression(Compressions.GZIP);
        }
        call.sendHeaders(new Metadata());
        call.request(1);
    }

    // What the client does

    @Override
    public void onMessage(ReceivedMessage received) {
        RequestMessage message = new RequestMessage(context, metadata, received);
        StreamTransport request = new StreamTransport(this, queue, context.service(), message);
        long waitNanos;
        boolean othersWait;
        lock.lock();
        try {
            waitNanos = askedNanos;
            othersWait = !lines.isEmpty();
        } finally {
            lock.unlock();
        }
        RequestIdentity names = othersWait ? message.asked() : null;
        GrpcArrival arrival = waitNanos == 0 ? null
                : new GrpcArrival(Protocol.GRPC_STREAM, call, metadata, waitNanos, context.observers().nanoTime(),
                        message.bytes());
        if (!waitsBehindOthers(request, names == null ? "" : names.model(), arrival)) {
            request.serve(arrival);
        }
    }

    /** Puts a request behind those to its model if any wait, and drops it if the stream has ended. */
    private boolean waitsBehindOthers(StreamTransport request, String model, @Nullable GrpcArrival arrival) {
        boolean late;
        boolean waits;
        lock.lock();
        try {
            late = closed;
            asked = false;
            waits = !late && lines.join(model, new WaitingLines.Held(request, arrival));
            if (waits) {
                request.holdPlace(); // before another thread may come to serve it
            } else {
                reading = request;
            }
        } finally {
            lock.unlock();
        }
        if (late) {
            request.discard();
        } else if (waits) {
            send();
        }
        return late || waits;
    }

    /** A request waits for its model: the next one may be read. */
    void awaitsModel(StreamTransport request, String model) {
        lock.lock();
        try {
            lines.begin(model, request);
            reading = request.equals(reading) ? null : reading;
        } finally {
            lock.unlock();
        }
        send();
    }

    /** A request was queued or refused: the next one may be read. */
    void hasRead(StreamTransport request) {
        WaitingLines.Held next;
        boolean late;
        lock.lock();
        try {
            reading = request.equals(reading) ? null : reading;
            next = lines.next(request);
            late = closed;
        } finally {
            lock.unlock();
        }
        if (next != null && late) {
            next.request().discard();
        } else if (next != null) {
            next.request().serve(next.arrival());
        }
        send();
    }

    @Override
    public void onHalfClose() {
        lock.lock();
        try {
            halfClosed = true;
        } finally {
            lock.unlock();
        }
        send();
    }

    @Override
    public void onReady() {
        send();
    }

    @Override
    public void onCancel() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
        cancelAll();
        whenEnded.accept(this);
    }

    @Override
    public void onComplete() {
        whenEnded.accept(this);
    }

    /** All of its requests: those in the queue, and those that are not there yet. */
    private void cancelAll() {
        StreamTransport unread;
        List<WaitingLines.Held> unserved;
        lock.lock();
        try {
            unread = reading;
            unserved = lines.takeAll();
        } finally {
            lock.unlock();
        }
        unserved.forEach(held -> held.request().discard());
        queue.close();
        if (unread != null) {
            unread.cancel();
        }
    }

    // What the server does

    /** Ends the stream when the requests under way have ended; no further ones are read. */
    @Override
    public void drain() {
        lock.lock();
        try {
            draining = true;
        } finally {
            lock.unlock();
        }
        send();
    }

    @Override
    public boolean awaitsTransport() {
        return isClosed() || (queue.hasDue() && !call.isReady());
    }

    @Override
    public boolean isIdle() {
        lock.lock();
        try {
            return !closed && reading == null && queue.isIdle();
        } finally {
            lock.unlock();
        }
    }

    private boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public @Nullable SocketAddress client() {
        return client;
    }

    /** The account of the connection. */
    Account account() {
        return ConnectionAccounts.of(call.getAttributes());
    }

    /** Whether the first error is to {@link #fail} the stream. */
    boolean errorsEndIt() {
        return errorsEndIt;
    }

    /** Ends the stream with an error, after what is being sent; everything else is cancelled. */
    void fail(InferenceException error) {
        lock.lock();
        try {
            failure = failure == null ? error : failure;
        } finally {
            lock.unlock();
        }
        cancelAll();
        send();
    }

    /**
     * Sends what is due, if the client takes it and no other thread does so already; then does what is to be done
     * next.
     */
    void send() {
        if (queue.claim()) {
            sendOn(false);
        }
    }

    /**
     * Runs while the queue is claimed, so that one thread at a time calls gRPC.
     *
     * @param beside whether it may take long
     */
    private void sendOn(boolean beside) {
        do {
            for (StreamQueue.Response next = queue.next(call::isReady); next != null; next = queue
                    .next(call::isReady)) {
                if (!beside && context.isLongToWrite(next.message().length())) {
                    sendBeside(next);
                    return;
                }
                send(next);
            }
            goOn();
        } while (!queue.letGo());
    }

    private void sendBeside(StreamQueue.Response response) {
        context.writers(response.message().length()).execute(() -> {
            send(response);
            sendOn(true);
        });
    }

    private void send(StreamQueue.Response response) {
        try {
            call.sendMessage(response.message());
        } catch (RuntimeException | Error e) { // the others must be dealt with all the same
            LOG.error("a response could not be sent", e);
        } finally {
            queue.sent(response);
        }
    }

    private void goOn() {
        Runnable step;
        lock.lock();
        try {
            step = nextStep();
        } finally {
            lock.unlock();
        }
        step.run();
    }

    @GuardedBy("lock")
    private Runnable nextStep() {
        InferenceException failed = failure;
        if (closed || (reading != null && failed == null)) {
            return () -> {
            };
        }
        if (failed == null && queue.isIdle() && (halfClosed || draining)) {
            closed = true;
            return halfClosed ? () -> call.close(Status.OK, new Metadata()) : () -> close(GrpcStatus.stopping());
        }
        if (failed != null) {
            closed = true;
            return () -> close(failed);
        }
        if (!asked && !halfClosed && !draining && !queue.isFull() && !lines.isFull()) {
            asked = true;
            askedNanos = context.arrivalNanos();
            return () -> call.request(1);
        }
        return () -> {
        };
    }

    private void close(InferenceException error) {
        call.close(GrpcStatus.of(error), GrpcStatus.trailers(error));
    }
}
