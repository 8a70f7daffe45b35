package io.nereid.server.ledger;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.NanoClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Logs, once a minute at most, that clients have been ended: the first, and how many there were since.
 */
final class EndedLog {
    private static final Logger LOG = LoggerFactory.getLogger(EndedLog.class);
    private static final long MINUTE_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final NanoClock clock;
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private long nextNanos;
    @GuardedBy("lock")
    private long unreported;

    EndedLog(NanoClock clock) {
        this.clock = clock;
        this.nextNanos = clock.nanoTime();
    }

    void ended(String client, Resource resource, long amount) {
        long more;
        lock.lock();
        try {
            long now = clock.nanoTime();
            if (now - nextNanos < 0) {
                unreported++;
                return;
            }
            nextNanos = now + MINUTE_NANOS;
            more = unreported;
            unreported = 0;
        } finally {
            lock.unlock();
        }
        LOG.warn("ended {}, which was too slow and held {} {} while others needed them; {} more since the last such"
                + " line. {} raises the total, --min-client-bytes-per-sec sets the rate",
                client.isEmpty() ? "a client" : client, amount, resource.unit(), more, resource.flag());
    }
}
