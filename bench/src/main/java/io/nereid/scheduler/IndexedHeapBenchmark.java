package io.nereid.scheduler;

import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

import java.util.Comparator;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/**
 * The queue's heap of deadlines against a {@link TreeSet} (docs/decisions/0010-heap-or-tree.md): a request leaves
 * before its deadline and another one comes, as for every request that has a timeout.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class IndexedHeapBenchmark {
    private static final long TIMEOUT = 1_000_000;
    /** So far apart that a run does not come round. */
    private static final int STEP = 7;

    /** How many have a deadline at once. */
    @Param({"1", "32", "1000"})
    int queued;

    private final IndexedHeap<Deadline> heap = new IndexedHeap<>(new Order());
    private final TreeSet<Deadline> tree = new TreeSet<>(
            Comparator.comparingLong((Deadline deadline) -> deadline.nanos)
                    .thenComparingLong(deadline -> deadline.number));
    private Deadline[] inHeap = new Deadline[0];
    private Deadline[] inTree = new Deadline[0];
    private long now;
    private int next;

    /** What a queued request has of it. */
    private static final class Deadline {
        private long nanos;
        private long number;
        private int index = -1;
    }

    private static final class Order implements IndexedHeap.Order<Deadline> {
        @Override
        public boolean isBefore(Deadline one, Deadline other) {
            long later = one.nanos - other.nanos;
            return later != 0 ? later < 0 : one.number < other.number;
        }

        @Override
        public int index(Deadline deadline) {
            return deadline.index;
        }

        @Override
        public void index(Deadline deadline, int index) {
            deadline.index = index;
        }
    }

    /** As many in each, in the order in which they came. */
    @Setup
    public void fill() {
        inHeap = new Deadline[queued];
        inTree = new Deadline[queued];
        for (int i = 0; i < queued; i++) {
            inHeap[i] = new Deadline();
            inTree[i] = new Deadline();
            set(inHeap[i]);
            set(inTree[i]);
            heap.place(inHeap[i]);
            tree.add(inTree[i]);
        }
    }

    private void set(Deadline deadline) {
        now += STEP;
        deadline.nanos = now + TIMEOUT;
        deadline.number = now;
    }

    private int next() {
        next = next + 1 == queued ? 0 : next + 1;
        return next;
    }

    /** The request that came first leaves, and another one comes. */
    @Benchmark
    public @Nullable Object heap() {
        Deadline deadline = inHeap[next()];
        heap.remove(deadline);
        set(deadline);
        heap.place(deadline);
        return heap.first();
    }

    /** The same with the tree. */
    @Benchmark
    public Object tree() {
        Deadline deadline = inTree[next()];
        boolean _ = tree.remove(deadline);
        set(deadline);
        boolean _ = tree.add(deadline);
        return tree.first();
    }
}
