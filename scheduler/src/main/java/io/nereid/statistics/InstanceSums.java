package io.nereid.statistics;

/** What one instance did. Not thread-safe. */
final class InstanceSums {
    private final String name;
    private long busyNanos;

    InstanceSums(String name) {
        this.name = name;
    }

    void busy(long nanos) {
        busyNanos += nanos;
    }

    InstanceSnapshot snapshot() {
        return new InstanceSnapshot(name, busyNanos);
    }
}
