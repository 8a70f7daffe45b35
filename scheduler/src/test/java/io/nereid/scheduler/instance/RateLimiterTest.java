package io.nereid.scheduler.instance;

import io.nereid.inference.Await;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Race;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

@Timeout(60)
class RateLimiterTest {
    private final RateLimiter limiter = new RateLimiter(List.of());

    @Test
    void acquire_noMoreThanTheLimit_runAtTheSameTime() throws Exception {
        RateLimiter three = new RateLimiter(List.of(new ResourceLimit("R", 3, OptionalInt.empty())));
        List<RateLimiter.Claim> claims = three
                .register(List.of(demand(1, 1), demand(1, 1), demand(1, 1), demand(2, 1), demand(2, 1), demand(3, 1)));
        int[] demands = {1, 1, 1, 2, 2, 3};
        AtomicInteger taken = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        Race.run(claims.size(), thread -> {
            RateLimiter.Claim claim = claims.get(thread);
            for (int i = 0; i < 2_000; i++) {
                assertThat(i % 10 == 0 ? claim.acquire() : claim.renew(true)).isTrue();
                int now = taken.addAndGet(demands[thread]);
                most.accumulateAndGet(now, Math::max);
                for (int spin = 0; spin < 100; spin++) { // long enough to overlap
                    Thread.onSpinWait();
                }
                taken.addAndGet(-demands[thread]);
                if (i % 10 == 9) {
                    claim.release(true);
                }
            }
        });
        assertThat(most).hasValueBetween(1, 3);
        assertThat(claims).extracting(RateLimiter.Claim::scaledPriority).containsOnly(2_000L);
    }

