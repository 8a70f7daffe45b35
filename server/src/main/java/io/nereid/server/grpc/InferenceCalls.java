package io.nereid.server.grpc;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.nereid.server.grpc.codec.EncodedMessage;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Begins calls of inference, and knows those that a stopping server has to wait for. Thread-safe. */
final class InferenceCalls {
    private final CallContext context;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition ended = lock.newCondition();
    /** ModelInfer calls whose request has come, and all streams. */
    @GuardedBy("lock")
    private final Set<ServerCall.Listener<ReceivedMessage>> underWay = new HashSet<>();
    @GuardedBy("lock")
    private boolean draining;

    InferenceCalls(CallContext context) {
        this.context = context;
    }

    /** What its calls need. */
    CallContext context() {
        return context;
    }

    /** ModelInfer. */
    ServerCall.Listener<ReceivedMessage> infer(ServerCall<ReceivedMessage, EncodedMessage> call, Metadata metadata) {
        return isDraining() ? refuse(call) : new InferCall(context, call, metadata, this);
    }

    /** ModelStreamInfer. */
    ServerCall.Listener<ReceivedMessage> stream(ServerCall<ReceivedMessage, EncodedMessage> call, Metadata metadata) {
        if (isDraining()) {
            return refuse(call);
        }
        InferStream stream = new InferStream(context, call, metadata, this::ended);
        began(stream);
        stream.start();
        if (isDraining()) {
            stream.drain(); // it may have begun too late to be told
        }
        return stream;
    }

    private static ServerCall.Listener<ReceivedMessage> refuse(ServerCall<ReceivedMessage, EncodedMessage> call) {
        call.close(GrpcStatus.of(GrpcStatus.stopping()), new Metadata());
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
    void began(ServerCall.Listener<ReceivedMessage> call) {
        lock.lock();
        try {
            underWay.add(call);
        } finally {
            lock.unlock();
        }
    }

    /** The call has ended, its answer is sent or dropped. */
    void ended(ServerCall.Listener<ReceivedMessage> call) {
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
     * Begins no more calls, ends streams as soon as nothing is under way on them, and waits for the others. Calls whose
     * request has not come are not waited for.
     *
     * @return whether all had ended within {@code patience}
     */
    boolean drain(Duration patience) throws InterruptedException {
        beginDrain().forEach(call -> {
            if (call instanceof InferStream stream) {
                stream.drain();
            }
        });
        long nanos = patience.toNanos();
        lock.lock();
        try {
            while (!underWay.isEmpty() && nanos > 0) {
                nanos = ended.awaitNanos(nanos);
            }
            return underWay.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    private List<ServerCall.Listener<ReceivedMessage>> beginDrain() {
        lock.lock();
        try {
            draining = true;
            return List.copyOf(underWay);
        } finally {
            lock.unlock();
        }
    }
}
