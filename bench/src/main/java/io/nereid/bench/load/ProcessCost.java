package io.nereid.bench.load;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;

import java.lang.management.ManagementFactory;

/**
 * What this process has used so far. The difference of two is the cost of what ran between them.
 *
 * @param cpuNanos processor time of all its threads, user and system, compiler and collector included
 * @param heapBytes bytes allocated on the heap by all its threads
 */
record ProcessCost(long cpuNanos, long heapBytes) {
    static ProcessCost now() {
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        ThreadMXBean threads = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);
        return new ProcessCost(system.getProcessCpuTime(), threads.getTotalThreadAllocatedBytes());
    }

    ProcessCost since(ProcessCost earlier) {
        return new ProcessCost(cpuNanos - earlier.cpuNanos, heapBytes - earlier.heapBytes);
    }
}
