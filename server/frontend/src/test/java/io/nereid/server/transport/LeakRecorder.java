package io.nereid.server.transport;

import io.netty.util.ResourceLeakDetector;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Netty's leak detector, remembering what it finds instead of only logging it. The build names it to Netty by a system
 * property, since the detector is made when the first buffer is. {@link NoLeaks} fails tests by it.
 */
public final class LeakRecorder<T> extends ResourceLeakDetector<T> {
    private static final Queue<String> FOUND = new ConcurrentLinkedQueue<>();

    /** One of the two constructors that Netty looks for. */
    public LeakRecorder(Class<?> resource, int samplingInterval) {
        super(resource, samplingInterval);
    }

    /** The other one. */
    public LeakRecorder(Class<?> resource, int samplingInterval, long maxActive) {
        super(resource, samplingInterval);
    }

    /** What was found since the last call. */
    static String drain() {
        StringBuilder all = new StringBuilder();
        for (String leak = FOUND.poll(); leak != null; leak = FOUND.poll()) {
            all.append(leak).append('\n');
        }
        return all.toString();
    }

    @Override
    protected boolean needReport() {
        return true;
    }

    @Override
    protected void reportTracedLeak(String resourceType, String records) {
        FOUND.add(resourceType + " was not released:" + records);
    }

    @Override
    protected void reportUntracedLeak(String resourceType) {
        FOUND.add(resourceType + " was not released");
    }
}
