package io.nereid.server.grpc;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.nereid.inference.InferenceException;
import io.nereid.inference.NanoClock;
import io.nereid.server.grpc.codec.EncodedMessage;
import io.nereid.server.ledger.Account;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.ledger.Resource;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Begins calls of inference, and knows those that a stopping server has to wait for. Thread-safe. */
final class OpenCalls {
    /** How long a client may take nothing of its answer once the server wants to end. */
    private static final Duration HURRIED = Duration.ofSeconds(5);
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final CallContext context;
    private final GrpcConnections connections;
    private final NanoClock clock;
    private final StalledClients stalled;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition ended = lock.newCondition();
    /** ModelInfer calls whose request has come, and all streams. */
    @GuardedBy("lock")
    private final Set<OpenCall> underWay = new HashSet<>();
    @GuardedBy("lock")
    private boolean draining;

    /** @param connections those the calls come by */
    OpenCalls(CallContext context, GrpcConnections connections, NanoClock clock) {
        this.context = context;
        this.connections = connections;
        this.clock = clock;
        this.stalled = new StalledClients(connections, true);
    }

    /** What its calls need. */
    CallContext context() {
        return context;
    }

    /** ModelInfer. */
    ServerCall.Listener<ReceivedMessage> infer(ServerCall<ReceivedMessage, EncodedMessage> call, Metadata metadata) {
        return isDraining() ? refuse(call, GrpcStatus.stopping()) : new UnaryCall(context, call, metadata, this);
    }

    /** ModelStreamInfer. */
    ServerCall.Listener<ReceivedMessage> stream(ServerCall<ReceivedMessage, EncodedMessage> call, Metadata metadata) {
        if (isDraining()) {
            return refuse(call, GrpcStatus.stopping());
        }
        Account account = ConnectionAccounts.of(call.getAttributes()).request();
        try {
            account.charge(Resource.HEAP, Ledger.STREAM_HEAP_BYTES);
        } catch (InferenceException e) {
            account.close();
            return refuse(call, e);
        }
        StreamCall stream = new StreamCall(context, call, metadata, open -> {
            account.close();
            ended(open);
        });
        began(stream);
        stream.start();
        if (isDraining()) {
            stream.drain(); // it may have begun after drain() took its list
        }
        return stream;
    }

    private static ServerCall.Listener<ReceivedMessage> refuse(ServerCall<ReceivedMessage, EncodedMessage> call,
            InferenceException error) {
        call.close(GrpcStatus.of(error), GrpcStatus.trailers(error));
        return new ServerCall.Listener<>() {
        };
    }

    private boolean isDraining() {
        lock.lock();
        try {
            return draining;
        } finally {
            lock.unlock();
        }
    }

    /** The call is to be waited for. */
    void began(OpenCall call) {
        lock.lock();
        try {
            underWay.add(call);
        } finally {
            lock.unlock();
        }
    }

    /** The call has ended, its answer is sent or dropped. */
    void ended(OpenCall call) {
        lock.lock();
        try {
            if (underWay.remove(call) && underWay.isEmpty()) {
                ended.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Begins no more calls, ends streams as soon as nothing is under way on them, and waits for the others. Calls
     * whose request has not come are not waited for.
     *
     * @return whether all had ended within {@code timeout}
     */
    boolean drain(Duration timeout) throws InterruptedException {
        beginDrain().forEach(OpenCall::drain);
        long deadline = clock.nanoTime() + timeout.toNanos();
        StalledClients hurried = new StalledClients(connections, false);
        while (!awaitEnd(Math.min(LOOK_NANOS, deadline - clock.nanoTime()))) {
            if (clock.nanoTime() - deadline >= 0) {
                return false;
            }
            hurried.look(underWay(), clock.nanoTime(), HURRIED);
        }
        return true;
    }

    /**
     * Closes the connections of clients that take nothing of their answers. To be called about once a second, by one
     * thread at a time.
     */
    void look(Duration allowed) {
        stalled.look(underWay(), clock.nanoTime(), allowed);
    }

    private List<OpenCall> underWay() {
        lock.lock();
        try {
            return List.copyOf(underWay);
        } finally {
            lock.unlock();
        }
    }

    private boolean awaitEnd(long nanos) throws InterruptedException {
        long left = nanos;
        lock.lock();
        try {
            while (!underWay.isEmpty() && left > 0) {
                left = ended.awaitNanos(left);
            }
            return underWay.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    private List<OpenCall> beginDrain() {
        lock.lock();
        try {
            draining = true;
            return List.copyOf(underWay);
        } finally {
            lock.unlock();
        }
    }
}
