package io.nereid.server.ledger;

import com.sun.management.OperatingSystemMXBean;

import java.lang.management.ManagementFactory;

/**
 * The memory that this process may use: a container's limit (cgroup v1 or v2, as the JVM reads it), or the machine's.
 *
 * @param total all of it, in bytes
 * @param maxHeap what the Java heap may take of it ({@code -Xmx}, a quarter by default)
 */
public record ProcessMemory(long total, long maxHeap) {
    /** That of this process. */
    public static final ProcessMemory OF_THIS_PROCESS = new ProcessMemory(
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize(),
            Runtime.getRuntime().maxMemory());

    /**
     * Native memory for what clients make the server hold: half of the total, or two thirds of what a large heap
     * leaves. The rest is for models, ONNX Runtime, the JVM, and for an eighth more while clients are being ended.
     */
    public long forClients() {
        return Math.max(1, Math.min(total / 2, (total - maxHeap) * 2 / 3));
    }

    /** Half of the heap: the other half is for everything that is no client's, and for the collector. */
    public long heapForClients() {
        return Math.max(1, maxHeap / 2);
    }

    /** What tensor memory may take in all, its rounding and models' own buffers included. */
    public long forTensors() {
        return forClients() + forClients() / 2;
    }
}
