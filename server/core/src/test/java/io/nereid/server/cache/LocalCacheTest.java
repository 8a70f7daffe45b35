package io.nereid.server.cache;

import io.nereid.inference.CountingLease;
import io.nereid.inference.FakeClock;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.PoisonedMemory;
import io.nereid.inference.TensorMemory;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.ledger.Resource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;

import static io.nereid.server.cache.TestRequests.bytes;
import static io.nereid.server.cache.TestRequests.data;
import static io.nereid.server.cache.TestRequests.response;
import static org.assertj.core.api.Assertions.assertThat;

class LocalCacheTest {
    private static final long SIZE = 1 << 16;

    private final TensorMemory memory = new PoisonedMemory(1 << 20, 1 << 16);
    private final Ledger ledger = TestLedger.of(1 << 20);
    private final CacheScope scope = new CacheScope("m/1");
    private LocalCache cache;

    @BeforeEach
    void open() throws Exception {
        cache = (LocalCache) Objects.requireNonNull(ResponseCaches.open(new CacheConfig.Local(SIZE, false), memory,
                ledger));
    }

    @AfterEach
    void everythingIsGivenBack() {
        cache.close();
        assertThat(memory.bytesInUse()).isZero();
        assertThat(ledger.held(Resource.NATIVE)).isZero();
    }

    private static CacheKey key(long number) {
        return new CacheKey(number, 0, 0, 0);
    }

    private InferenceResponse found(long number) {
        return Objects.requireNonNull(cache.find(key(number)));
    }

    @Test
    void find_inserted_isACopyWithItsParameters() {
        CountingLease lease = new CountingLease();
        cache.insert(key(1), scope, response(lease, bytes("A", (byte) 1, (byte) 2), bytes("B")));
        assertThat(lease.releases()).isZero();

        InferenceResponse first = found(1);
        InferenceResponse second = found(1);

        assertThat(first.outputs()).isSameAs(second.outputs());
        assertThat(data(first.outputs().get(0))).containsExactly(1, 2);
        assertThat(first.outputs().get(1).byteSize()).isZero();
        assertThat(first.parameters()).containsEntry("p", new ParameterValue.Int(7));
        first.memory().release();
        second.memory().retain(2);
        second.memory().release();
        second.memory().release();
        second.memory().release();
        assertThat(cache.counts()).satisfies(counts -> {
            assertThat(counts.entries()).isEqualTo(1);
            assertThat(counts.hits()).isEqualTo(2);
            assertThat(counts.misses()).isZero();
            assertThat(counts.utilization()).isBetween(0.0, 1.0);
        });
    }

    @Test
    void find_other_isNotThere() {
        cache.insert(key(1), scope, response(Lease.NONE, bytes("A", (byte) 1)));

        assertThat(cache.find(key(2))).isNull();
        assertThat(cache.counts().misses()).isEqualTo(1);
    }

    @Test
    void insert_moreThanFits_evictsOthersAndKeepsWithinItsSize() {
        byte[] large = new byte[(int) SIZE / 10];
        for (int i = 0; i < 100; i++) {
            cache.insert(key(i), scope, response(Lease.NONE, bytes("A", large)));
            assertThat(cache.counts().bytes()).isLessThanOrEqualTo(SIZE);
        }

        assertThat(cache.counts().evictions()).isGreaterThanOrEqualTo(91);
        assertThat(memory.bytesInUse()).isLessThanOrEqualTo(2 * SIZE);
    }

    @Test
    void insert_largerThanTheCache_isNotKept() {
        cache.insert(key(1), scope, response(Lease.NONE, bytes("A", new byte[(int) SIZE])));

        assertThat(cache.find(key(1))).isNull();
        assertThat(cache.counts().failures()).isEqualTo(1);
    }

    @Test
    void insert_evictedWhileItIsSent_staysUntilItWasSent() {
        cache.insert(key(1), scope, response(Lease.NONE, bytes("A", (byte) 5)));
        InferenceResponse sent = found(1);

        cache.drop(scope);

        assertThat(cache.find(key(1))).isNull();
        assertThat(data(sent.outputs().getFirst())).containsExactly(5);
        assertThat(memory.bytesInUse()).isPositive();
        sent.memory().release();
        assertThat(memory.bytesInUse()).isZero();
    }

    @Test
    void drop_oneModel_leavesTheOthersAndTakesNoMoreOfIt() {
        CacheScope other = new CacheScope("other/1");
        cache.insert(key(1), scope, response(Lease.NONE, bytes("A", (byte) 1)));
        cache.insert(key(2), other, response(Lease.NONE, bytes("A", (byte) 2)));

        cache.drop(scope);
        cache.insert(key(3), scope, response(Lease.NONE, bytes("A", (byte) 3)));

        assertThat(cache.find(key(1))).isNull();
        assertThat(cache.find(key(3))).isNull();
        found(2).memory().release();
    }

    @Test
    void insert_sameKeyAgain_replacesIt() {
        cache.insert(key(1), scope, response(Lease.NONE, bytes("A", (byte) 1)));
        cache.insert(key(1), scope, response(Lease.NONE, bytes("A", (byte) 2)));

        InferenceResponse response = found(1);
        assertThat(data(response.outputs().getFirst())).containsExactly(2);
        response.memory().release();
        assertThat(cache.counts().entries()).isEqualTo(1);
    }

    @Test
    void everything_fromSeveralThreads_loosesAndKeepsNothing() throws Exception {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            threads.add(Thread.ofPlatform().start(() -> {
                for (int step = 0; step < 2_000; step++) {
                    int number = ThreadLocalRandom.current().nextInt(30);
                    InferenceResponse response = cache.find(key(number));
                    if (response == null) {
                        byte[] content = new byte[3_000];
                        content[0] = (byte) number;
                        cache.insert(key(number), scope, response(Lease.NONE, bytes("A", content)));
                    } else {
                        assertThat(data(response.outputs().getFirst())[0]).isEqualTo((byte) number);
                        response.memory().release();
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(cache.counts().lookups()).isEqualTo(8_000);
        assertThat(cache.counts().hits()).isPositive();
    }

    @Test
    void meter_times_areThoseOfItsClock() {
        FakeClock clock = new FakeClock();
        CacheMeter meter = new CacheMeter(clock);
        long began = meter.now();
        clock.advanceNanos(30);
        meter.lookedUp(began, true);
        meter.inserted(began);

        assertThat(meter.counts(1, 2, 3)).isEqualTo(new CacheCounts(1, 2, 3, 1, 1, 0, 30, 30, 0));
    }
}
