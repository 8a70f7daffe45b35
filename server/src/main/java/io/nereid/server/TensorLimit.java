package io.nereid.server;

import com.sun.management.OperatingSystemMXBean;

import java.lang.management.ManagementFactory;

/** How much native memory tensors may take: half of what the machine, or the container, has. */
final class TensorLimit {
    static final long BYTES = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize() / 2;

    private TensorLimit() {}
}
