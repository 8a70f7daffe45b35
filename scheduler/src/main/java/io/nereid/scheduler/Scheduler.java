package io.nereid.scheduler;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.NanoClock;
import io.nereid.inference.Outcome;
import io.nereid.inference.RequestTimes;
import io.nereid.inference.ResponseListener;
import io.nereid.statistics.CloseReason;
import io.nereid.statistics.FailureReason;
import io.nereid.statistics.ModelStatistics;
import io.nereid.statistics.Rejection;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * The meeting point of requests and instances of one model version. Any thread puts requests in; instance threads pull
 * what the {@link RequestQueue} decides. Nothing runs between the two: an idle instance takes its work itself. While
 * requests wait for company, one idle instance keeps the time; while all are busy, the {@link Alarm} does.
 *
 * <p>One that takes a batch calls the next if there is more. Listeners are told without the lock.
 */
public final class Scheduler implements AutoCloseable {
    private final BatchCompatibility compatibility;
    private final NanoClock clock;
    private final Alarm alarm;
    private final ModelStatistics statistics;
    private final DefectLog defects;
    private final @Nullable ResponseOrder order;
    /** Used under the lock. */
    private final @Nullable LoadControl control;
    private final Consumer<QueuedRequest> canceller = this::cancel;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final RequestQueue queue;
    private final Seats seats = new Seats();
    /** The numbers of the seats that are taken. */
    @GuardedBy("lock")
    private final BitSet seated = new BitSet();
    /** When the alarm goes off; meaningless while it is not set. */
    @GuardedBy("lock")
    private long alarmNanos;
    @GuardedBy("lock")
    private Alarm.@Nullable Setting alarmSetting;
    @GuardedBy("lock")
    private boolean closed;

    /**
     * A scheduler over an empty queue.
     *
     * @param queue used by the scheduler only from now on
     * @param compatibility which requests may run together
     * @param preserveOrdering whether listeners are told in the order in which requests came
     * @param control learns how long batches run and acts on it; null where there is nothing to act on
     */
    public Scheduler(RequestQueue queue, BatchCompatibility compatibility, boolean preserveOrdering,
            @Nullable LoadControl control, SchedulerEnvironment environment) {
        this.queue = queue;
        this.control = control;
        this.compatibility = compatibility;
        this.clock = environment.clock();
        this.alarm = environment.alarm();
        this.statistics = environment.statistics();
        this.defects = environment.defects();
        this.order = preserveOrdering ? new ResponseOrder(this::tell) : null;
    }

    // Requests in

    /**
     * Queues a request and returns at once. The scheduler owns the request from here on, and the listener hears the end
     * of it; if this throws, the caller still owns the request and the listener hears nothing.
     *
     * @return the way to give the request up
     * @throws InferenceException UNAVAILABLE if the model is being unloaded, the queue is full, or the answer would come
     *         too late
     */
    public QueuedRequest enqueue(InferenceRequest request, ResponseListener listener) throws InferenceException {
        QueuedRequest queued = new QueuedRequest(request, listener, compatibility.key(request), clock.nanoTime(),
                canceller);
        RequestTimes times = request.times();
        if (times != null) {
            times.queued(queued.queuedNanos());
        }
        InferenceException refusal;
        lock.lock();
        try {
            refusal = refusal(queued);
            if (refusal == null) {
                seats.call(queue, queued.queuedNanos());
                setAlarm(queued.queuedNanos());
            }
        } finally {
            lock.unlock();
        }
        if (refusal != null) {
            throw refusal;
        }
        return queued;
    }

    /** Takes the request in, or says why not. */
    @GuardedBy("lock")
    private @Nullable InferenceException refusal(QueuedRequest queued) {
        if (closed) {
            return new InferenceException(ErrorCode.UNAVAILABLE,
                    "Server is stopping, scheduler for model has stopped accepting new inference requests");
        }
        InferenceException tooLate = control == null ? null
                : control.refusal(queue, queued.request(), queued.queuedNanos());
        if (tooLate != null) {
            statistics.recordRejection(Rejection.TIMEOUT);
            return tooLate;
        }
        if (!queue.offer(queued)) {
            statistics.recordRejection(Rejection.QUEUE_FULL);
            return new InferenceException(ErrorCode.UNAVAILABLE, "Exceeds maximum queue size").withRetryAfter(1);
        }
        if (order != null) {
            order.expect(queued);
        }
        return null;
    }

