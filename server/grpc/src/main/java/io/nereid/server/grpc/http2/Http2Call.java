package io.nereid.server.grpc.http2;

import io.grpc.Attributes;
import io.grpc.Codec;
import io.grpc.Compressor;
import io.grpc.Context;
import io.grpc.Decompressor;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One call. What the client does is handled on the connection's event loop, and reported to the listener there or, one
 * event after the other, on an executor; what the server answers comes from any thread, one at a time, and is handed to
 * the loop. Of a call with one response nothing is handed over before it is complete. Once it has ended, what is
 * still said on it is dropped.
 *
 * @param <Q> the type of requests
 * @param <A> the type of responses
 */
final class Http2Call<Q, A> extends ServerCall<Q, A> implements MessageReader.Receiver {
    private static final Logger LOG = LoggerFactory.getLogger(Http2Call.class);
    /** Bytes of responses that may wait before the call is not ready for more. */
    private static final int READY_BYTES = 32 << 10;

    private final CallConnection connection;
    private final FrameWriter frames;
    private final Http2Stream stream;
    private final RequestHead head;
    private final ServerMethodDefinition<Q, A> definition;
    private final Decompressor decompressor;
    private final ServerStreamTracer tracer;
    private final Context context;
    private final MessageReader reader;
    private final boolean oneResponse;
    private final AtomicLong unsentBytes = new AtomicLong();
    /** What the event loop has been given to do and has not done. */
    private final AtomicInteger handedOver = new AtomicInteger();

    // Of the listener's thread
    private @Nullable Executor beside;
    private ServerCall.Listener<Q> listener = new ServerCall.Listener<>() {
    };

    // Of whoever answers
    private @Nullable Compressor compressor;
    private boolean compresses = true;
    private @Nullable Http2Headers heldHead;
    private @Nullable OutboundMessage heldMessage;
    private boolean headGiven;
    private volatile boolean closeGiven;

    // Of the event loop
    private @Nullable Future<?> deadline;
    /** What of {@link #reader} the connection knows to wait. */
    private int countedBytes;
    private boolean headWritten;
    /** Whether the last frame has been written, as far as the client's window goes. */
    private boolean finished;
    private boolean ended;
    private volatile boolean cancelled;

    Http2Call(CallConnection connection, Http2Stream stream, RequestHead head,
            ServerMethodDefinition<Q, A> definition, Decompressor decompressor) {
        this.connection = connection;
        this.frames = connection.frames();
        this.stream = stream;
        this.head = head;
        this.definition = definition;
        this.decompressor = decompressor;
        CallServices services = connection.services();
        this.tracer = services.tracers().newServerStreamTracer(
                definition.getMethodDescriptor().getFullMethodName(), head.metadata());
        this.context = tracer.filterContext(connection.context());
        this.reader = new MessageReader(this, tracer, services.maxMessageBytes());
        this.oneResponse = definition.getMethodDescriptor().getType().serverSendsOneMessage();
    }

    // What the client does; on the event loop

    /** Begins the call, once. */
    void start() {
        Executor executor = connection.services().executors().getExecutor(this, head.metadata());
        beside = executor == null ? null : new SerialExecutor(executor);
        head.timeoutNanos().ifPresent(nanos -> deadline = connection.executor().schedule(this::deadlinePasses, nanos,
                TimeUnit.NANOSECONDS));
        report(() -> {
            listener = definition.getServerCallHandler().startCall(this, head.metadata());
            if (beside == null && cancelled) { // before there was anybody to tell
                listener.onCancel();
            } else if (!oneResponse) {
                listener.onReady();
            }
        });
    }

    /**
     * Bytes have come, which stay the caller's.
     *
     * @param last whether the client sends no more
     * @return how many of them the client's window gets back now
     */
    int received(ByteBuf bytes, boolean last) {
        int taken = reader.add(bytes, last);
        countWaiting();
        return taken;
    }

    private void countWaiting() {
        connection.countWaiting(reader.waitingBytes() - countedBytes);
        countedBytes = reader.waitingBytes();
    }

