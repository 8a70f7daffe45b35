package io.nereid.server.ledger;

import io.nereid.inference.InferenceException;
import io.nereid.inference.NanoClock;
import io.nereid.inference.Race;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Many threads charge, release, close and end at once: nothing may be lost, and nothing may be taken past the totals.
 */
class LedgerRaceTest {
    private static final long TOTAL = 100_000_000;
    private static final int THREADS = 4;

    /**
     * What really is allocated: counted after each charge and before each release, so it never exceeds what is
     * charged.
     */
    private final AtomicLong allocated = new AtomicLong();
    private final AtomicLong most = new AtomicLong();

    private void allocate(long bytes) {
        most.accumulateAndGet(allocated.addAndGet(bytes), Math::max);
    }

    private void free(long bytes) {
        allocated.addAndGet(-bytes);
    }

    @Test
    void requestsOfOneConnection_byManyThreads_leaveNothingBehind() throws Exception {
        Ledger ledger = new Ledger(new LedgerLimits(TOTAL, TOTAL, 1000, 1), NanoClock.SYSTEM);
        Account connection = ledger.connection(_ -> {
        }, Duration.ofDays(1));
        AtomicInteger refused = new AtomicInteger();
        Race.run(THREADS, thread -> {
            Random random = new Random(thread);
            for (int i = 0; i < 20_000; i++) {
                long bytes = 1 + random.nextLong(TOTAL / 4 * 3); // two at once are often too much
                try (Account request = connection.request()) {
                    request.charge(Resource.REQUESTS, 1);
                    request.charge(Resource.NATIVE, bytes);
                    allocate(bytes);
                    assertThat(connection.held(Resource.NATIVE)).isGreaterThanOrEqualTo(bytes);
                    free(bytes);
                    if (random.nextBoolean()) {
                        request.release(Resource.NATIVE, bytes);
                    }
                } catch (InferenceException _) {
                    refused.incrementAndGet();
                }
            }
        });
        assertThat(most.get()).isLessThanOrEqualTo(TOTAL);
        assertThat(refused.get()).isPositive();
        connection.close();
        for (Resource resource : Resource.values()) {
            assertThat(ledger.held(resource)).as("%s", resource).isZero();
        }
    }

    /**
     * Connections that are all slow, so that every newcomer ends others; the ended ones release at their own time.
     */
    @Test
    void connectionsThatEndEachOther_leaveNothingBehindAndStayWithinAnEighth() throws Exception {
        AtomicLong now = new AtomicLong();
        Ledger ledger = new Ledger(new LedgerLimits(TOTAL, TOTAL, 1000, 1000), now::get);
        AtomicInteger ended = new AtomicInteger();
        Race.run(THREADS, thread -> {
            Random random = new Random(thread);
            List<Held> open = new ArrayList<>();
            for (int i = 0; i < 5_000; i++) {
                now.addAndGet(20_000_000);
                open.add(hold(ledger, 1 + random.nextLong(TOTAL / 8), ended));
                if (open.size() > 6) {
                    open.remove(random.nextInt(open.size())).giveBack();
                }
            }
            open.forEach(Held::giveBack);
        });
        assertThat(ended.get()).isPositive();
        assertThat(most.get()).isLessThanOrEqualTo(TOTAL + TOTAL / 8);
        for (Resource resource : Resource.values()) {
            assertThat(ledger.held(resource)).as("%s", resource).isZero();
            assertThat(ledger.ending(resource)).as("%s ending", resource).isZero();
        }
    }

    private record Held(Account connection, Account request, Runnable free) {
        void giveBack() {
            free.run();
            request.close();
            connection.close();
        }
    }

    private Held hold(Ledger ledger, long bytes, AtomicInteger ended) {
        Account connection = ledger.connection(_ -> ended.incrementAndGet(), Duration.ofNanos(1));
        Account request = connection.request(_ -> ended.incrementAndGet());
        connection.awaitClient(0);
        try {
            request.charge(Resource.NATIVE, bytes);
        } catch (InferenceException _) {
            return new Held(connection, request, () -> {
            });
        }
        allocate(bytes);
        return new Held(connection, request, () -> free(bytes));
    }
}
