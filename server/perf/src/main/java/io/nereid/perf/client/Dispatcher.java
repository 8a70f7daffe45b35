package io.nereid.perf.client;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.function.LongSupplier;

/**
 * Decides what the senders of one thread do and when, and records what became of it: who sends the next request, which one
 * that is, when a request is given up, and when all is over. Used by that thread, but for {@link #stop}; knows no network,
 * and no time but the clock that it is given.
 */
final class Dispatcher {
    private static final long LATE_NANOS = 1_000_000;
    private static final long REST_NANOS = 100_000_000;

    /** The part of a load that is one thread's. */
    record Share(int thread, int threads, int senders) {
        /** Which client of the load the sender of that number is. */
        int client(int sender) {
            return thread + sender * threads;
        }
    }

    private final Share share;
    private final int requestCount;
    private final ClientOptions.RequestOrder order;
    private final long timeoutNanos;
    private final long intervalNanos;
    private final RequestBudget budget;
    private final @Nullable Arrivals arrivals;
    private final Transport.Senders factory;
    private final Recorder recorder;
    private final LongSupplier nanoClock;

    private final List<Sender> senders = new ArrayList<>();
    private final Deque<Sender> free = new ArrayDeque<>();
    private final Queue<Sender> resting = new PriorityQueue<>(
            (one, other) -> Long.signum(one.restsUntilNanos - other.restsUntilNanos));
    private final Deadlines deadlines;
    private long startNanos;
    private long nextDueNanos;
    private int nextRequest;
    private volatile boolean stopping;
    private volatile long drainUntilNanos;

    /**
     * Nothing is sent before {@link #start}.
     *
     * @param share how many senders there are: all the time in a closed loop, at most in an open one
     * @param requestCount how many different requests there are, above 0
     * @param arrivals null for a closed loop
     * @param nanoClock the time, in nanoseconds
     */
    Dispatcher(Share share, int requestCount, ClientOptions options, RequestBudget budget,
            @Nullable Arrivals arrivals, Transport.Senders factory, Recorder recorder, LongSupplier nanoClock) {
        this.share = share;
        this.requestCount = requestCount;
        this.order = options.order();
        this.timeoutNanos = options.timeout().toNanos();
        this.intervalNanos = arrivals == null ? options.interval().toNanos() : 0;
        this.budget = budget;
        this.arrivals = arrivals;
        this.factory = factory;
        this.recorder = recorder;
        this.nanoClock = nanoClock;
        this.deadlines = new Deadlines(timeoutNanos);
        this.nextRequest = share.thread() % requestCount;
    }

    /** The load begins at this moment, which may be over. */
    void start(long atNanos) {
        startNanos = atNanos;
        if (arrivals == null) {
            for (int i = 0; i < share.senders(); i++) {
                add();
            }
        } else {
            nextDueNanos = startNanos + arrivals.nextNanos();
        }
    }

    private void add() {
        Sender sender = factory.open();
        sender.number = share.client(senders.size());
        recorder.has(sender.number + 1);
        senders.add(sender);
        free.addLast(sender);
    }

    /** Whether it was told to stop, or the budget is used up, and all is answered or given up. */
    boolean isOver() {
        boolean idle = free.size() + resting.size() == senders.size();
        if (stopping) {
            return (idle && isFinished()) || nanoClock.getAsLong() - drainUntilNanos >= 0;
        }
        return idle && budget.isEmpty() && isFinished();
    }

    private boolean isFinished() {
        return senders.stream().noneMatch(sender -> sender.requests.isUnfinished());
    }

    /** Gives up what nobody waits for any more, and sends what is due. */
    void advance() {
        if (timeoutNanos > 0) {
            expire();
        }
        if (!resting.isEmpty()) {
            wakeRested();
        }
        if (stopping || budget.isEmpty()) {
            finish();
            return;
        }
        if (arrivals == null) {
            while (!free.isEmpty() && budget.take()) {
                send(nanoClock.getAsLong());
            }
        } else {
            sendArrived(arrivals);
        }
    }

    /** Has clients end what they have begun, for which the server would wait; nobody measures that. */
    private void finish() {
        for (int left = free.size(); left > 0; left--) {
            Sender sender = free.removeFirst();
            if (sender.requests.isUnfinished()) {
                send(sender, sender.requests.last(), nanoClock.getAsLong(), false);
            } else {
                free.addLast(sender);
            }
        }
    }

    private void expire() {
        long now = nanoClock.getAsLong();
        for (Sender sender = deadlines.pollExpired(now); sender != null; sender = deadlines.pollExpired(now)) {
            sender.cancel();
            fail(sender, Failure.TIMED_OUT);
            free(sender, now);
        }
    }