    @Override
    public void message(ReceivedBuffers bytes, boolean compressed) {
        report(() -> read(bytes, compressed));
    }

    private void read(ReceivedBuffers bytes, boolean compressed) throws IOException {
        try (bytes) {
            if (cancelled) {
                return;
            }
            try (InputStream message = compressed ? decompressed(bytes) : bytes) {
                listener.onMessage(definition.getMethodDescriptor().parseRequest(message));
            }
        }
    }

    private InputStream decompressed(ReceivedBuffers bytes) throws IOException {
        if (decompressor instanceof Codec.Identity) {
            throw Status.INTERNAL.withDescription(
                    "Can't decode compressed gRPC message as compression not configured").asRuntimeException();
        }
        return new LimitedStream(decompressor.decompress(bytes), connection.services().maxMessageBytes());
    }

    @Override
    public void halfClosed() {
        report(() -> {
            if (!cancelled) {
                listener.onHalfClose();
            }
        });
    }

    @Override
    public void failed(Status status) {
        refuse(status);
    }

    private void deadlinePasses() {
        if (!ended) {
            frames.reset(stream, Http2Error.CANCEL);
            cancel(Status.DEADLINE_EXCEEDED);
        }
    }

    /** The call ends without an answer, or before its answer was written. */
    void cancel(Status status) {
        end(status);
    }

    /** Ends the call with a status that the server's methods do not know of. */
    private void refuse(Status status) {
        if (!ended && !finished) {
            finished = true;
            frames.write(stream, headWritten ? GrpcHeaders.trailers(status, new Metadata())
                    : GrpcHeaders.onlyTrailers(status, new Metadata()), true, _ -> frames.resetIfOpen(stream));
        }
        end(status);
    }

    private void end(Status status) {
        if (ended) {
            return;
        }
        ended = true;
        if (deadline != null) {
            deadline.cancel(false);
        }
        reader.close();
        countWaiting();
        tracer.streamClosed(status);
        if (status.isOk()) {
            report(() -> listener.onComplete());
        } else {
            cancelled = true;
            report(() -> listener.onCancel());
        }
    }

    /** Something that is said to the listener. */
    @FunctionalInterface
    private interface Event {
        void run() throws IOException;
    }

    private void report(Event event) {
        Executor executor = beside;
        if (executor == null) {
            run(event);
        } else {
            executor.execute(() -> run(event));
        }
    }

    private void run(Event event) {
        Context before = context.attach();
        try {
            event.run();
        } catch (StatusRuntimeException e) {
            handOver(() -> refuse(e.getStatus()));
        } catch (IOException e) {
            handOver(() -> refuse(Status.INTERNAL.withDescription("the message cannot be read: "
                    + e.getMessage())));
        } catch (RuntimeException | Error e) { // the client must be told all the same
            LOG.error("a call of {} failed", definition.getMethodDescriptor().getFullMethodName(), e);
            handOver(() -> refuse(Status.UNKNOWN.withDescription("Application error processing RPC")));
        } finally {
            context.detach(before);
        }
    }

    // What the server answers

    @Override
    public void request(int messages) {
        handOver(() -> {
            int taken = reader.request(messages);
            countWaiting();
            connection.giveBack(stream, taken);
        });
    }

    @Override
    public void setCompression(String name) {
        expect(!headGiven, "sendHeaders has been called");
        compressor = Objects.requireNonNull(connection.services().compressors().lookupCompressor(name), name);
    }

    @Override
    public void setMessageCompression(boolean enabled) {
        compresses = enabled;
    }

    @Override
    public void sendHeaders(Metadata metadata) {
        expect(!headGiven, "sendHeaders has already been called");
        expect(!closeGiven, "call is closed");
        headGiven = true;
        if (compressor != null && !head.accepts(compressor.getMessageEncoding())) {
            compressor = null;
        }
        Http2Headers headers = connection.responseHead(compressor, metadata);
        if (oneResponse) {
            heldHead = headers;
        } else {
            handOver(() -> writeHead(headers));
        }
    }

