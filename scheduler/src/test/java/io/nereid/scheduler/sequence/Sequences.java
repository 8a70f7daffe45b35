package io.nereid.scheduler.sequence;

import io.nereid.inference.CorrelationId;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.ResponseListener;
import io.nereid.scheduler.BatchKey;
import io.nereid.scheduler.BatchPolicy;
import io.nereid.scheduler.Decision;
import io.nereid.scheduler.IdleInstance;
import io.nereid.scheduler.QueuePolicy;
import io.nereid.scheduler.QueuedRequest;
import io.nereid.scheduler.Refusal;
import io.nereid.statistics.CloseReason;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** A queue of sequences and its instances without threads, in time that the test decides. */
final class Sequences {
    static final long IDLE = 1_000;
    static final SequenceLimits LIMITS = new SequenceLimits(IDLE, QueuePolicy.UNLIMITED, 0);

    private static final ResponseListener NOBODY = new ResponseListener() {
        @Override
        public void onResponse(InferenceResponse response, boolean last) {
            // no model runs
        }

        @Override
        public void onError(InferenceException error) {
            // the test sees what the queue returns
        }
    };

    final SequenceQueue queue;
    final List<String> warnings = new ArrayList<>();
    private final List<Instance> instances = new ArrayList<>();
    long now;

    /** What ran together. */
    record Ran(int instance, List<String> rows, CloseReason reason) {}

    /** One that is idle whenever it is asked. */
    private record Instance(int number, List<QueuedRequest> batch) implements IdleInstance {
        @Override
        public int maxRows() {
            return Integer.MAX_VALUE;
        }
    }

    Sequences(SequenceStrategy strategy, SequenceLimits limits, StartSize start, int count) {
        this(strategy, limits, start, count, null, new SequenceMemory(Long.MAX_VALUE));
    }

    private Sequences(SequenceStrategy strategy, SequenceLimits limits, StartSize start, int count,
            @Nullable UnaryOperator<InferenceRequest> nextTurns, SequenceMemory memory) {
        queue = new SequenceQueue("m", strategy, limits, start, like -> like, nextTurns, warnings::add, memory);
        for (int i = 0; i < count; i++) {
            addInstance();
        }
    }

    static Sequences direct(int rows) {
        return new Sequences(new SequenceStrategy.Direct(rows, 0, 0), LIMITS, StartSize.NONE, 1);
    }

    static Sequences oldest(int candidates, int maxBatchSize) {
        return new Sequences(new SequenceStrategy.Oldest(candidates, new BatchPolicy(maxBatchSize, List.of(), 0)),
                LIMITS, StartSize.NONE, 1);
    }

    /** Sequences that share that memory with others. */
    static Sequences within(SequenceMemory memory) {
        return new Sequences(new SequenceStrategy.Direct(4, 0, 0), LIMITS, StartSize.NONE, 1, null, memory);
    }

    /** Sequences whose requests may come back, without the START flag. */
    static Sequences iterative(SequenceStrategy strategy, SequenceLimits limits, int count) {
        return new Sequences(strategy, limits, StartSize.NONE, count, request -> request.with(request.inputs(),
                request.options().inSequence(request.options().sequenceId(), false, false)),
                new SequenceMemory(Long.MAX_VALUE));
    }

    /** An execution of the request is over, and it runs again; why that cannot be, null if it can. */
    @Nullable
    String again(QueuedRequest request) {
        Refusal refusal = queue.reschedule(request, now);
        if (refusal != null) {
            queue.released(request);
        }
        return refusal == null ? null : refusal.error().text();
    }

    void addInstance() {
        queue.added(instances.size());
        instances.add(new Instance(instances.size(), new ArrayList<>()));
    }

    /** A request as {@code "7 start a"}: the sequence, flags, and its id. */
    QueuedRequest request(String text, BatchKey key, long timeoutMicros) {
        List<String> words = List.of(text.split(" "));
        InferenceRequest request = new InferenceRequest(words.getLast(), List.of(), List.of(), 1,
                new RequestOptions(0, timeoutMicros, CorrelationId.of(Long.parseLong(words.getFirst())),
                        words.contains("start"), words.contains("end")),
                Map.of(), Lease.NONE);
        return queue.entries().create(request, NOBODY, key, now, _ -> {
        });
    }

    /** Queues it; the test expects that this works. */
    QueuedRequest add(String text) {
        return add(request(text, BatchKey.ANY, 0));
    }

    QueuedRequest add(QueuedRequest request) {
        Refusal refusal = queue.refusal(request);
        if (refusal != null) {
            throw new AssertionError(refusal.error());
        }
        if (!queue.offer(request)) {
            throw new AssertionError("the queue is full");
        }
        return request;
    }

    /** Why it is refused; null if it is not, and then it is not queued either. */
    @Nullable
    String refusal(String text) {
        Refusal refusal = queue.refusal(request(text, BatchKey.ANY, 0));
        return refusal == null ? null : refusal.error().text();
    }

    /** What the instance runs now; null if it has nothing to run. */
    @Nullable
    Ran run(int instance) {
        Instance idle = instances.get(instance);
        idle.batch.clear();
        if (!(queue.decide(now, idle) instanceof Decision.Run(CloseReason reason))) {
            return null;
        }
        return new Ran(instance,
                idle.batch.stream().map(row -> row.isNullRow() ? "-" : row.request().id()).toList(), reason);
    }

    boolean isFor(int instance) {
        return queue.isFor(instances.get(instance), now);
    }

    /** The rows that instance 0 runs now, as {@code "a - b"}. */
    String rows() {
        Ran ran = run(0);
        return ran == null ? "nothing" : String.join(" ", ran.rows());
    }

    /** Lets all instances run in turn until none has anything to run. */
    List<Ran> runAll() {
        List<Ran> all = new ArrayList<>();
        boolean any = true;
        while (any) {
            any = false;
            for (Instance instance : instances) {
                Ran ran = run(instance.number);
                if (ran != null) {
                    all.add(ran);
                    any = true;
                }
            }
        }
        return all;
    }

    /** How many executions there were of each batch size. */
    static Map<Integer, Integer> sizes(List<Ran> executions) {
        Map<Integer, Integer> sizes = new TreeMap<>();
        executions.forEach(ran -> sizes.merge(ran.rows().size(), 1, Integer::sum));
        return sizes;
    }

    /** How many requests ran. */
    static long inferences(List<Ran> executions) {
        return executions.stream().flatMap(ran -> ran.rows().stream()).filter(row -> !row.equals("-")).count();
    }

    static List<String> ids(List<QueuedRequest> requests) {
        return requests.stream().map(request -> request.request().id()).toList();
    }
}
