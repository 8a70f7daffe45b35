package io.nereid.server.telemetry;

import io.nereid.inference.RequestTimes;
import io.nereid.server.telemetry.SlowRequest.Step;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class SlowRequestTest {
    private final RequestTimes times = new RequestTimes();

    @Test
    void steps_answered_followEachOther() {
        times.queued(1030);
        RequestTimes.Executed run = new RequestTimes.Executed(4, 1040, 1045, 1075, 1080);

        assertThat(SlowRequest.steps(1000, 1010, 1025, times, run, 1100)).containsExactly(new Step("receive", 0, 10),
                new Step("read", 10, 15), new Step("queue", 30, 10), new Step("compute input", 40, 5),
                new Step("compute infer", 45, 30), new Step("compute output", 75, 5), new Step("respond", 80, 20));
    }

    @Test
    void steps_couldNotBeRead_endThere() {
        assertThat(SlowRequest.steps(1000, 1010, 0, times, null, 1015)).containsExactly(new Step("receive", 0, 10),
                new Step("read", 10, 5));
    }

    @Test
    void steps_timedOutInTheQueue_endThere() {
        times.queued(1020);
        assertThat(SlowRequest.steps(1000, 1000, 1020, times, null, 1500)).containsExactly(new Step("read", 0, 20),
                new Step("queue", 20, 480));
    }

    @Test
    void steps_refusedBeforeTheQueue_isItsResponse() {
        assertThat(SlowRequest.steps(1000, 1010, 1020, times, null, 1030)).endsWith(new Step("respond", 20, 10));
    }

    @Test
    void new_longId_isCutShort() {
        assertThat(new SlowRequest("x".repeat(100_000), 0, 0, 0, "ok", List.of()).id()).hasSizeLessThan(200);
    }
}
