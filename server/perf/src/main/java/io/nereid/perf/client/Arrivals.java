package io.nereid.perf.client;

/** The moments at which the requests of an open loop are to be sent. Used by one thread. */
@FunctionalInterface
public interface Arrivals {
    /** The next one, in nanoseconds since the load began; never before the last one. */
    long nextNanos();

    /** At equal distances: the first after {@code offset} of them, this many a second. */
    static Arrivals constant(double perSecond, double offset) {
        if (!(perSecond > 0)) {
            throw new IllegalArgumentException("perSecond: got " + perSecond + " (expected above 0)");
        }
        return new Arrivals() {
            private long sent;

            @Override
            public long nextNanos() {
                // of the count, so that no rounding adds up
                return (long) ((offset + sent++) * (1e9 / perSecond));
            }
        };
    }
}
