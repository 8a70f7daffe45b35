package io.nereid.perf.measure;

import io.nereid.perf.client.AnswersByClient;
import io.nereid.perf.client.Failures;
import io.nereid.perf.client.Latencies;
import io.nereid.perf.client.Sample;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.stream.LongStream;

import static org.assertj.core.api.Assertions.assertThat;

class ResultTest {
    private static Result result(Latencies latencies, long errors) {
        return new Result(new LoadLevel(new Load.Concurrency(2), Protocol.HTTP, SharedMemory.NONE), 4, 2,
                new Sample(latencies, latencies.count(), Failures.broken(errors), List.of(), 0, AnswersByClient.NONE),
                0.001,
                true, List.of());
    }

    @Test
    void figures_areOfTheRequestsThatWereAnswered() {
        Result result = result(Latencies.of(LongStream.of(1, 2, 3)), 1);
        assertThat(result.requests()).isEqualTo(3);
        assertThat(result.inferencesPerSecond()).isEqualTo(6);
        assertThat(result.errorRate()).isEqualTo(0.25);
        assertThat(result.clientProcessorMicros()).isBetween(333.0, 334.0);
    }

    @Test
    void figures_withoutAnAnswer_areZero() {
        Result result = result(Latencies.NONE, 0);
        assertThat(result.inferencesPerSecond()).isZero();
        assertThat(result.errorRate()).isZero();
        assertThat(result.clientProcessorMicros()).isZero();
    }
}
