package io.nereid.server.grpc;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.nereid.server.model.ModelCatalog;
import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * gRPC's own health protocol: whether the server is ready, once or whenever that changes; the name of a service is not
 * looked at, as in Triton. While somebody watches, a timer looks a few times a second. Thread-safe.
 */
final class HealthCalls extends HealthGrpc.HealthImplBase implements AutoCloseable {
    private static final long LOOK_MILLIS = 250;

    private final ModelCatalog models;
    private final ScheduledExecutorService timer;
    private final ReentrantLock lock = new ReentrantLock();
    /** Who watches, and the status each was sent last. */
    @GuardedBy("lock")
    private final Map<StreamObserver<HealthCheckResponse>, ServingStatus> watchers = new HashMap<>();
    @GuardedBy("lock")
    private @Nullable Future<?> looking;
    @GuardedBy("lock")
    private boolean closed;

    /** @param timer where the looks run; they are short */
    HealthCalls(ModelCatalog models, ScheduledExecutorService timer) {
        this.models = models;
        this.timer = timer;
    }

    private ServingStatus status() {
        return models.isReady() && !models.isStopping() ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
    }

    @Override
    public void check(HealthCheckRequest request, StreamObserver<HealthCheckResponse> observer) {
        if (models.isStopping()) {
            observer.onError(GrpcStatus.exception(GrpcStatus.exiting()));
            return;
        }
        observer.onNext(response(status()));
        observer.onCompleted();
    }

    @Override
    public void watch(HealthCheckRequest request, StreamObserver<HealthCheckResponse> observer) {
        ((ServerCallStreamObserver<HealthCheckResponse>) observer).setOnCancelHandler(() -> forget(observer));
        ServingStatus now = status();
        lock.lock();
        try {
            if (closed) {
                observer.onNext(response(ServingStatus.NOT_SERVING));
                observer.onCompleted();
                return;
            }
            watchers.put(observer, now);
            observer.onNext(response(now));
            if (looking == null) {
                looking = timer.scheduleWithFixedDelay(this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
            }
        } finally {
            lock.unlock();
        }
    }

    private void look() {
        ServingStatus now = status();
        lock.lock();
        try {
            for (Map.Entry<StreamObserver<HealthCheckResponse>, ServingStatus> watcher : watchers.entrySet()) {
                if (watcher.getValue() != now) {
                    watcher.setValue(now);
                    watcher.getKey().onNext(response(now));
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private void forget(StreamObserver<HealthCheckResponse> observer) {
        lock.lock();
        try {
            watchers.remove(observer);
            Future<?> timed = looking;
            if (watchers.isEmpty() && timed != null) {
                timed.cancel(false);
                looking = null;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Sends all who watch that the server is not serving, and ends their calls. */
    @Override
    public void close() {
        List<StreamObserver<HealthCheckResponse>> last;
        lock.lock();
        try {
            closed = true;
            last = List.copyOf(watchers.keySet());
        } finally {
            lock.unlock();
        }
        look();
        last.forEach(StreamObserver::onCompleted);
        last.forEach(this::forget);
    }

    private static HealthCheckResponse response(ServingStatus status) {
        return HealthCheckResponse.newBuilder().setStatus(status).build();
    }
}