    @Override
    public void sendMessage(A response) {
        expect(headGiven, "sendHeaders has not been called");
        expect(!closeGiven, "call is closed");
        if (heldMessage != null) {
            throw new IllegalStateException("Too many responses");
        }
        OutboundMessage message = outbound(response);
        if (oneResponse) {
            heldMessage = message;
        } else {
            unsentBytes.addAndGet(message.length());
            if (!handOver(() -> writeMessage(message))) {
                message.release();
            }
        }
    }

    private OutboundMessage outbound(A response) {
        Compressor chosen = compresses ? compressor : null;
        try {
            return OutboundMessage.of(definition.getMethodDescriptor().streamResponse(response),
                    chosen == null || chosen instanceof Codec.Identity ? null : chosen::compress,
                    connection.allocator());
        } catch (UncheckedIOException e) {
            handOver(() -> refuse(Status.INTERNAL.withDescription("a response could not be written")));
            throw e;
        }
    }

    @Override
    public boolean isReady() {
        return !closeGiven && unsentBytes.get() < READY_BYTES;
    }

    @Override
    public void close(Status status, Metadata trailers) {
        expect(!closeGiven, "call already closed");
        closeGiven = true;
        Status last = oneResponse && status.isOk() && heldMessage == null
                ? Status.INTERNAL.withDescription("Completed without a response")
                : status;
        boolean answered = last.isOk() || !oneResponse;
        Http2Headers end = answered && headGiven ? GrpcHeaders.trailers(last, trailers)
                : GrpcHeaders.onlyTrailers(last, trailers);
        if (!handOver(() -> finish(end, answered))) {
            releaseHeld();
        }
    }

    private void releaseHeld() {
        if (heldMessage != null) {
            heldMessage.release();
            heldMessage = null;
        }
    }

    /**
     * Lets the event loop do something: at once if it is this thread, and nothing waits there that was said before.
     *
     * @return false if the loop has ended
     */
    private boolean handOver(Runnable task) {
        if (connection.executor().inEventLoop() && handedOver.get() == 0) {
            task.run();
            return true;
        }
        handedOver.incrementAndGet();
        try {
            connection.executor().execute(() -> {
                handedOver.decrementAndGet();
                task.run();
            });
            return true;
        } catch (RejectedExecutionException _) {
            return false;
        }
    }

    private static void expect(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalStateException(otherwise);
        }
    }

    // How it is written; on the event loop

    private void writeHead(Http2Headers headers) {
        if (!ended && !finished) {
            headWritten = true;
            frames.write(stream, headers, false, null);
        }
    }

    private void writeMessage(OutboundMessage message) {
        if (ended || finished) {
            message.release();
        } else {
            frames.write(stream, message, () -> sent(message.length()));
        }
    }

    private void sent(int bytes) {
        long left = unsentBytes.addAndGet(-bytes);
        if (left < READY_BYTES && left + bytes >= READY_BYTES && !ended) {
            report(() -> listener.onReady());
        }
    }

    /** @param answered whether the response that is held goes with it */
    private void finish(Http2Headers end, boolean answered) {
        if (!ended && !finished) {
            if (answered) {
                writeHeld();
            }
            finished = true;
            frames.write(stream, end, true, this::lastFrameWritten);
        }
        releaseHeld();
    }

    private void writeHeld() {
        Http2Headers first = heldHead;
        OutboundMessage message = heldMessage;
        if (first != null && message != null) {
            heldMessage = null;
            writeHead(first);
            frames.write(stream, message, null);
        }
    }

    private void lastFrameWritten(boolean success) {
        if (success) {
            frames.resetIfOpen(stream);
            end(Status.OK);
        } else {
            if (!ended) {
                frames.reset(stream, Http2Error.INTERNAL_ERROR);
            }
            end(Status.CANCELLED);
        }
    }

    // What is known of it

    @Override
    public boolean isCancelled() {
        return cancelled;
    }

    @Override
    public MethodDescriptor<Q, A> getMethodDescriptor() {
        return definition.getMethodDescriptor();
    }

    @Override
    public Attributes getAttributes() {
        return connection.attributes();
    }

    @Override
    public @Nullable String getAuthority() {
        return head.authority();
    }
}
