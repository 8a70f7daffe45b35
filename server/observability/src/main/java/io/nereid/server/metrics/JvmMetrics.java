package io.nereid.server.metrics;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.MemoryUsage;
import java.util.List;
import java.util.function.ToLongFunction;

import static io.nereid.server.metrics.MetricsText.Type.COUNTER;
import static io.nereid.server.metrics.MetricsText.Type.GAUGE;

/** What the Java machine and its process take. */
final class JvmMetrics implements MetricSource {
    private static final double MILLIS_PER_SECOND = 1_000;
    private static final double NANOS_PER_SECOND = 1e9;

    private final MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    private final List<GarbageCollectorMXBean> collectors = ManagementFactory.getGarbageCollectorMXBeans();
    private final List<BufferPoolMXBean> buffers = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class);

    @Override
    public void write(MetricsText text) {
        memory(text, "nereid_jvm_memory_used_bytes", "Memory the Java machine uses, in bytes", MemoryUsage::getUsed);
        memory(text, "nereid_jvm_memory_committed_bytes", "Memory the Java machine has reserved, in bytes",
                MemoryUsage::getCommitted);
        text.single("nereid_jvm_memory_heap_max_bytes", GAUGE, "The most the heap may grow to, in bytes",
                memory.getHeapMemoryUsage().getMax());
        text.family("nereid_jvm_buffer_bytes", GAUGE, "Native memory of Java's buffers, in bytes");
        buffers.forEach(pool -> text.sample(Labels.NONE.with("pool", pool.getName()), pool.getMemoryUsed()));
        text.family("nereid_jvm_gc_collections_total", COUNTER, "Garbage collections");
        collectors.forEach(gc -> text.sample(of(gc), gc.getCollectionCount()));
        text.family("nereid_jvm_gc_seconds_total", COUNTER, "Time spent in garbage collections, in seconds");
        collectors.forEach(gc -> text.sample(of(gc), gc.getCollectionTime() / MILLIS_PER_SECOND));
        text.single("nereid_jvm_threads", GAUGE, "Platform threads of the Java machine",
                ManagementFactory.getThreadMXBean().getThreadCount());
        text.single("nereid_process_uptime_seconds", GAUGE, "Seconds since the process started",
                ManagementFactory.getRuntimeMXBean().getUptime() / MILLIS_PER_SECOND);
        ProcessHandle.current().info().totalCpuDuration()
                .ifPresent(time -> text.single("nereid_process_cpu_seconds_total", COUNTER,
                        "Processor time of the process, in seconds", time.toNanos() / NANOS_PER_SECOND));
        ResidentMemory.ofThisProcess().ifPresent(bytes -> text.single("nereid_process_resident_memory_bytes", GAUGE,
                "Memory of the process that is in the machine's memory, in bytes", bytes));
    }

    private void memory(MetricsText text, String name, String help, ToLongFunction<MemoryUsage> value) {
        text.family(name, GAUGE, help)
                .sample(Labels.NONE.with("area", "heap"), value.applyAsLong(memory.getHeapMemoryUsage()))
                .sample(Labels.NONE.with("area", "nonheap"), value.applyAsLong(memory.getNonHeapMemoryUsage()));
    }

    private static Labels of(GarbageCollectorMXBean collector) {
        return Labels.NONE.with("gc", collector.getName());
    }
}
