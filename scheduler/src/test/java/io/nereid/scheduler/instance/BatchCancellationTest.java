package io.nereid.scheduler.instance;

import io.nereid.inference.Requests;
import io.nereid.scheduler.QueuedRequest;
import io.nereid.scheduler.QueuedRequests;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** When an execution is ended because nobody waits for it; {@link BatchLincheckTest} has its threads. */
class BatchCancellationTest {
    private final QueuedRequest a = QueuedRequests.of(Requests.of("a"), 0);
    private final QueuedRequest b = QueuedRequests.of(Requests.of("b"), 0);
    private int terminations;
    private final BatchCancellation cancellation = new BatchCancellation(() -> terminations++);

    private void cancel(QueuedRequest request) {
        QueuedRequests.cancel(request);
        cancellation.cancel(request);
    }

    @Test
    void cancel_allOfABatch_endsItOnce() {
        cancellation.begin(List.of(a, b));
        cancel(a);
        assertThat(terminations).isZero();
        cancel(b);
        cancel(b);
        assertThat(terminations).isOne();
        assertThat(cancellation.end()).isTrue();
    }

    @Test
    void begin_cancelledBefore_endsItAtOnce() {
        QueuedRequests.cancel(a);
        cancellation.begin(List.of(a));
        assertThat(terminations).isOne();
    }

    @Test
    void cancel_withASender_goesOn() {
        cancellation.begin(List.of(a));
        cancellation.detach();
        cancel(a);
        assertThat(terminations).isZero();
        assertThat(cancellation.end()).isFalse();
    }

    @Test
    void cancel_betweenExecutions_endsNone() {
        cancellation.begin(List.of(a));
        assertThat(cancellation.end()).isFalse();
        cancel(a);
        assertThat(terminations).isZero();
    }

    @Test
    void end_nextExecution_beginsAnew() {
        cancellation.begin(List.of(a));
        cancellation.detach();
        cancel(a);
        cancellation.end();
        cancellation.begin(List.of(b));
        cancel(b);
        assertThat(terminations).as("the sender was the last one's").isOne();
        assertThat(cancellation.end()).isTrue();
        cancellation.begin(List.of(QueuedRequests.of(Requests.of("c"), 0)));
        assertThat(cancellation.end()).as("nor is this one ended").isFalse();
    }
}
