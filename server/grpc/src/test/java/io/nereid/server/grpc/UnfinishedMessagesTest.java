package io.nereid.server.grpc;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.FakeClock;
import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** The limits of messages that do not come to their end, told of by hand what gRPC would tell. */
class UnfinishedMessagesTest {
    private static final long MOST_BYTES = 1_000_000;

    private final FakeClock clock = new FakeClock();
    private final UnfinishedMessages messages = new UnfinishedMessages(MOST_BYTES, Duration.ofSeconds(30), clock,
            Runnable::run);
    private final List<InferenceException> refused = new ArrayList<>();

    private ServerStreamTracer call(List<InferenceException> refusals) {
        ServerStreamTracer call = messages.newServerStreamTracer("inference.GRPCInferenceService/ModelInfer",
                new Metadata());
        call.filterContext(Context.ROOT).run(() -> UnfinishedMessages.whenRefused(refusals::add));
        return call;
    }

    private void pass(long seconds) {
        clock.advance(Duration.ofSeconds(seconds));
        messages.look();
    }

    @Test
    void message_comesNoFurther_isRefusedAfterTheTimeout() {
        ServerStreamTracer call = call(refused);
        call.inboundMessage(0);
        call.inboundWireSize(100);
        pass(29);
        assertThat(refused).isEmpty();
        pass(2);
        assertThat(refused).singleElement().satisfies(error -> {
            assertThat(error.code()).isEqualTo(ErrorCode.UNAVAILABLE);
            assertThat(error.text()).isEqualTo("the request did not arrive in time");
        });
        pass(1);
        assertThat(refused).hasSize(1);
    }

    @Test
    void message_drips_isRefusedThoughItNeverStandsStill() {
        ServerStreamTracer call = call(refused);
        call.inboundMessage(0);
        int seconds = 0;
        for (; seconds < 60 && refused.isEmpty(); seconds++) {
            call.inboundWireSize(10);
            pass(1);
        }
        assertThat(seconds).isBetween(30, 33);
    }

    @Test
    void message_comesSlowlyButFastEnough_isWaitedFor() {
        ServerStreamTracer call = call(refused);
        call.inboundMessage(0);
        for (int second = 0; second < 400; second++) {
            call.inboundWireSize(2_000);
            pass(1);
        }
        assertThat(refused).isEmpty();
        assertThat(messages.bytes()).isEqualTo(800_000);
    }

    @Test
    void message_complete_holdsNothingAndMayTakeItsTime() {
        ServerStreamTracer call = call(refused);
        call.inboundMessage(0);
        call.inboundWireSize(100);
        call.inboundMessageRead(0, 100, 100);
        assertThat(messages.bytes()).isZero();
        pass(1_000);
        assertThat(refused).isEmpty();
    }

    @Test
    void call_endsWithinAMessage_holdsNothing() {
        ServerStreamTracer call = call(refused);
        call.inboundMessage(0);
        call.inboundWireSize(100);
        call.streamClosed(Status.CANCELLED);
        assertThat(messages.bytes()).isZero();
        pass(1_000);
        assertThat(refused).isEmpty();
    }

    @Test
    void messages_moreBytesThanAllowed_theOneThatGoesPastIsRefused() {
        List<InferenceException> first = new ArrayList<>();
        ServerStreamTracer patient = call(first);
        patient.inboundMessage(0);
        patient.inboundWireSize(MOST_BYTES - 10);
        ServerStreamTracer late = call(refused);
        late.inboundMessage(0);
        late.inboundWireSize(10);
        assertThat(refused).isEmpty();
        late.inboundWireSize(1);
        assertThat(refused).singleElement().satisfies(error -> {
            assertThat(error.text()).contains("got 1000001 (expected at most 1000000)", "--max-inflight-bytes");
            assertThat(error.retryAfterSeconds()).isPositive();
        });
        assertThat(first).isEmpty();
        late.streamClosed(Status.UNAVAILABLE);
        assertThat(messages.bytes()).isEqualTo(MOST_BYTES - 10);
    }

    @Test
    void message_largerThanAllAreAllowed_isTakenWhileItIsAlone() {
        ServerStreamTracer call = call(refused);
        call.inboundMessage(0);
        call.inboundWireSize(3 * MOST_BYTES);
        assertThat(refused).isEmpty();
    }
}