    /** {@link QueuedRequest#cancel}. */
    private void cancel(QueuedRequest request) {
        request.giveUp();
        boolean queued;
        lock.lock();
        try {
            queued = request.isQueued();
            if (queued) {
                queue.remove(request);
                seats.call(queue, clock.nanoTime());
            }
        } finally {
            lock.unlock();
        }
        Execution execution = request.execution;
        if (queued) {
            reject(request, Rejection.CANCELLED,
                    new InferenceException(ErrorCode.CANCELLED, "the request was cancelled while it was queued"));
        } else if (execution != null) {
            execution.giveUp(request);
        }
    }

    /** How many requests wait for an instance. */
    public int pending() {
        lock.lock();
        try {
            return queue.size();
        } finally {
            lock.unlock();
        }
    }

    /** What waits, for how long, and for how much longer. */
    public QueueLoad load() {
        lock.lock();
        try {
            long now = clock.nanoTime();
            return new QueueLoad(queue.size(), queue.oldestWaitNanos(now),
                    control == null ? OptionalLong.empty() : control.waitNanos(queue, now));
        } finally {
            lock.unlock();
        }
    }

    // Work out

    /**
     * A place for an instance thread.
     *
     * @param execution what will run the requests taken there
     * @param turn of several idle instances the one with the smallest is called, and of equals the one that was busy last;
     *        called under the scheduler's lock
     */
    public Seat seat(Execution execution, LongSupplier turn) {
        lock.lock();
        try {
            int number = seated.nextClearBit(0);
            seated.set(number);
            if (control != null) {
                control.seated(number);
            }
            return new Seat(number, lock.newCondition(), execution, turn);
        } finally {
            lock.unlock();
        }
    }

    /** The seat's instance is to take no more work: once it has run what it took, it is told that there is none. */
    public void dismiss(Seat seat) {
        lock.lock();
        try {
            seats.dismiss(seat);
        } finally {
            lock.unlock();
        }
    }

    /** A dismissed seat goes; what it was called for is for another one. */
    @GuardedBy("lock")
    private void leave(Seat seat, long nowNanos) {
        seated.clear(seat.number());
        if (control != null) {
            control.left(seat.number());
        }
        seats.call(queue, nowNanos);
    }

    /**
     * Waits until there is something to run and moves it into the seat's batch, which must be empty.
     *
     * @return why the batch is as it is; null when there will be no more: the scheduler is closed and its queue empty, or
     *         the seat was dismissed
     */
    public @Nullable CloseReason take(Seat seat) {
        while (true) {
            CloseReason reason;
            boolean ended;
            lock.lock();
            try {
                long now = clock.nanoTime();
                if (seat.isDismissed) {
                    leave(seat, now);
                    return null;
                }
                reason = takeReady(seat, now);
                ended = closed;
                if (reason == null && !ended && seat.expired.isEmpty()) {
                    seats.park(seat, queue, now);
                }
            } finally {
                lock.unlock();
            }
            rejectExpired(seat.expired);
            if (reason != null || ended) {
                return reason;
            }
        }
    }

