package io.nereid.server.grpc;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.NanoClock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Request messages of which only a part has come. gRPC's library holds what there is of them, for as long as it takes, and
 * no request is known yet that could be admitted or refused: so they have limits of their own, in time, as HTTP's bodies
 * have, and in bytes over all of them together. Thread-safe.
 */
final class UnfinishedMessages extends ServerStreamTracer.Factory {
    /** A message that has once begun must arrive at least this fast in the long run, else a drip would hold its memory. */
    private static final long SLOWEST_BYTES_PER_SECOND = 1 << 10;
    private static final int RETRY_AFTER_SECONDS = 1;
    private static final Logger LOG = LoggerFactory.getLogger(UnfinishedMessages.class);
    private static final Context.Key<Stream> STREAM = Context.key("io.nereid.unfinished-message");

    private final long mostBytes;
    private final Duration timeout;
    private final NanoClock clock;
    private final Executor executor;
    private final AtomicLong bytes = new AtomicLong();
    private final Set<Stream> unfinished = ConcurrentHashMap.newKeySet();

    /**
     * Nothing has come yet.
     *
     * @param mostBytes of all unfinished messages together; a single one may be larger
     * @param timeout how long a message may stand still
     * @param executor where calls are refused: the library cannot bear that while it reads their bytes
     */
    UnfinishedMessages(long mostBytes, Duration timeout, NanoClock clock, Executor executor) {
        this.mostBytes = mostBytes;
        this.timeout = timeout;
        this.clock = clock;
        this.executor = executor;
    }

    /** Bytes that are held now. */
    long bytes() {
        return bytes.get();
    }

    /** Refuses the calls whose messages do not come to their end. To be called about once a second. */
    void look() {
        long now = clock.nanoTime();
        unfinished.forEach(stream -> stream.look(now));
    }

    /** Says how the call that is just beginning is refused, from a thread of the executor; else it is closed plainly. */
    static void whenRefused(Consumer<InferenceException> refuse) {
        Stream stream = STREAM.get();
        if (stream != null) {
            stream.refuse = refuse;
        }
    }

    /** What makes calls known; all services need it. A call of one request has as long for it as if it had begun. */
    static ServerInterceptor interceptor() {
        return new ServerInterceptor() {
            @Override
            public <Q, A> ServerCall.Listener<Q> interceptCall(ServerCall<Q, A> call, Metadata headers,
                    ServerCallHandler<Q, A> next) {
                whenRefused(error -> closePlainly(call, error));
                Stream stream = STREAM.get();
                if (stream != null && call.getMethodDescriptor().getType().clientSendsOneMessage()) {
                    stream.begin();
                }
                return next.startCall(call, headers);
            }
        };
    }

    private static void closePlainly(ServerCall<?, ?> call, InferenceException error) {
        try {
            call.close(GrpcStatus.of(error), GrpcStatus.trailers(error));
        } catch (IllegalStateException e) {
            LOG.debug("a call was answered before it could be refused", e);
        }
    }

    @Override
    public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
        return new Stream();
    }

    /** One call. Told by the connection's event loop, and looked at by the timer. */
    private final class Stream extends ServerStreamTracer {
        private volatile @Nullable Consumer<InferenceException> refuse;
        /** What has come of the message; written on the event loop only. */
        private volatile long held;
        private volatile long startNanos;
        private volatile long lastNanos;
        private volatile boolean refused;

        @Override
        public Context filterContext(Context context) {
            return context.withValue(STREAM, this);
        }

        @Override
        public void inboundMessage(int number) {
            begin();
        }

        private void begin() {
            startNanos = clock.nanoTime();
            lastNanos = startNanos;
            unfinished.add(this);
        }

        @Override
        @SuppressWarnings("NonAtomicVolatileUpdate") // written on one thread
        public void inboundWireSize(long more) {
            lastNanos = clock.nanoTime();
            held += more;
            long all = bytes.addAndGet(more);
            if (all > mostBytes && held < all) { // alone it may be as large as it likes: refused, it could try for ever
                refuse(new InferenceException(ErrorCode.UNAVAILABLE, "too many bytes in unfinished messages: got " + all
                        + " (expected at most " + mostBytes + "); try again later, or raise --max-inflight-bytes")
                        .withRetryAfter(RETRY_AFTER_SECONDS));
            }
        }

        @Override
        public void inboundMessageRead(int number, long wireSize, long size) {
            finished();
        }

        @Override
        public void streamClosed(Status status) {
            finished();
        }

        private void finished() {
            unfinished.remove(this);
            bytes.addAndGet(-held);
            held = 0;
        }

        private void look(long now) {
            Duration allowed = timeout.plusSeconds(held / SLOWEST_BYTES_PER_SECOND);
            if (now - lastNanos > timeout.toNanos() || now - startNanos > allowed.toNanos()) {
                refuse(new InferenceException(ErrorCode.UNAVAILABLE, "the request did not arrive in time"));
            }
        }

        private void refuse(InferenceException error) {
            Consumer<InferenceException> way = refuse;
            if (!refused && way != null) {
                refused = true;
                executor.execute(() -> way.accept(error));
            }
        }
    }
}