    private void wakeRested() {
        long now = nanoClock.getAsLong();
        for (Sender sender = resting.peek(); sender != null
                && sender.restsUntilNanos - now <= 0; sender = resting.peek()) {
            resting.remove();
            free.addLast(sender);
        }
    }

    private void sendArrived(Arrivals moments) {
        for (long now = nanoClock.getAsLong(); nextDueNanos - now <= 0; now = nanoClock.getAsLong()) {
            boolean expired = timeoutNanos > 0 && now - nextDueNanos >= timeoutNanos;
            if ((!expired && !hasFree()) || !budget.take()) {
                return;
            }
            if (expired) {
                recorder.failed(Failure.TIMED_OUT);
            } else {
                if (now - nextDueNanos > LATE_NANOS) {
                    recorder.late();
                }
                send(nextDueNanos);
            }
            nextDueNanos = startNanos + moments.nextNanos();
        }
    }

    private boolean hasFree() {
        if (free.isEmpty() && senders.size() < share.senders()) {
            add();
        }
        return !free.isEmpty();
    }

    private void send(long dueNanos) {
        Sender sender = free.removeFirst();
        int turn = order == ClientOptions.RequestOrder.BY_CLIENT ? sender.number % requestCount : nextInTurn();
        send(sender, sender.requests.next(turn), dueNanos, true);
    }

    private void send(Sender sender, ByteBuffer request, long dueNanos, boolean measured) {
        sender.dueNanos = dueNanos;
        sender.measured = measured;
        if (timeoutNanos > 0) {
            deadlines.add(sender);
        }
        sender.send(request);
    }

    private int nextInTurn() {
        int request = nextRequest;
        nextRequest = (request + share.threads()) % requestCount;
        return request;
    }

    /** The sender's request was answered, by so many messages. */
    void answered(Sender sender, int responses) {
        long now = nanoClock.getAsLong();
        long latency = now - sender.dueNanos;
        if (timeoutNanos > 0) {
            deadlines.remove(sender);
        }
        if (timeoutNanos > 0 && latency > timeoutNanos) {
            fail(sender, Failure.TIMED_OUT);
        } else {
            sender.requests.answered();
            if (sender.measured) {
                recorder.answered(sender.number, latency, responses);
            }
        }
        free(sender, now);
    }

    /** The sender's request failed. The sender gets another, after a rest if there was no answer at all. */
    void failed(Sender sender, Failure failure) {
        boolean answered = failure instanceof Failure.Refused;
        if (timeoutNanos > 0) {
            deadlines.remove(sender);
        }
        if (!stopping || answered) {
            fail(sender, failure);
        } else {
            sender.requests.failed();
        }
        long now = nanoClock.getAsLong();
        if (answered) {
            free(sender, now);
        } else {
            rest(sender, now + REST_NANOS);
        }
    }

    private void fail(Sender sender, Failure failure) {
        sender.requests.failed();
        if (sender.measured) {
            recorder.failed(failure);
        }
    }

    private void free(Sender sender, long now) {
        long next = sender.dueNanos + intervalNanos;
        if (intervalNanos > 0 && next - now > 0) {
            rest(sender, next);
        } else {
            free.addLast(sender);
        }
    }

    private void rest(Sender sender, long untilNanos) {
        sender.restsUntilNanos = untilNanos;
        resting.add(sender);
    }

    /**
     * How long there is nothing to do unless an answer comes; {@link Long#MAX_VALUE} if only answers can change that.
     */
    long idleNanos() {
        if (arrivals == null && timeoutNanos == 0 && resting.isEmpty()) {
            return Long.MAX_VALUE;
        }
        long now = nanoClock.getAsLong();
        long left = timeoutNanos > 0 ? deadlines.leftNanos(now) : Long.MAX_VALUE;
        Sender rested = resting.peek();
        if (rested != null) {
            left = Math.min(left, rested.restsUntilNanos - now);
        }
        if (arrivals != null && !stopping && !budget.isEmpty()) {
            boolean sendable = !free.isEmpty() || senders.size() < share.senders();
            if (sendable) {
                left = Math.min(left, nextDueNanos - now);
            } else if (timeoutNanos > 0) {
                left = Math.min(left, nextDueNanos + timeoutNanos - now);
            }
        }
        return Math.max(0, left);
    }

    /** Has it send no more, and be over at that moment at the latest; any thread. */
    void stop(long untilNanos) {
        drainUntilNanos = untilNanos;
        stopping = true;
    }

    /** Closes all senders. */
    void close() {
        for (Sender sender : senders) {
            sender.close();
            sender.requests.failed();
        }
    }
}
