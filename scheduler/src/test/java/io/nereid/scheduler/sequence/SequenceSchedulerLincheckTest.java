package io.nereid.scheduler.sequence;

import io.nereid.inference.CorrelationId;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.ResponseListener;
import io.nereid.scheduler.BatchCompatibility;
import io.nereid.scheduler.BatchScheduler;
import io.nereid.scheduler.InstanceSlot;
import io.nereid.scheduler.QueuePolicy;
import io.nereid.scheduler.QueuedRequest;
import io.nereid.scheduler.SchedulerEnvironment;
import io.nereid.statistics.ModelStatistics;
import org.jetbrains.lincheck.datastructures.BooleanGen;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

/**
 * Slots that change hands while requests come, run, are cancelled and an instance goes, from several threads, against
 * {@link ReferenceSequences} called by one: two instances with a slot each, and time that stands still.
 */
@Param(name = "thread", gen = ThreadIdGen.class)
@Param(name = "sequence", gen = IntGen.class, conf = "1:3")
@Param(name = "instance", gen = IntGen.class, conf = "0:1")
@Param(name = "flag", gen = BooleanGen.class)
public class SequenceSchedulerLincheckTest {
    /** Not looked into: they are used under a lock, which is. */
    private static final String[] LIBRARY = {"java.util.HashMap", "java.util.LinkedHashMap", "java.util.TreeMap",
            "java.util.LinkedHashSet", "java.util.TreeSet", "java.util.ArrayList", "java.util.ArrayDeque",
            "java.util.EnumMap", ModelStatistics.class.getName()};
    private static final int THREADS = 3;
    /** For a run that takes milliseconds, on whatever machine: Lincheck's own bound is 30 seconds. */
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final int INSTANCES = 2;

    private final BatchScheduler scheduler = new BatchScheduler(
            new SequenceQueue("m", new SequenceStrategy.Direct(1, 0, 0),
                    new SequenceLimits(Long.MAX_VALUE / 8, QueuePolicy.UNLIMITED, 0), StartSize.NONE, like -> like,
                    _ -> {
                    }),
            BatchCompatibility.ALL, false, null, new SchedulerEnvironment(() -> 0, (_, _) -> () -> {
            }, new ModelStatistics(InstantSource.system()), SequenceSchedulerLincheckTest::isDefect));
    private final List<InstanceSlot> slots = new ArrayList<>();
    /** What listeners received on the thread that called them. */
    private final ThreadLocal<List<String>> received = ThreadLocal.withInitial(ArrayList::new);
    private final @Nullable QueuedRequest[] last = new @Nullable QueuedRequest[THREADS + 2];
    private final int[] counts = new int[THREADS + 2];

    /** A scheduler with its instances. */
    public SequenceSchedulerLincheckTest() {
        for (int i = 0; i < INSTANCES; i++) {
            slots.add(scheduler.addSlot(_ -> {
            }, () -> 0));
        }
    }

    // Operations

    /** The request's id, or why it is refused. */
    @Operation
    public String enqueue(@Param(name = "thread") int thread, @Param(name = "sequence") int sequence,
            @Param(name = "flag") boolean start, @Param(name = "flag") boolean end) {
        String id = thread + "." + counts[thread]++;
        InferenceRequest request = new InferenceRequest(id, List.of(), List.of(), 1,
                new RequestOptions(0, 0, CorrelationId.of(sequence), start, end), Map.of(), Lease.NONE);
        try {
            last[thread] = scheduler.enqueue(request, new Receiving(id));
            return id;
        } catch (InferenceException e) {
            return e.text().contains("is gone") ? "gone" : "START";
        }
    }

    /** What the cancellation of the thread's own last request led to for others. */
    @Operation
    public String cancelOwn(@Param(name = "thread") int thread) {
        QueuedRequest own = last[thread];
        if (own != null) {
            own.cancel();
        }
        return takeReceived();
    }

    /** What the instance runs; it is the only one of that number that asks. */
    @Operation(nonParallelGroup = "instances")
    public String poll(@Param(name = "instance") int instance) {
        InstanceSlot slot = slots.get(instance);
        slot.batch().clear();
        var _ = scheduler.poll(slot);
        return String.join(" ", slot.batch().stream().map(request -> request.request().id()).toList());
    }

    /** Which requests went with an instance. */
    @Operation(nonParallelGroup = "instances")
    public String lose() {
        scheduler.loseSlot(slots.getFirst(), "it exited");
        return takeReceived();
    }

    @Operation
    public int pending() {
        return scheduler.pending();
    }

    // Runs

    @Test
    void calls_modelChecked_areExplainedByOneAfterTheOther() {
        check(new ModelCheckingOptions().iterations(2).invocationsPerIteration(25)
                .addGuarantee(forClasses(LIBRARY).allMethods().treatAsAtomic())
                .loopIterationsBeforeThreadSwitch(50).loopBound(1_000));
    }

    @Test
    void calls_underStress_areExplainedByOneAfterTheOther() {
        check(new StressOptions().iterations(6).invocationsPerIteration(300));
    }

    private static void check(Options<?, ?> options) {
        options.threads(THREADS).actorsPerThread(2).actorsBefore(2).actorsAfter(2)
                .invocationTimeout$lincheck(LONG.toMillis())
                .sequentialSpecification(Specification.class).check(SequenceSchedulerLincheckTest.class);
    }

    /** What the calls lead to if each is made alone. */
    public static final class Specification {
        private final ReferenceSequences sequences = new ReferenceSequences(true, false, 1, 1, Long.MAX_VALUE);
        private final @Nullable String[] last = new @Nullable String[THREADS + 2];
        private final int[] counts = new int[THREADS + 2];
        private boolean lost;

        public Specification() {
            for (int i = 0; i < INSTANCES; i++) {
                sequences.addInstance(i);
            }
        }

        public String enqueue(int thread, int sequence, boolean start, boolean end) {
            String id = thread + "." + counts[thread]++;
            String refusal = sequences.add(sequence, start, end, id, 0, 0);
            if (refusal != null) {
                return refusal;
            }
            last[thread] = id;
            return id;
        }

        public String cancelOwn(int thread) {
            String own = last[thread];
            boolean queued = own != null && sequences.isQueued(own);
            List<String> others = own == null ? null : sequences.cancel(own);
            List<String> cancelled = new ArrayList<>(queued ? List.of(own) : List.of());
            cancelled.addAll(others == null ? List.of() : others);
            return String.join(" ", cancelled.stream().map(id -> id + " CANCELLED").toList());
        }

        public String poll(int instance) {
            return lost && instance == 0 ? "" : String.join(" ", sequences.run(instance, 0));
        }

        public String lose() {
            if (lost) {
                return "";
            }
            lost = true;
            return String.join(" ", sequences.lose(0).stream().map(id -> id + " UNAVAILABLE").toList());
        }

        public int pending() {
            return sequences.size();
        }
    }

    /** Receives for the thread that calls. */
    private final class Receiving implements ResponseListener {
        private final String id;

        Receiving(String id) {
            this.id = id;
        }

        @Override
        public void onResponse(InferenceResponse response, boolean isLast) {
            received.get().add(id + " answered");
        }

        @Override
        public void onError(InferenceException error) {
            received.get().add(id + " " + error.code());
        }
    }

    private String takeReceived() {
        String all = String.join(" ", received.get());
        received.get().clear();
        return all;
    }

    private static void isDefect(String what, Throwable defect) {
        throw new AssertionError(what, defect);
    }
}
