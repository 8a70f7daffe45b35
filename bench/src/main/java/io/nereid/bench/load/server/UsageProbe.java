package io.nereid.bench.load.server;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.file.Files;
import java.nio.file.Path;

import javax.management.MBeanServerConnection;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** Reads what another JVM of this machine uses, over its management agent. Used by one thread at a time. */
public final class UsageProbe implements AutoCloseable {
    private static final String RESIDENT = "VmRSS:";
    private static final int BYTES_PER_KIB = 1024;

    private final Path status;
    private final JMXConnector connector;
    private final MemoryMXBean memory;
    private final OperatingSystemMXBean system;
    private final ThreadMXBean threads;

    private UsageProbe(Path status, JMXConnector connector, MemoryMXBean memory, OperatingSystemMXBean system,
            ThreadMXBean threads) {
        this.status = status;
        this.connector = connector;
        this.memory = memory;
        this.system = system;
        this.threads = threads;
    }

    /** Starts the agent in that process, which takes it a few megabytes, and connects to it. */
    @SuppressWarnings("BanJNDI") // the address is that of the agent just started, on this machine
    static UsageProbe of(long pid) throws IOException {
        JMXConnector connector = JMXConnectorFactory.connect(new JMXServiceURL(agentOf(pid)));
        MBeanServerConnection beans = connector.getMBeanServerConnection();
        return new UsageProbe(Path.of("/proc/" + pid + "/status"), connector,
                ManagementFactory.newPlatformMXBeanProxy(beans, ManagementFactory.MEMORY_MXBEAN_NAME,
                        MemoryMXBean.class),
                ManagementFactory.newPlatformMXBeanProxy(beans, ManagementFactory.OPERATING_SYSTEM_MXBEAN_NAME,
                        OperatingSystemMXBean.class),
                ManagementFactory.newPlatformMXBeanProxy(beans, ManagementFactory.THREAD_MXBEAN_NAME,
                        ThreadMXBean.class));
    }

    private static String agentOf(long pid) throws IOException {
        try {
            VirtualMachine machine = VirtualMachine.attach(Long.toString(pid));
            try {
                return machine.startLocalManagementAgent();
            } finally {
                machine.detach();
            }
        } catch (AttachNotSupportedException e) {
            throw new IOException("the server cannot be attached to", e);
        }
    }

    /** Asks the process and the system. */
    public Usage read() throws IOException {
        return new Usage(residentBytes(Files.readString(status)), memory.getHeapMemoryUsage().getUsed(),
                threads.getTotalThreadAllocatedBytes(), system.getProcessCpuTime());
    }

    /** What is left on the heap when it has just been collected, which this asks for. */
    public long liveHeapBytes() {
        memory.gc();
        return memory.getHeapMemoryUsage().getUsed();
    }

    /** How many platform threads run. */
    public int threads() {
        return threads.getThreadCount();
    }

    /** The resident memory that {@code /proc/PID/status} shows. */
    static long residentBytes(String status) throws IOException {
        return status.lines().filter(line -> line.startsWith(RESIDENT))
                .map(line -> line.substring(RESIDENT.length()).strip().split(" ")[0])
                .mapToLong(Long::parseLong).findFirst()
                .orElseThrow(() -> new IOException("/proc/PID/status has no line " + RESIDENT)) * BYTES_PER_KIB;
    }

    @Override
    public void close() throws IOException {
        connector.close();
    }
}
