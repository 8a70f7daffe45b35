package io.nereid.perf.client;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

class RecorderTest {
    @Test
    void take_isWhatCameSinceTheLast() {
        Recorder recorder = new Recorder();
        recorder.has(2);
        for (int i = 1; i <= 3000; i++) {
            recorder.answered(1, i, 2);
        }
        recorder.failed(new Failure.Refused("HTTP 400", "no"));
        recorder.failed(new Failure.Broken("no"));
        recorder.failed(Failure.TIMED_OUT);
        recorder.late();
        Sample first = recorder.take();
        assertThat(first.latencies().count()).isEqualTo(3000);
        assertThat(first.latencies().percentileNanos(100)).isEqualTo(3000);
        assertThat(first.responses()).isEqualTo(6000);
        assertThat(first.errors()).isEqualTo(3);
        assertThat(first.failures().refused()).isEqualTo(Map.of("HTTP 400", 1L));
        assertThat(first.failures().timedOut()).isEqualTo(1);
        assertThat(first.failures().broken()).isEqualTo(1);
        assertThat(first.errorTexts()).containsExactly("no", "no answer in time");
        assertThat(first.answersByClient().clients()).isEqualTo(2);
        assertThat(first.answersByClient().fewest()).isZero();
        assertThat(first.answersByClient().most()).isEqualTo(3000);
        assertThat(first.late()).isEqualTo(1);

        recorder.answered(0, 7, 1);
        Sample second = recorder.take();
        assertThat(second.latencies().percentileNanos(50)).isEqualTo(7);
        assertThat(second.errors() + second.late()).isZero();
        assertThat(second.errorTexts()).isEmpty();
        assertThat(second.answersByClient().most()).isEqualTo(1);
        assertThat(AnswersByClient.merged(List.of(first.answersByClient(), second.answersByClient())).fairness())
                .isEqualTo(1 / 3000.0);
    }

    @Test
    void texts_ofErrors_areTheFirstDifferentOnes() {
        Recorder recorder = new Recorder();
        for (int i = 0; i < 100; i++) {
            recorder.failed(new Failure.Broken("text " + i));
        }
        Sample sample = Sample.merged(List.of(recorder.take(), recorder.take()));
        assertThat(sample.errors()).isEqualTo(100);
        assertThat(sample.errorTexts()).containsExactly("text 0", "text 1", "text 2", "text 3", "text 4");
    }
}
