package io.nereid.server.tracing;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;

class TraceSamplerTest {
    @ParameterizedTest
    @CsvSource({"1,-1,1111111111", "2,-1,0101010101", "3,-1,0010010010", "1,3,1110000000", "4,1,0001000000",
            "1,0,0000000000", "0,-1,0000000000", "11,-1,0000000000"})
    void sample_rateAndCount_chooseEveryNthUntilTheCountIsUsed(long rate, int count, String chosen) {
        TraceSampler sampler = sampler(rate, count);
        StringBuilder got = new StringBuilder();
        for (int i = 0; i < chosen.length(); i++) {
            got.append(sampler.sample(false) ? '1' : '0');
        }
        assertThat(got).hasToString(chosen);
        int used = (int) chosen.chars().filter(sampled -> sampled == '1').count();
        assertThat(sampler.remaining()).isEqualTo(count < 0 ? -1 : count - used);
    }

    @Test
    void sample_tracedByTheClient_isChosenWhateverTheRate() {
        TraceSampler never = sampler(0, 2);
        assertThat(List.of(never.sample(true), never.sample(false), never.sample(true), never.sample(true)))
                .containsExactly(true, false, true, false);
    }

    @Test
    void sample_levelOff_choosesNothing() {
        TraceSampler off = new TraceSampler(new TraceSettings(Set.of(), 1, -1, 0));
        assertThat(off.sample(false)).isFalse();
        assertThat(off.sample(true)).isFalse();
    }

    @Test
    void sample_manyThreads_choosesExactlyTheCount() throws Exception {
        TraceSampler sampler = sampler(3, 500);
        AtomicInteger chosen = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            threads.add(Thread.ofPlatform().start(() -> {
                for (int request = 0; request < 1000; request++) {
                    if (sampler.sample(false)) {
                        chosen.incrementAndGet();
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(chosen).hasValue(500);
        assertThat(sampler.remaining()).isZero();
    }

    private static TraceSampler sampler(long rate, int count) {
        return new TraceSampler(new TraceSettings(Set.of(TraceLevel.TIMESTAMPS), rate, count, 0));
    }
}
