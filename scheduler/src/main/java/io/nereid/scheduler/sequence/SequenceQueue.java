package io.nereid.scheduler.sequence;

import io.nereid.inference.CorrelationId;
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
 * <p>What a step does to a sequence, and what holds after each of them, is {@link KnownSequences}'; when time ends one,
 * {@link SequenceTimeouts}'; what is special of iterative ones, {@link IterativeTurns}'.
 */
public final class SequenceQueue implements RequestQueue {
    private final SequenceErrors errors;
    private final SequenceLimits limits;
    private final Consumer<String> warnings;
    private final SequenceInstances instances;
    private final SequenceSlots slots = new SequenceSlots();
    private final SequenceMemory memory;
    private final OpenSequences open;
    private final AwaitedClients awaitedClients;
    private final KnownSequences sequences;
    private final SequenceTimeouts timeouts;
    private final StartCondition start;
    /** Null where requests run once. */
    private final @Nullable IterativeTurns turns;

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
        this(model, strategy, limits, startSize, nullRequests, nextTurns, warnings,
                new SequenceMemory(Long.MAX_VALUE));
    }

    /**
     * The same where the sequences of several models share the heap.
     *
     * @param memory charged with each sequence as long as it is open
     */
    public SequenceQueue(String model, SequenceStrategy strategy, SequenceLimits limits, StartSize startSize,
            UnaryOperator<InferenceRequest> nullRequests, @Nullable UnaryOperator<InferenceRequest> nextTurns,
            Consumer<String> warnings, SequenceMemory memory) {
        this.memory = memory;
        this.open = new OpenSequences(memory);
        this.errors = new SequenceErrors(model, limits);
        this.limits = limits;
        this.warnings = warnings;
        this.start = new StartCondition(startSize);
        this.instances = new SequenceInstances(strategy, nullRequests);
        this.awaitedClients = new AwaitedClients(limits.idleNanos());
        SequenceDeadlines deadlines = new SequenceDeadlines(limits.policy());
        this.sequences = new KnownSequences(open, slots, awaitedClients, deadlines);
        this.timeouts = new SequenceTimeouts(limits.idleNanos(), sequences, open, slots, awaitedClients, deadlines);
        this.turns = nextTurns == null ? null : new IterativeTurns(nextTurns, sequences, awaitedClients, errors);
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
        boolean mayOpen = limits.maxOpen() == 0 || open.size() < limits.maxOpen();
        if ((mayOpen && memory.hasRoomFor(options.sequenceId())) || open.find(options.sequenceId()) != null) {
            return null;
        }
        return new Refusal(Rejection.QUEUE_FULL, mayOpen ? errors.noMemory(memory) : errors.tooManyOpen(open.size()));
    }

    @Override
    public boolean offer(QueuedRequest offered) {
        if (limits.policy().maxQueueSize() > 0 && size() >= limits.policy().maxQueueSize()) {
            return false;
        }
        SequenceRequest request = (SequenceRequest) offered;
        boolean ends = request.request().options().sequenceEnd() && turns == null;
        sequences.queue(sequenceOf(request), request, ends);
        noteStart();
        return true;
    }

    private Sequence sequenceOf(SequenceRequest request) {
        RequestOptions options = request.request().options();
        Sequence sequence = sequences.use(options.sequenceId(), request.queuedNanos());
        if (sequence == null) {
            return sequences.begin(options.sequenceId(), request.queuedNanos());
        }
        if (options.sequenceStart() && !sequence.isConflicting) {
            sequence.isConflicting = true;
            warnings.accept(errors.conflict(options.sequenceId()));
        }
        return sequence;
    }

    private void noteStart() {
        if (!start.isMet()) {
            int inBacklog = slots.backlog().stream().mapToInt(sequence -> sequence.requests().size()).sum();
            start.queued(size() - inBacklog, inBacklog);
        }
    }

    // Work out

    @Override
    public Decision decide(long nowNanos, IdleInstance instance) {
        InstanceRows rows = instances.of(instance.number());
        if (rows == null) {
            return Decision.IDLE;
        }
        settle(rows, nowNanos);
        List<QueuedRequest> expired = expire(nowNanos);
        if (!expired.isEmpty()) {
            return new Decision.Reject(expired);
        }
        Decision decision = start.isMet() ? rows.decide(nowNanos, instance) : Decision.IDLE;
        if (decision instanceof Decision.Run) {
            sequences.taken(rows, instance.batch());
            sequences.placeBacklog();
        }
        return decision;
    }

    /** The instance is back: what it took has run. Of iterative sequences each request's release says so. */
    private void settle(InstanceRows rows, long nowNanos) {
        List<Sequence> running = rows.running();
        for (int i = 0; turns == null && i < running.size(); i++) {
            sequences.settled(running.get(i), rows, nowNanos);
        }
        running.clear();
    }

    // Iterative sequences

    @Override
    public @Nullable Refusal reschedule(QueuedRequest request, long nowNanos) {
        return turns().reschedule((SequenceRequest) request, nowNanos);
    }

    @Override
    public void awaitsClient(QueuedRequest request, long nowNanos) {
        turns().awaitsClient((SequenceRequest) request, nowNanos);
    }

    @Override
    public void released(QueuedRequest request) {
        turns().released((SequenceRequest) request);
    }

    private IterativeTurns turns() {
        return Objects.requireNonNull(turns, "these requests run once");
    }

    // Sequences that end early

    @Override
    public List<QueuedRequest> expire(long nowNanos) {
        return timeouts.expire(nowNanos);
    }

    @Override
    public void remove(QueuedRequest request) {
        sequences.withdraw((SequenceRequest) request);
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
        List<QueuedRequest> others = sequences.end(sequence);
        sequences.placeBacklog();
        return others;
    }

    @Override
    public List<QueuedRequest> clear() {
        List<QueuedRequest> cleared = new ArrayList<>(size());
        List.copyOf(slots.backlog()).forEach(waiting -> cleared.addAll(sequences.end(waiting)));
        placed().forEach(sequence -> cleared.addAll(sequences.end(sequence)));
        return cleared;
    }

    // Instances

    @Override
    public void added(int instance) {
        slots.add(instances.add(instance));
        sequences.placeBacklog();
    }

    @Override
    public void retiring(int instance) {
        InstanceRows rows = instances.of(instance);
        if (rows != null) {
            slots.retire(rows);
            rows.sequences().forEach(awaitedClients::remove);
        }
    }

    @Override
    public void returned(int instance, long nowNanos) {
        InstanceRows rows = instances.of(instance);
        if (rows != null) {
            settle(rows, nowNanos);
            sequences.placeBacklog();
        }
    }

    @Override
    public boolean holds(int instance) {
        InstanceRows rows = instances.of(instance);
        return rows != null && rows.isOccupied();
    }

    /** {@inheritDoc} It has run all its requests, but sequences may be open: the model is closed. */
    @Override
    public void removed(int instance) {
        InstanceRows rows = instances.of(instance);
        if (rows != null) {
            settle(rows, 0); // they are closed next
            leave(rows);
            rows.sequences().forEach(sequences::end);
        }
    }

    /** {@inheritDoc} Until they would have been idle too long, later requests of its sequences are told what happened. */
    @Override
    public List<QueuedRequest> lost(int instance, String why) {
        InstanceRows rows = instances.of(instance);
        if (rows == null) {
            return List.of();
        }
        List<QueuedRequest> lost = new ArrayList<>();
        rows.running().forEach(sequence -> sequence.running = null); // also of those that have left their slots
        leave(rows);
        rows.sequences().forEach(sequence -> lost.addAll(sequences.lose(sequence, why)));
        return lost;
    }

    /** There is no such instance any more; its slots go to nobody. */
    private void leave(InstanceRows rows) {
        slots.retire(rows);
        instances.remove(rows);
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
        return start.isMet() ? instances.nanosUntilReady(nowNanos) : Long.MAX_VALUE;
    }

    @Override
    public int runnable(long nowNanos) {
        return start.isMet() ? instances.ready(nowNanos) : 0;
    }

    @Override
    public boolean isFor(IdleInstance instance, long nowNanos) {
        return start.isMet() && instances.isFirst(instance, nowNanos);
    }

    @Override
    public long nanosUntilDeadline(long nowNanos) {
        return timeouts.nanosUntilNext(nowNanos);
    }

    // What there is

    /** The sequences that have a slot. */
    private List<Sequence> placed() {
        List<Sequence> placed = new ArrayList<>();
        instances.all().forEach(rows -> placed.addAll(rows.sequences()));
        return placed;
    }

    @Override
    public boolean hasSequence(CorrelationId id) {
        return open.find(id) != null;
    }

    @Override
    public int openSequences() {
        return open.size();
    }

    @Override
    public int size() {
        return sequences.size();
    }

    @Override
    public long oldestWaitNanos(long nowNanos) {
        long oldest = 0;
        for (Sequence waiting : slots.backlog()) {
            oldest = Math.max(oldest, waiting.waitNanos(nowNanos));
        }
        for (Sequence placed : placed()) {
            oldest = Math.max(oldest, placed.waitNanos(nowNanos));
        }
        return oldest;
    }

    @Override
    public long rows() {
        return size();
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
        start.waive();
        instances.flush();
    }

    /** {@inheritDoc} Sequences that have nothing to run make room for those that wait. */
    @Override
    public void close() {
        flush();
        sequences.close(placed());
        open.end();
    }
}
