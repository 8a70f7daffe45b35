package io.nereid.scheduler.sequence;

import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.RequestOptions;
import io.nereid.scheduler.Decision;
import io.nereid.scheduler.IdleInstance;
import io.nereid.scheduler.QueuedRequest;
import io.nereid.scheduler.Refusal;
import io.nereid.scheduler.RequestQueue;
import io.nereid.statistics.Rejection;
import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * The decisions of the sequence batcher (docs/sequences.md). A sequence has a slot at one instance from its first
 * request to its last, or waits in the backlog for one. Where sequences are iterative, a request may come back after
 * each of its executions, and the sequence is over when the last that it has does not.
 *
 * <p>Invariants:
 * <ul>
 * <li>The requests of a sequence run in the order in which they came, each when the one before it has run, and does not
 *     come back.
 * <li>Every sequence is in one slot, in the backlog, or in neither: then it has no requests, and was lost with its
 *     instance. One that is closed has requests, or is in neither.
 * <li>Where the backlog is not empty, no slot is free.
 * <li>An open sequence is closed when it has had nothing to run for the idle time; one whose client has not read for so long
 *     when others are in the backlog.
 * <li>{@link #size} is the number of requests in all sequences; exactly the sequences that have a request with a timeout
 *     are in the heap of deadlines.
 * </ul>
 */
public final class SequenceQueue implements RequestQueue {
    private final SequenceErrors errors;
    private final SequenceStrategy strategy;
    private final SequenceLimits limits;
    private final UnaryOperator<InferenceRequest> nullRequests;
    /** Makes the request of the next execution of one that comes back; null where none does. */
    private final @Nullable UnaryOperator<InferenceRequest> nextTurns;
    private final Consumer<String> warnings;
    private final SequenceSlots slots = new SequenceSlots();
    private final OpenSequences open = new OpenSequences();
    private final AwaitedClients awaitedClients;
    private final SequenceDeadlines deadlines;
    private StartSize startSize;
    private boolean flushed;
    private boolean closed;
    private int size;

    /**
     * An empty queue for no instance, of sequences whose requests run once.
     *
     * @param model its name, for texts
     * @param nullRequests makes the request of a null row like one that it runs together with
     * @param warnings receives what people should know, under the scheduler's lock
     */
    public SequenceQueue(String model, SequenceStrategy strategy, SequenceLimits limits, StartSize startSize,
            UnaryOperator<InferenceRequest> nullRequests, Consumer<String> warnings) {
        this(model, strategy, limits, startSize, nullRequests, null, warnings);
    }

    /**
     * An empty queue for no instance.
     *
     * @param model its name, for texts
     * @param nullRequests makes the request of a null row like one that it runs together with
     * @param nextTurns makes the request of the next execution of one that comes back, over the same memory; null where
     *     sequences are not iterative
     * @param warnings receives what people should know, under the scheduler's lock
     */
    public SequenceQueue(String model, SequenceStrategy strategy, SequenceLimits limits, StartSize startSize,
            UnaryOperator<InferenceRequest> nullRequests, @Nullable UnaryOperator<InferenceRequest> nextTurns,
            Consumer<String> warnings) {
        this.errors = new SequenceErrors(model, limits);
        this.strategy = strategy;
        this.limits = limits;
        this.startSize = startSize;
        this.nullRequests = nullRequests;
        this.nextTurns = nextTurns;
        this.warnings = warnings;
        this.deadlines = new SequenceDeadlines(limits.policy());
        this.awaitedClients = new AwaitedClients(limits.idleNanos());
    }

    @Override
    public Entries entries() {
        return SequenceRequest::new;
    }

    // Requests in

    @Override
    public @Nullable Refusal refusal(QueuedRequest request) {
        RequestOptions options = request.request().options();
        if (options.sequenceStart()) {
            return refusalOfStart(options);
        }
        Sequence sequence = open.find(options.sequenceId());
        if (sequence == null) {
            return new Refusal(Rejection.MISMATCH, errors.notBegun(options.sequenceId()));
        }
        return sequence.whyLost == null ? null : new Refusal(Rejection.NO_INSTANCE, errors.lost(sequence.whyLost));
    }

    private @Nullable Refusal refusalOfStart(RequestOptions options) {
        if (limits.maxOpen() == 0 || open.size() < limits.maxOpen() || open.find(options.sequenceId()) != null) {
            return null;
        }
        return new Refusal(Rejection.QUEUE_FULL, errors.tooManyOpen(open.size()));
    }

    @Override
    public boolean offer(QueuedRequest offered) {
        if (limits.policy().maxQueueSize() > 0 && size >= limits.policy().maxQueueSize()) {
            return false;
        }
        SequenceRequest request = (SequenceRequest) offered;
        Sequence sequence = sequenceOf(request);
        request.joins(sequence);
        sequence.requests().addLast(request);
        size++;
        if (request.request().options().sequenceEnd() && nextTurns == null) {
            open.close(sequence);
        }
        if (sequence.slot != null) {
            sequence.slot.rows().queued(sequence);
        } else if (sequence.requests().size() == 1) {
            slots.place(sequence);
        }
        deadlines.queued(sequence, request);
        noteStart();
        return true;
    }

    private Sequence sequenceOf(SequenceRequest request) {
        RequestOptions options = request.request().options();
        Sequence sequence = open.find(options.sequenceId());
        if (sequence != null && sequence.whyLost != null) {
            open.close(sequence);
            sequence = null;
        }
        if (sequence == null) {
            Sequence begun = new Sequence(options.sequenceId());
            open.add(begun, request.queuedNanos());
            return begun;
        }
        open.use(sequence, request.queuedNanos());
        if (options.sequenceStart() && !sequence.isConflicting) {
            sequence.isConflicting = true;
            warnings.accept(errors.conflict(options.sequenceId()));
        }
        return sequence;
    }

    /** Whether everything has come that is waited for. */
    private void noteStart() {
        if (startSize.equals(StartSize.NONE)) {
            return;
        }
        int inBacklog = slots.backlog().stream().mapToInt(sequence -> sequence.requests().size()).sum();
        if (size - inBacklog >= startSize.inSlots() && inBacklog >= startSize.inBacklog()) {
            startSize = StartSize.NONE;
        }
    }

    private boolean hasStarted() {
        return startSize.equals(StartSize.NONE);
    }

    // Work out

    @Override
    public Decision decide(long nowNanos, IdleInstance instance) {
        InstanceRows rows = slots.of(instance.number());
        if (rows == null) {
            return Decision.IDLE;
        }
        settle(rows, nowNanos);
        List<QueuedRequest> expired = expire(nowNanos);
        if (!expired.isEmpty()) {
            return new Decision.Reject(expired);
        }
        Decision decision = hasStarted() ? rows.decide(nowNanos, instance) : Decision.IDLE;
        if (decision instanceof Decision.Run) {
            taken(rows, instance.batch());
        }
        return decision;
    }

    /** The instance is back: what it took has run. Of iterative sequences each request's release says so. */
    private void settle(InstanceRows rows, long nowNanos) {
        List<Sequence> running = rows.running();
        for (int i = 0; nextTurns == null && i < running.size(); i++) {
            Sequence sequence = running.get(i);
            sequence.running = null;
            if (sequence.isOpen && closed) {
                closeIfIdle(sequence);
            } else if (sequence.isOpen) {
                open.use(sequence, nowNanos);
            } else if (sequence.requests().isEmpty()) {
                sequence.state().end();
            }
            if (sequence.slot != null) {
                rows.settled(sequence);
            }
        }
        running.clear();
    }

    private void taken(InstanceRows rows, List<QueuedRequest> batch) {
        for (int i = 0; i < batch.size(); i++) {
            if (batch.get(i) instanceof SequenceRequest request) {
                Sequence sequence = request.sequence();
                sequence.requests().removeFirst();
                sequence.running = request;
                size--;
                rows.running().add(sequence);
                rows.taken(sequence);
                deadlines.changed(sequence);
            }
        }
        for (int i = 0; i < rows.running().size(); i++) {
            leaveIfOver(rows.running().get(i));
        }
        placeBacklog();
    }

    /** A sequence that is closed leaves when all it had has been taken. */
    private void leaveIfOver(Sequence sequence) {
        if (!sequence.isOpen && sequence.requests().isEmpty() && sequence.slot != null) {
            slots.remove(sequence);
        }
    }

    // Iterative sequences

    /** {@inheritDoc} Its turn comes after those of sequences that have waited longer. */
    @Override
    public @Nullable Refusal reschedule(QueuedRequest rescheduled, long nowNanos) {
        SequenceRequest request = (SequenceRequest) rescheduled;
        Sequence sequence = request.sequence();
        awaitedClients.remove(sequence);
        if (sequence.gaveWay) {
            return new Refusal(Rejection.TIMEOUT, errors.gaveWay());
        }
        if (sequence.whyLost != null) {
            return new Refusal(Rejection.NO_INSTANCE, errors.lost(sequence.whyLost));
        }
        if (!sequence.isOpen || sequence.slot == null) {
            return new Refusal(Rejection.CANCELLED, errors.ended());
        }
        sequence.running = null;
        request.comesBack(Objects.requireNonNull(nextTurns).apply(request.request()), nowNanos);
        size++;
        open.use(sequence, nowNanos);
        sequence.slot.rows().settled(sequence);
        deadlines.changed(sequence);
        return null;
    }

    /** {@inheritDoc} One whose instance is to go has no slot for others. */
    @Override
    @SuppressWarnings("ReferenceEquality") // the very request
    public void awaitsClient(QueuedRequest request, long nowNanos) {
        Sequence sequence = ((SequenceRequest) request).sequence();
        if (sequence.running == request && sequence.slot != null && !sequence.slot.rows().isRetiring) {
            awaitedClients.add(sequence, nowNanos);
        }
    }

    /** {@inheritDoc} The sequence is over, too, if nothing of it is queued. */
    @Override
    @SuppressWarnings("ReferenceEquality") // the very request
    public void released(QueuedRequest request) {
        Sequence sequence = ((SequenceRequest) request).sequence();
        if (sequence.running != request) {
            return; // its instance is gone
        }
        awaitedClients.remove(sequence);
        sequence.running = null;
        if (!closeIfIdle(sequence) && sequence.slot != null) {
            sequence.slot.rows().settled(sequence);
        }
        placeBacklog();
    }

    private void placeBacklog() {
        for (Sequence placed = slots.placeNext(); placed != null; placed = slots.placeNext()) {
            deadlines.changed(placed);
        }
    }

    // Sequences that end early

    @Override
    public List<QueuedRequest> expire(long nowNanos) {
        List<QueuedRequest> expired = List.of();
        for (Sequence late = deadlines.passed(nowNanos); late != null; late = deadlines.passed(nowNanos)) {
            expired = expired.isEmpty() ? new ArrayList<>() : expired;
            expired.addAll(end(late));
        }
        closeIdle(nowNanos);
        placeBacklog();
        for (Sequence slow = late(nowNanos); slow != null; slow = late(nowNanos)) {
            expired = expired.isEmpty() ? new ArrayList<>() : expired;
            slow.gaveWay = true;
            expired.addAll(end(slow));
            placeBacklog();
        }
        return expired;
    }

    /** A sequence whose client has not read for too long, while others wait for a slot; null if there is none. */
    private @Nullable Sequence late(long nowNanos) {
        return slots.backlog().isEmpty() ? null : awaitedClients.late(nowNanos);
    }

    private void closeIdle(long nowNanos) {
        Sequence first = open.usedFirst();
        while (first != null && nowNanos - first.usedNanos - limits.idleNanos() >= 0) {
            if (!closeIfIdle(first)) {
                open.use(first, nowNanos);
            }
            first = open.usedFirst();
        }
    }

    /** Closes a sequence that has nothing to run; says whether that was so. */
    private boolean closeIfIdle(Sequence sequence) {
        boolean idle = sequence.isIdle();
        if (idle) {
            open.close(sequence);
            leaveIfOver(sequence);
            sequence.state().end();
        }
        return idle;
    }

    /** Closes a sequence and takes it from its slot or the backlog; returns its requests, which have left. */
    private List<QueuedRequest> end(Sequence sequence) {
        List<QueuedRequest> left = withdrawAll(sequence);
        awaitedClients.remove(sequence);
        open.close(sequence);
        slots.remove(sequence);
        sequence.state().end();
        return left;
    }

    private List<QueuedRequest> withdrawAll(Sequence sequence) {
        if (sequence.slot != null) {
            sequence.slot.rows().withdrawn(sequence);
        }
        List<QueuedRequest> left = new ArrayList<>(sequence.requests());
        size -= left.size();
        sequence.requests().clear();
        deadlines.changed(sequence);
        return left;
    }

    @Override
    public void remove(QueuedRequest removed) {
        SequenceRequest request = (SequenceRequest) removed;
        Sequence sequence = request.sequence();
        ArrayDeque<SequenceRequest> requests = sequence.requests();
        if (sequence.slot != null) {
            sequence.slot.rows().withdrawn(sequence);
        }
        if (!requests.remove(request)) {
            throw new IllegalStateException("the request is not queued");
        }
        size--;
        sequence.isBroken = true;
        deadlines.changed(sequence);
    }

    /** {@inheritDoc} A sequence that lacks one of its requests has ended, and so has one whose client is gone. */
    @Override
    @SuppressWarnings("ReferenceEquality") // the very request
    public List<QueuedRequest> cancelled(QueuedRequest cancelled) {
        if (!(cancelled instanceof SequenceRequest request) || !request.hasSequence()) {
            return List.of();
        }
        Sequence sequence = request.sequence();
        if (!sequence.isBroken && sequence.running != request) {
            return List.of(); // it was answered long ago
        }
        List<QueuedRequest> others = end(sequence);
        placeBacklog();
        return others;
    }

    @Override
    public List<QueuedRequest> clear() {
        List<QueuedRequest> cleared = new ArrayList<>(size);
        for (Sequence waiting : List.copyOf(slots.backlog())) {
            cleared.addAll(end(waiting));
        }
        for (InstanceRows rows : slots.all()) {
            for (Slot slot : rows.slots()) {
                if (slot.sequence != null) {
                    cleared.addAll(end(slot.sequence));
                }
            }
        }
        return cleared;
    }

    // Instances

    @Override
    public void added(int instance) {
        InstanceRows rows = switch (strategy) {
            case SequenceStrategy.Direct direct -> new DirectRows(instance, direct, nullRequests);
            case SequenceStrategy.Oldest oldest -> new OldestRows(instance, oldest);
        };
        if (flushed) {
            rows.flush();
        }
        slots.add(rows);
        placeBacklog();
    }

    @Override
    public void retiring(int instance) {
        InstanceRows rows = slots.of(instance);
        if (rows != null) {
            slots.retire(rows);
            rows.slots().forEach(slot -> awaitedClients.remove(slot.sequence));
        }
    }

    @Override
    public void returned(int instance, long nowNanos) {
        InstanceRows rows = slots.of(instance);
        if (rows != null) {
            settle(rows, nowNanos);
            placeBacklog();
        }
    }

    @Override
    public boolean holds(int instance) {
        InstanceRows rows = slots.of(instance);
        return rows != null && rows.isOccupied();
    }

    /** {@inheritDoc} It has run all its requests, but sequences may be open: the model is closed. */
    @Override
    public void removed(int instance) {
        InstanceRows rows = slots.of(instance);
        if (rows == null) {
            return;
        }
        settle(rows, 0); // they are closed next
        slots.remove(rows);
        for (Slot slot : rows.slots()) {
            if (slot.sequence != null) {
                List<QueuedRequest> _ = end(slot.sequence);
            }
        }
    }

    /** {@inheritDoc} Until they would have been idle too long, later requests of its sequences are told what happened. */
    @Override
    public List<QueuedRequest> lost(int instance, String why) {
        InstanceRows rows = slots.of(instance);
        if (rows == null) {
            return List.of();
        }
        List<QueuedRequest> lost = new ArrayList<>();
        rows.running().forEach(sequence -> sequence.running = null);
        slots.remove(rows);
        for (Slot slot : rows.slots()) {
            Sequence sequence = slot.sequence;
            if (sequence != null) {
                sequence.running = null;
                lost.addAll(withdrawAll(sequence));
                awaitedClients.remove(sequence);
                sequence.whyLost = why;
                slots.remove(sequence);
                sequence.state().end();
            }
        }
        return lost;
    }

    @Override
    public InferenceException lostError(String why) {
        return errors.lost(why);
    }

    @Override
    public InferenceException timeoutError() {
        return errors.timeout();
    }

    // Time

    @Override
    public long nanosUntilReady(long nowNanos) {
        long earliest = Long.MAX_VALUE;
        if (hasStarted()) {
            for (int i = 0; i < slots.all().size(); i++) {
                earliest = Math.min(earliest, slots.all().get(i).nanosUntilReady(nowNanos));
            }
        }
        return earliest;
    }

    @Override
    public int runnable(long nowNanos) {
        int runnable = 0;
        if (hasStarted()) {
            for (int i = 0; i < slots.all().size(); i++) {
                runnable += slots.all().get(i).nanosUntilReady(nowNanos) == 0 ? 1 : 0;
            }
        }
        return runnable;
    }

    @Override
    public boolean isFor(IdleInstance instance, long nowNanos) {
        InstanceRows rows = slots.of(instance.number());
        if (rows == null || !hasStarted()) {
            return false;
        }
        long nanos = rows.nanosUntilReady(nowNanos);
        return nanos == 0 || (nanos < Long.MAX_VALUE && nanos == nanosUntilReady(nowNanos));
    }

    @Override
    public long nanosUntilDeadline(long nowNanos) {
        Sequence first = open.usedFirst();
        long untilIdle = first == null ? Long.MAX_VALUE
                : Math.max(0, first.usedNanos + limits.idleNanos() - nowNanos);
        long untilGivesWay = slots.backlog().isEmpty() ? Long.MAX_VALUE : awaitedClients.nanosUntilLate(nowNanos);
        return Math.min(Math.min(untilIdle, untilGivesWay), deadlines.nanosUntilNext(nowNanos));
    }

    // What there is

    @Override
    public int size() {
        return size;
    }

    @Override
    public long oldestWaitNanos(long nowNanos) {
        long oldest = 0;
        for (Sequence waiting : slots.backlog()) {
            oldest = Math.max(oldest, waitNanos(waiting, nowNanos));
        }
        for (InstanceRows rows : slots.all()) {
            for (Slot slot : rows.slots()) {
                oldest = Math.max(oldest, waitNanos(slot.sequence, nowNanos));
            }
        }
        return oldest;
    }

    private static long waitNanos(@Nullable Sequence sequence, long nowNanos) {
        SequenceRequest first = sequence == null ? null : sequence.requests().peekFirst();
        return first == null ? 0 : nowNanos - first.queuedNanos();
    }

    @Override
    public long rows() {
        return size;
    }

    /** Nothing is predicted for sequences: how long they take is their clients' matter. */
    @Override
    public long rowsAhead(InferenceRequest request) {
        return 0;
    }

    @Override
    public long nanosToReject(InferenceRequest request) {
        return 0;
    }

    @Override
    public void limit(int maxRows, long delayNanos) {
        throw new UnsupportedOperationException("sequences have no latency target");
    }

    @Override
    public void flush() {
        flushed = true;
        startSize = StartSize.NONE;
        slots.all().forEach(InstanceRows::flush);
    }

    /** {@inheritDoc} Sequences that have nothing to run make room for those that wait. */
    @Override
    public void close() {
        flush();
        closed = true;
        for (InstanceRows rows : slots.all()) {
            for (Slot slot : rows.slots()) {
                if (slot.sequence != null) {
                    boolean _ = closeIfIdle(slot.sequence);
                }
            }
        }
        placeBacklog();
    }
}
