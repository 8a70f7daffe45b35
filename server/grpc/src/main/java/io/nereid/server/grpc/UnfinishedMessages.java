package io.nereid.server.grpc;

import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.nereid.inference.NanoClock;
import io.nereid.server.ledger.Account;
import io.nereid.server.ledger.Holder;
import io.nereid.server.ledger.Resource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * Request messages of which only a part has come. The transport holds what there is of them, and no request is known
 * yet that could be admitted or refused: so each has an account of its own beneath its connection's, which is charged
 * as bytes come, and its call is refused when the ledger ends it or the message stalls. Thread-safe.
 */
final class UnfinishedMessages extends ServerStreamTracer.Factory {
    /** What must come of a message in a window of the message timeout, else a drip would hold its memory. */
    private static final long MIN_BYTES_PER_SECOND = 1 << 10;
    /** What a message holds without being charged: a short one comes in one piece and is read at once. */
    static final int FREE_BYTES = 4 << 10;
    private static final Logger LOG = LoggerFactory.getLogger(UnfinishedMessages.class);
    private static final Context.Key<Stream> STREAM = Context.key("io.nereid.unfinished-message");

    private final Duration timeout;
    private final NanoClock clock;
    private final Executor executor;
    private final Set<Stream> unfinished = ConcurrentHashMap.newKeySet();

    /**
     * Nothing has come yet.
     *
     * @param timeout how long a message may stand still
     * @param executor where calls are refused: not while their bytes are being read
     */
    UnfinishedMessages(Duration timeout, NanoClock clock, Executor executor) {
        this.timeout = timeout;
        this.clock = clock;
        this.executor = executor;
    }

    /** Refuses the calls whose messages do not come to their end. To be called about once a second, by one thread. */
    void look() {
        long now = clock.nanoTime();
        unfinished.forEach(stream -> stream.look(now));
    }

    /**
     * Says how the call that is just beginning is refused, from a thread of the executor; else it is closed plainly.
     */
    static void whenRefused(Consumer<InferenceException> refuse) {
        Stream stream = STREAM.get();
        if (stream != null) {
            stream.refuse = refuse;
        }
    }

    /** The charge for the message that the call has just received: it belongs to whoever reads the message. */
    static Lease received() {
        Stream stream = STREAM.get();
        return stream == null ? Lease.NONE : stream.takeReceived();
    }

    /** What makes calls known; all services need it. A call of one request has as long for it as if it had begun. */
    static ServerInterceptor interceptor() {
        return new ServerInterceptor() {
            @Override
            public <Q, A> ServerCall.Listener<Q> interceptCall(ServerCall<Q, A> call, Metadata headers,
                    ServerCallHandler<Q, A> next) {
                Stream stream = STREAM.get();
                if (stream != null) {
                    stream.refuse = error -> closePlainly(call, error);
                    stream.belongsTo(call.getAttributes());
                    if (call.getMethodDescriptor().getType().clientSendsOneMessage()) {
                        stream.begin();
                    }
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

    /** One call. Called on the connection's event loop, and looked at by the timer. */
    final class Stream extends ServerStreamTracer implements Holder {
        private volatile @Nullable Consumer<InferenceException> refuse;
        /** What is known of the connection; null until the call is known. */
        private volatile @Nullable Attributes attributes;
        /** The account of the message that is coming, once it is long enough. */
        private volatile @Nullable Account account;
        /** That of the message which has come and was not read. */
        private volatile @Nullable Account received;
        /** What has come of the message; so for the next two, written on the event loop only. */
        private volatile long held;
        private volatile long startNanos;
        private volatile long lastNanos;
        private volatile boolean refused;
        /** What of it is charged; on the event loop only. */
        private long charged;
        /** What of it was reported to the account; on the timer's thread only. */
        private long reported;

        @Override
        public Context filterContext(Context context) {
            return context.withValue(STREAM, this);
        }

        /** The call came by a connection of those attributes. */
        void belongsTo(Attributes connection) {
            attributes = connection;
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
            held += more;
            if (held > FREE_BYTES) {
                lastNanos = clock.nanoTime();
                charge();
            }
        }

        private void charge() {
            Attributes known = attributes;
            if (known == null || refused) {
                return;
            }
            Account own = account;
            if (own == null) {
                own = ConnectionAccounts.of(known).request(this);
                account = own;
            }
            try {
                own.charge(Resource.NATIVE, held - charged);
                charged = held;
            } catch (InferenceException e) {
                refuse(e);
            }
        }

        @Override
        public void inboundMessageRead(int number, long wireSize, long size) {
            Account own = finished();
            if (own != null) {
                closeAccount(received);
                received = own;
            }
        }

        @Override
        public void streamClosed(Status status) {
            closeAccount(finished());
            closeAccount(received);
        }

        /** The account of the message that was coming. */
        private @Nullable Account finished() {
            unfinished.remove(this);
            Account own = account;
            account = null;
            held = 0;
            charged = 0;
            return own;
        }

        private static void closeAccount(@Nullable Account own) {
            if (own != null) {
                own.close();
            }
        }

        private Lease takeReceived() {
            Account own = received;
            received = null;
            if (own == null) {
                return Lease.NONE;
            }
            own.serve();
            return own::close;
        }

        private void look(long now) {
            long seen = held;
            Account own = account;
            boolean late = own == null ? now - startNanos > timeout.toNanos() : isSlow(own, seen, now);
            if (late || now - lastNanos > timeout.toNanos()) {
                refuse(new InferenceException(ErrorCode.UNAVAILABLE, "the request did not arrive in time"));
            }
        }

        private boolean isSlow(Account own, long seen, long now) {
            own.awaitClient(now - startNanos);
            own.moved(seen < reported ? seen : seen - reported);
            reported = seen;
            return own.isSlowerThan(MIN_BYTES_PER_SECOND);
        }

        /** The ledger needs what this message holds. */
        @Override
        public void end(InferenceException reason) {
            refuse(reason);
        }

        @Override
        public String client() {
            Attributes known = attributes;
            return known == null ? "" : String.valueOf(known.get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR));
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