    @Test
    void renew_prioritiesOneAndTwo_executeTwoToOne() throws Exception {
        RateLimiter.Claim gate = acquired(demand(1, 1));
        List<RateLimiter.Claim> claims = limiter.register(List.of(demand(1, 1), demand(1, 2)));
        AtomicInteger left = new AtomicInteger(3_000);
        AtomicIntegerArray executions = new AtomicIntegerArray(2);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            int number = i;
            threads.add(waiting(() -> {
                boolean acquired = claims.get(number).acquire();
                while (acquired && left.decrementAndGet() >= 0) {
                    executions.incrementAndGet(number);
                    acquired = claims.get(number).renew(true);
                }
                claims.get(number).release(false);
            }));
        }
        gate.release(false);
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(executions.get(0)).isBetween(1_995, 2_005);
        assertThat(executions.get(1)).isBetween(995, 1_005);
    }

    @Test
    void acquire_interrupted_waitsOnAndKeepsTheInterrupt() throws Exception {
        RateLimiter.Claim gate = acquired(demand(1, 1));
        RateLimiter.Claim claim = limiter.register(List.of(demand(1, 1))).getFirst();
        AtomicInteger outcome = new AtomicInteger();
        Thread thread = waiting(() -> {
            boolean acquired = claim.acquire();
            outcome.set((acquired ? 1 : 0) + (Thread.currentThread().isInterrupted() ? 2 : 0));
        });
        thread.interrupt();
        gate.release(true);
        thread.join();
        assertThat(outcome).hasValue(3);
    }

    @Test
    void close_waitingClaim_itsThreadReturns() throws Exception {
        RateLimiter.Claim gate = acquired(demand(1, 1));
        RateLimiter.Claim claim = limiter.register(List.of(demand(1, 1))).getFirst();
        AtomicInteger outcome = new AtomicInteger(-1);
        Thread thread = waiting(() -> outcome.set(claim.acquire() ? 1 : 0));
        claim.close();
        thread.join();
        assertThat(outcome).hasValue(0);
        assertThat(claim.acquire()).isFalse();
        assertThat(claim.renew(true)).isFalse();
        claim.release(true);
        claim.close();
        gate.release(true);
    }

    @Test
    void close_claimAheadInLine_letsTheNextIn() throws Exception {
        RateLimiter.Claim two = acquired(demand(2, 1));
        RateLimiter.Claim one = acquired(demand(0, 1));
        RateLimiter.Claim ahead = limiter.register(List.of(demand(1, 1))).getFirst();
        RateLimiter.Claim behind = limiter.register(List.of(demand(0, 1))).getFirst();
        Thread first = waiting(ahead::acquire);
        Thread second = waiting(behind::acquire);
        ahead.close();
        first.join();
        second.join();
        two.release(true);
        one.release(true);
    }

    @Test
    void close_acquiredClaim_keepsItsResourcesUntilRelease() throws Exception {
        RateLimiter.Claim closed = acquired(demand(1, 1));
        RateLimiter.Claim next = limiter.register(List.of(demand(1, 1))).getFirst();
        closed.close();
        AtomicInteger executed = new AtomicInteger();
        Thread thread = waiting(() -> {
            assertThat(next.acquire()).isTrue();
            executed.incrementAndGet();
        });
        assertThat(executed).hasValue(0);
        closed.release(true);
        thread.join();
        assertThat(executed).hasValue(1);
        assertThat(closed.acquire()).isFalse();
    }

    @Test
    void register_oneOfTheInstancesCannotRun_noneIs() throws Exception {
        RateLimiter limited = new RateLimiter(List.of(new ResourceLimit("R", 1, OptionalInt.empty())));
        InstanceDemand global = new InstanceDemand(InstanceDemand.CPU,
                List.of(new InstanceDemand.Resource("S", true, 1)), 1);
        InstanceDemand perDevice = new InstanceDemand(InstanceDemand.CPU,
                List.of(new InstanceDemand.Resource("S", false, 1)), 1);
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> limited.register(List.of(global, demand(4, 1))))
                .satisfies(error -> assertThat(error.code()).isEqualTo(ErrorCode.INVALID_ARG))
                .withMessage(
                        "Resource count for \"R\" is limited to 1 which will prevent scheduling of one or more model"
                                + " instances, the minimum required count is 4");
        assertThat(limited.register(List.of(perDevice))).hasSize(1);
        assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> limited.register(List.of(global)))
                .satisfies(error -> assertThat(error.code()).isEqualTo(ErrorCode.INVALID_ARG))
                .withMessage("Resource \"S\" is present as both global and device-specific resource in the model"
                        + " configuration.");
    }

    @Test
    void claim_usedOutOfOrder_isADefectThatHarmsNobody() throws Exception {
        RateLimiter.Claim claim = limiter.register(List.of(demand(1, 1))).getFirst();
        assertThatIllegalStateException().isThrownBy(() -> claim.release(true));
        assertThatIllegalStateException().isThrownBy(() -> claim.renew(true));
        assertThat(claim.acquire()).isTrue();
        assertThatIllegalStateException().isThrownBy(claim::acquire);
        claim.release(true);
        assertThat(claim.acquire()).isTrue();
        assertThat(claim.scaledPriority()).isEqualTo(1);
    }

    /** Models come and go while others execute: whoever is in line in the end still gets its turn. */
    @Test
    void registerAndClose_whileOthersExecute_nobodyWaitsForEver() throws Exception {
        List<RateLimiter.Claim> staying = limiter.register(List.of(demand(1, 1), demand(2, 2)));
        AtomicBoolean stop = new AtomicBoolean();
        Race.run(4, thread -> {
            if (thread < 2) {
                boolean acquired = staying.get(thread).acquire();
                while (acquired && !stop.get()) {
                    acquired = staying.get(thread).renew(true);
                }
                staying.get(thread).release(false);
            } else {
                for (int i = 0; i < 1_000; i++) {
                    comeAndGo(1 + i % 5);
                }
                stop.set(true);
            }
        });
        for (RateLimiter.Claim claim : staying) {
            assertThat(claim.acquire()).isTrue();
            claim.release(false);
        }
    }

    private void comeAndGo(long count) throws InferenceException {
        try (RateLimiter.Claim claim = limiter.register(List.of(demand(count, 1))).getFirst()) {
            assertThat(claim.acquire()).isTrue();
            claim.release(true);
        }
    }

    private RateLimiter.Claim acquired(InstanceDemand demand) throws InferenceException {
        RateLimiter.Claim claim = limiter.register(List.of(demand)).getFirst();
        assertThat(claim.acquire()).isTrue();
        return claim;
    }

    /** A thread that has run until it waits. */
    private static Thread waiting(Runnable task) {
        Thread thread = Thread.ofPlatform().start(task);
        Await.until(() -> {
            assertThat(thread.isAlive()).as("waits").isTrue();
            return thread.getState() == Thread.State.WAITING;
        });
        return thread;
    }

    private static InstanceDemand demand(long count, long priority) {
        return new InstanceDemand(InstanceDemand.CPU, List.of(new InstanceDemand.Resource("R", false, count)),
                priority);
    }
}
