package io.nereid.server.protocol;

import com.sun.management.OperatingSystemMXBean;

import java.lang.management.ManagementFactory;

/** How much native memory tensors may take: half of what the machine, or the container, has. */
public final class TensorLimit {
    /** In bytes. */
    public static final long BYTES = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class)
            .getTotalMemorySize() / 2;

    private TensorLimit() {}
}
