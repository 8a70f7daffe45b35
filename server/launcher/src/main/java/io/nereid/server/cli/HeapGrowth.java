package io.nereid.server.cli;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Has the whole heap collected when it has grown by much. Java's serial collector does that of its own accord only when
 * the heap may grow no further, which is at a quarter of the machine's memory: until then it keeps everything that has
 * lived for some seconds, such as what models leave behind that were loaded for a while. Used by one thread.
 */
final class HeapGrowth {
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

    private final long growthBytes;
    private final LongSupplier heapBytes;
    private final Runnable collect;
    /** What the heap had after the last collection, or has had at least since. */
    private long leastBytes;

    /**
     * A heap that has what it has now.
     *
     * @param growthBytes by how much it may grow at least; one that has more after a collection may double
     * @param heapBytes what it has of the system
     * @param collect collects it, and gives back what it needs no more
     */
    HeapGrowth(long growthBytes, LongSupplier heapBytes, Runnable collect) {
        this.growthBytes = growthBytes;
        this.heapBytes = heapBytes;
        this.collect = collect;
        this.leastBytes = heapBytes.getAsLong();
    }

    /** Looks at this process's heap once a second, for as long as the process lives. */
    static void watch(long growthBytes) {
        HeapGrowth growth = new HeapGrowth(growthBytes, Runtime.getRuntime()::totalMemory, System::gc);
        Thread.ofPlatform().daemon().name("heap-growth").start(() -> {
            try {
                while (true) {
                    Thread.sleep(BETWEEN_LOOKS);
                    growth.look();
                }
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt(); // nobody does
            }
        });
    }

    /** Collects the heap if it has grown by that much. */
    void look() {
        long now = heapBytes.getAsLong();
        if (now - leastBytes >= Math.max(growthBytes, leastBytes)) {
            collect.run();
            leastBytes = heapBytes.getAsLong();
        } else {
            leastBytes = Math.min(leastBytes, now);
        }
    }
}
