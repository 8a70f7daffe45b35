package io.nereid.server.metrics;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import static org.assertj.core.api.Assertions.assertThat;

class MeasurementTest {
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
    private final AtomicInteger measured = new AtomicInteger();
    private final Measurement<Integer> measurement = new Measurement<>(now::get, Duration.ofNanos(10),
            measured::incrementAndGet);

    @Test
    void value_askedAgainWithinTheInterval_isNotMeasuredAgain() {
        assertThat(measured).hasValue(0);
        assertThat(measurement.value()).isEqualTo(1);
        now.addAndGet(9);
        assertThat(measurement.value()).isEqualTo(1);
        now.addAndGet(1);
        assertThat(measurement.value()).isEqualTo(2);
        now.addAndGet(9);
        assertThat(measurement.value()).isEqualTo(2);
    }
}
