package io.nereid.server.grpc;

import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.FakeClock;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.ledger.LedgerLimits;
import io.nereid.server.ledger.Resource;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** The limits of messages that do not come to their end, called by hand as gRPC would call it. */
class UnfinishedMessagesTest {
    private static final long TOTAL = 1_600_000;
    private static final long MOST_BYTES = TOTAL - TOTAL / 16 - Ledger.CONNECTION_NATIVE_BYTES;

    private final FakeClock clock = new FakeClock();
    private final Ledger ledger = new Ledger(new LedgerLimits(TOTAL, TOTAL, 10, 64 << 10), clock);
    private final Attributes connection = ConnectionAccounts.with(Attributes.EMPTY,
            ledger.connection(_ -> {
            }, Duration.ofSeconds(30)));
    private final UnfinishedMessages messages = new UnfinishedMessages(Duration.ofSeconds(30), clock, Runnable::run);
    private final List<InferenceException> refused = new ArrayList<>();

    private ServerStreamTracer call(List<InferenceException> refusals) {
        ServerStreamTracer call = messages.newServerStreamTracer("inference.GRPCInferenceService/ModelInfer",
                new Metadata());
        ((UnfinishedMessages.Stream) call).belongsTo(connection);
        call.filterContext(Context.ROOT).run(() -> UnfinishedMessages.whenRefused(refusals::add));
        return call;
    }

    private long held() {
        return ledger.held(Resource.NATIVE) - Ledger.CONNECTION_NATIVE_BYTES;
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
        assertThat(held()).isEqualTo(800_000);
    }

    @Test
    void message_complete_holdsNothingAndMayTakeItsTime() {
        ServerStreamTracer call = call(refused);
        call.inboundMessage(0);
        call.inboundWireSize(100);
        call.inboundMessageRead(0, 100, 100);
        assertThat(held()).isZero();
        pass(1_000);
        assertThat(refused).isEmpty();
    }

    @Test
    void call_endsWithinAMessage_holdsNothing() {
        ServerStreamTracer call = call(refused);
        call.inboundMessage(0);
        call.inboundWireSize(100);
        call.streamClosed(Status.CANCELLED);
        assertThat(held()).isZero();
        pass(1_000);
        assertThat(refused).isEmpty();
    }

    @Test
    void messages_moreBytesThanAllowed_theOneThatGoesPastIsRefused() {
        List<InferenceException> first = new ArrayList<>();
        ServerStreamTracer patient = call(first);
        patient.inboundMessage(0);
        patient.inboundWireSize(MOST_BYTES - 10_000);
        ServerStreamTracer late = call(refused);
        late.inboundMessage(0);
        late.inboundWireSize(10_000);
        assertThat(refused).isEmpty();
        late.inboundWireSize(1);
        assertThat(refused).singleElement().satisfies(error -> {
            assertThat(error.text()).contains("got 1 more to 1500000 (expected at most 1500000)",
                    "--max-inflight-bytes");
            assertThat(error.retryAfterSeconds()).isPositive();
        });
        assertThat(first).isEmpty();
        late.streamClosed(Status.UNAVAILABLE);
        assertThat(held()).isEqualTo(MOST_BYTES - 10_000);
    }

    /** What came before the last window keeps no place: the innocent are admitted. */
    @Test
    void message_slowAfterMuchOfIt_isRefusedWhenAnotherNeedsTheMemory() {
        List<InferenceException> slow = new ArrayList<>();
        ServerStreamTracer dripping = call(slow);
        dripping.inboundMessage(0);
        dripping.inboundWireSize(1_000_000);
        for (int second = 0; second < 45; second++) {
            dripping.inboundWireSize(2_000);
            pass(1);
        }
        assertThat(slow).isEmpty();
        ServerStreamTracer innocent = call(refused);
        innocent.inboundMessage(0);
        innocent.inboundWireSize(500_000);
        assertThat(refused).isEmpty();
        assertThat(slow).singleElement().satisfies(error -> {
            assertThat(error.code()).isEqualTo(ErrorCode.UNAVAILABLE);
            assertThat(error.text()).contains("slower than 65536 bytes/s");
        });
        assertThat(ledger.ending(Resource.NATIVE)).isEqualTo(1_090_000);
        dripping.streamClosed(Status.UNAVAILABLE);
        assertThat(ledger.ending(Resource.NATIVE)).isZero();
        innocent.streamClosed(Status.OK);
        assertThat(held()).isZero();
    }

    @Test
    void message_tooLargeForTheTotal_isRefusedAtOnce() {
        ServerStreamTracer call = call(refused);
        call.inboundMessage(0);
        call.inboundWireSize(3 * MOST_BYTES);
        assertThat(refused).singleElement().satisfies(
                error -> assertThat(error.code()).isEqualTo(ErrorCode.INVALID_ARG));
        call.streamClosed(Status.INVALID_ARGUMENT);
        assertThat(held()).isZero();
    }

    @Test
    void message_complete_staysChargedUntilItIsRead() {
        ServerStreamTracer call = call(refused);
        call.inboundMessage(0);
        call.inboundWireSize(100_000);
        call.inboundMessageRead(0, 100_000, 100_000);
        assertThat(held()).isEqualTo(100_000);
        List<Lease> leases = new ArrayList<>();
        call.filterContext(Context.ROOT).run(() -> leases.add(UnfinishedMessages.received()));
        call.inboundMessage(1);
        call.inboundWireSize(50_000);
        assertThat(held()).isEqualTo(150_000);
        leases.getFirst().release();
        assertThat(held()).isEqualTo(50_000);
        call.streamClosed(Status.CANCELLED);
        assertThat(held()).isZero();
    }
}
