package io.nereid.scheduler;

import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Requests;
import io.nereid.inference.ResponseListener;
import io.nereid.statistics.ModelStatistics;
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
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

/**
 * The scheduler's calls that do not wait, made from several threads, against {@link Specification}: whatever Lincheck
 * sees must be explained by the same calls one after the other. Time stands still. Lincheck makes one object for each
 * run.
 */
@Param(name = "thread", gen = ThreadIdGen.class)
@Param(name = "early", gen = IntGen.class, conf = "0:1")
public class BatchSchedulerLincheckTest {
    /** Not looked into: they are used under a lock, which is. */
    private static final String[] LIBRARY = {"java.util.HashMap", "java.util.ArrayList", "java.util.EnumMap",
            ModelStatistics.class.getName()};
    private static final int THREADS = 3;
    /** For a run that takes milliseconds, on whatever machine: Lincheck's own bound is 30 seconds. */
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final int MOST_ROWS = 2;
    private static final int MOST_QUEUED = 4;
    /** Those who came before the threads: any thread may give them up. */
    private static final List<String> EARLY = List.of("a", "b");

    private final BatchScheduler scheduler = new BatchScheduler(
            new BatchQueue(new BatchPolicy(MOST_ROWS, List.of(), Duration.ofHours(1).toNanos()),
                    PriorityLevels.of(new QueuePolicy(QueuePolicy.TimeoutAction.REJECT, 0, false, MOST_QUEUED)), 0),
            BatchCompatibility.ALL, false, null,
            new SchedulerEnvironment(() -> 0, (_, _) -> {
                throw new AssertionError("no request has a timeout");
            },
                    new ModelStatistics(InstantSource.system()), BatchSchedulerLincheckTest::isDefect));
    /** What listeners and instances received on the thread that notified them. */
    private final ThreadLocal<List<String>> received = ThreadLocal.withInitial(ArrayList::new);
    private final List<QueuedRequest> early = new ArrayList<>();
    private final Client[] clients = new Client[THREADS + 2];

    /** A scheduler with the early requests in its queue. */
    public BatchSchedulerLincheckTest() throws InferenceException {
        for (String id : EARLY) {
            early.add(scheduler.enqueue(Requests.of(id), new Telling(id)));
        }
        for (int i = 0; i < clients.length; i++) {
            clients[i] = new Client(scheduler.addSlot(this::hearGivenUp, () -> 0));
        }
    }

    // Operations

    /** Its id, or why it was not taken in. */
    @Operation
    public String enqueue(@Param(name = "thread") int thread) {
        Client client = clients[thread];
        String id = thread + "." + client.count++;
        try {
            client.last = scheduler.enqueue(Requests.of(id), new Telling(id));
            return id;
        } catch (InferenceException e) {
            return e.text();
        }
    }

    /** What the cancellation of an early request led to. */
    @Operation
    public String cancelEarly(@Param(name = "early") int index) {
        early.get(index).cancel();
        return takeHeard();
    }

    /** What the cancellation of the thread's own last request led to. */
    @Operation
    public String cancelOwn(@Param(name = "thread") int thread) {
        QueuedRequest last = clients[thread].last;
        if (last != null) {
            last.cancel();
        }
        return takeHeard();
    }

    /** The ids of a batch. */
    @Operation
    public String poll(@Param(name = "thread") int thread) {
        InstanceSlot slot = clients[thread].slot;
        boolean closed = scheduler.poll(slot) != null;
        List<String> ids = slot.batch().stream().map(request -> request.request().id()).toList();
        slot.batch().clear();
        return closed + " " + String.join(" ", ids);
    }

    @Operation
    public boolean hasWork(@Param(name = "thread") int thread) {
        return scheduler.hasWork(clients[thread].slot);
    }

    @Operation
    public int pending() {
        return scheduler.pending();
    }

    @Operation
    public void flush() {
        scheduler.flush();
    }

    @Operation
    public void close() {
        scheduler.close();
    }

    // Runs

    /** The bounds of loops: else a walk through a hash map is taken for a thread that spins. */
    @Test
    void calls_modelChecked_areExplainedByOneAfterTheOther() {
        check(new ModelCheckingOptions().iterations(4).invocationsPerIteration(40)
                .addGuarantee(forClasses(LIBRARY).allMethods().treatAsAtomic())
                .loopIterationsBeforeThreadSwitch(50).loopBound(1_000));
    }

    @Test
    void calls_underStress_areExplainedByOneAfterTheOther() {
        check(new StressOptions().iterations(15).invocationsPerIteration(1_000));
    }

    private static void check(Options<?, ?> options) {
        options.threads(THREADS).actorsPerThread(3).actorsBefore(1).actorsAfter(2)
                .invocationTimeout$lincheck(LONG.toMillis())
                .sequentialSpecification(Specification.class).check(BatchSchedulerLincheckTest.class);
    }

    /** What the calls lead to if each is made alone. */
    public static final class Specification {
        private final List<String> queue = new ArrayList<>(EARLY);
        private final Set<String> taken = new HashSet<>();
        private final int[] counts = new int[THREADS + 2];
        private final @Nullable String[] last = new @Nullable String[THREADS + 2];
        private boolean flushed;
        private boolean closed;

        public String enqueue(int thread) {
            String id = thread + "." + counts[thread]++;
            if (closed) {
                return "Server is stopping, scheduler for model has stopped accepting new inference requests";
            }
            if (queue.size() == MOST_QUEUED) {
                return "Exceeds maximum queue size";
            }
            queue.add(id);
            last[thread] = id;
            return id;
        }

        public String cancelEarly(int index) {
            return cancel(EARLY.get(index));
        }

        public String cancelOwn(int thread) {
            String id = last[thread];
            return id == null ? "" : cancel(id);
        }

        private String cancel(String id) {
            if (queue.remove(id)) {
                return id + " CANCELLED";
            }
            return taken.contains(id) ? id + " cancelled" : "";
        }

        public String poll(int thread) {
            List<String> batch = new ArrayList<>();
            boolean found = hasWork(thread);
            while (found && !queue.isEmpty() && batch.size() < MOST_ROWS) {
                batch.add(queue.removeFirst());
            }
            taken.addAll(batch);
            return found + " " + String.join(" ", batch);
        }

        public boolean hasWork(int thread) {
            return queue.size() >= MOST_ROWS || (flushed && !queue.isEmpty());
        }

        public int pending() {
            return queue.size();
        }

        public void flush() {
            flushed = true;
        }

        public void close() {
            flushed = true;
            closed = true;
        }
    }

    /** What one thread has: an instance's place, and the request that it sent last. */
    private static final class Client {
        private final InstanceSlot slot;
        private int count;
        private @Nullable QueuedRequest last;

        Client(InstanceSlot slot) {
            this.slot = slot;
        }
    }

    /** Receives what becomes of a request, for the thread that notifies it. */
    private final class Telling implements ResponseListener {
        private final String id;

        Telling(String id) {
            this.id = id;
        }

        @Override
        public void onResponse(InferenceResponse response, boolean last) {
            received.get().add(id + " answered");
        }

        @Override
        public void onError(InferenceException error) {
            received.get().add(id + " " + error.code());
        }
    }

    private void hearGivenUp(QueuedRequest request) {
        received.get().add(request.request().id() + " cancelled");
    }

    /** What was received on this thread since the last time. */
    private String takeHeard() {
        String all = String.join(", ", received.get());
        received.get().clear();
        return all;
    }

    private static void isDefect(String what, Throwable defect) {
        throw new AssertionError(what, defect);
    }
}