    /**
     * Waits until an instance would find something to run, and leaves it there.
     *
     * @return false when there will be no more: the scheduler is closed and its queue empty, or the seat was dismissed
     */
    public boolean awaitWork(Seat seat) {
        lock.lock();
        try {
            while (true) {
                long now = clock.nanoTime();
                if (seat.isDismissed) {
                    leave(seat, now);
                    return false;
                }
                if (queue.runnable(now) > 0) {
                    seats.call(queue, now); // this one may have to wait for its right to run, where another would not
                    return true;
                }
                if (closed) {
                    return false;
                }
                seats.park(seat, queue, now);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Whether an instance would find something to run now. */
    public boolean hasWork() {
        lock.lock();
        try {
            return queue.runnable(clock.nanoTime()) > 0;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Moves what should run now into the seat's batch, which must be empty, without waiting.
     *
     * @return why the batch is as it is; null when there is nothing to run, as when another instance was faster
     */
    public @Nullable CloseReason poll(Seat seat) {
        CloseReason reason;
        lock.lock();
        try {
            reason = seat.isDismissed ? null : takeReady(seat, clock.nanoTime());
        } finally {
            lock.unlock();
        }
        rejectExpired(seat.expired);
        return reason;
    }

    @GuardedBy("lock")
    private @Nullable CloseReason takeReady(Seat seat, long nowNanos) {
        queue.expire(nowNanos, seat.expired);
        int mostRows = control == null ? Integer.MAX_VALUE : control.mostRows(queue);
        CloseReason reason = queue.take(nowNanos, mostRows, seat.batch());
        for (int i = 0; i < seat.batch().size(); i++) {
            seat.batch().get(i).execution = seat.execution();
        }
        if (control != null && reason != null) {
            control.started(seat.number(), seat.batch(), nowNanos);
        }
        if (reason != null) {
            seats.call(queue, nowNanos);
        } else if (closed) {
            cancelAlarm();
        }
        return reason;
    }

    /**
     * The batch taken at the seat has been run; called before the next one is taken.
     *
     * @param completed whether it ran to its end: how long that took says how long the next ones will
     */
    public void executed(Seat seat, boolean completed) {
        if (control == null) {
            return;
        }
        lock.lock();
        try {
            if (completed) {
                control.finished(seat.number(), seat.batch(), queue, clock.nanoTime());
            } else {
                control.abandoned(seat.number());
            }
        } finally {
            lock.unlock();
        }
    }

    /** An execution has ended: the request's listener is told, in its turn where the order is kept. */
    public void deliver(QueuedRequest request, Outcome outcome) {
        if (order == null) {
            tell(request, outcome);
        } else {
            order.settle(request, outcome);
        }
    }

    /** From now on no request waits for others to join it: few more will come. Requests are still taken in. */
    public void expedite() {
        lock.lock();
        try {
            queue.expedite();
            seats.call(queue, clock.nanoTime());
        } finally {
            lock.unlock();
        }
    }

    /** Refuses requests from now on. What is queued still runs; instances stop when the queue is empty. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            queue.expedite();
            seats.callAll();
        } finally {
            lock.unlock();
        }
    }

    // Deadlines

    @GuardedBy("lock")
    private void setAlarm(long nowNanos) {
        long delay = queue.nanosUntilDeadline(nowNanos);
        if (delay == Long.MAX_VALUE || (alarmSetting != null && alarmNanos - (nowNanos + delay) <= 0)) {
            return;
        }
        cancelAlarm();
        alarmNanos = nowNanos + delay;
        long asked = alarmNanos;
        try {
            alarmSetting = alarm.in(delay, () -> onAlarm(asked));
        } catch (Throwable e) { // the request is queued: whoever brought it must not take it back
            defects.unexpected("the alarm for deadlines", e);
        }
    }

    @GuardedBy("lock")
    private void cancelAlarm() {
        if (alarmSetting != null) {
            alarmSetting.cancel();
            alarmSetting = null;
        }
    }

    /** Rejects what has waited too long; one that was overtaken just when it went off sets no further one. */
    private void onAlarm(long askedNanos) {
        List<QueuedRequest> expired = new ArrayList<>();
        lock.lock();
        try {
            long now = clock.nanoTime();
            queue.expire(now, expired);
            if (alarmNanos == askedNanos) {
                alarmSetting = null;
                setAlarm(now);
            }
        } finally {
            lock.unlock();
        }
        rejectExpired(expired);
    }

    private void rejectExpired(List<QueuedRequest> expired) {
        for (int i = 0; i < expired.size(); i++) {
            reject(expired.get(i), Rejection.TIMEOUT,
                    new InferenceException(ErrorCode.UNAVAILABLE, "Request timeout expired").withRetryAfter(1));
        }
        expired.clear();
    }

    /** Ends a request that has left the queue without running; it does not wait for those before it. */
    private void reject(QueuedRequest request, Rejection reason, InferenceException error) {
        try {
            request.request().memory().release();
        } catch (Throwable e) {
            defects.unexpected("the memory of a request", e);
        }
        statistics.recordFailure(
                reason == Rejection.CANCELLED ? FailureReason.CANCELED : FailureReason.REJECTED,
                clock.nanoTime() - request.queuedNanos());
        statistics.recordRejection(reason);
        tell(request, error);
        if (order != null) {
            order.settle(request, null);
        }
    }

    private void tell(QueuedRequest request, Outcome outcome) {
        try {
            outcome.tell(request.listener());
        } catch (Throwable e) { // it must harm no other request
            defects.unexpected("a listener of responses", e);
        }
    }
}
