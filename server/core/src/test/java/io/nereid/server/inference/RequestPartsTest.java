package io.nereid.server.inference;

import io.nereid.inference.Cancellation;
import io.nereid.inference.CountingLease;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.NanoClock;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.ResponseListener;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.server.ledger.Account;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.ledger.LedgerLimits;
import io.nereid.server.ledger.Resource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

final class RequestPartsTest {
    private static final int BYTES = 8;
    private final InferenceException notOne = new InferenceException(ErrorCode.INTERNAL, "not one");

    private final Ledger ledger = new Ledger(new LedgerLimits(10 * BYTES, 1 << 20, 8, 0), NanoClock.SYSTEM);
    private final Account account = ledger.detached().request();
    private final CountingLease input = new CountingLease();
    private final List<CountingLease> outputs = new ArrayList<>();
    private final List<Queued> queued = new ArrayList<>();
    private final Answer answer = new Answer();

    /** A request that the model has. */
    private record Queued(InferenceRequest request, ResponseListener listener, List<String> cancelled) {
        void end(InferenceException error) {
            request.memory().release();
            listener.onError(error);
        }
    }

    /** What becomes of all of it. */
    private static final class Answer implements ResponseListener {
        private final List<InferenceResponse> responses = new ArrayList<>();
        private @Nullable InferenceException error;

        @Override
        public void onResponse(InferenceResponse response, boolean last) {
            assertThat(last).isTrue();
            responses.add(response);
        }

        @Override
        public void onError(InferenceException failure) {
            assertThat(error).isNull();
            error = failure;
        }
    }

    private Cancellation queue(InferenceRequest request, ResponseListener listener) {
        List<String> cancelled = new ArrayList<>();
        queued.add(new Queued(request, listener, cancelled));
        return () -> cancelled.add(request.id());
    }

    private List<InferenceRequest> parts(int count) {
        return IntStream.range(0, count).mapToObj(part -> new InferenceRequest(Integer.toString(part), List.of(),
                List.of(), 1, RequestOptions.DEFAULT, Map.of(), input)).toList();
    }

    private Cancellation start(int count, RequestParts.Queueing model) throws InferenceException {
        return RequestParts.enqueue(model, parts(count), account, notOne, answer);
    }

    private void respond(InferenceRequest request, ResponseListener listener) {
        request.memory().release();
        CountingLease memory = new CountingLease();
        outputs.add(memory);
        listener.onResponse(new InferenceResponse(
                List.of(new Tensor(request.id(), DataType.FP64, Shape.of(1), Arena.ofAuto().allocate(BYTES))),
                Map.of(), memory), true);
    }

    private void respond(int part) {
        respond(queued.get(part).request(), queued.get(part).listener());
    }

    private void assertNothingHeld() {
        assertThat(input.releases()).isEqualTo(1);
        assertThat(outputs).allMatch(memory -> memory.releases() == 1);
    }

    @Test
    void enqueue_answersInAnyOrder_areJoinedInTheirs() throws InferenceException {
        start(3, this::queue);
        respond(2);
        respond(0);
        assertThat(answer.responses).isEmpty();
        respond(1);
        InferenceResponse joined = answer.responses.getFirst();
        assertThat(joined.outputs()).extracting(Tensor::name).containsExactly("0", "1", "2");
        assertThat(account.held(Resource.NATIVE)).isEqualTo(3 * BYTES);
        joined.memory().release();
        assertNothingHeld();
    }

    @Test
    void enqueue_manyParts_areQueuedAFewAtATime() throws InferenceException {
        start(RequestParts.AT_ONCE + 2, this::queue);
        assertThat(queued).hasSize(RequestParts.AT_ONCE);
        respond(1);
        assertThat(queued).hasSize(RequestParts.AT_ONCE + 1);
        assertThat(queued.getLast().request().id()).isEqualTo(Integer.toString(RequestParts.AT_ONCE));
    }

    @Test
    void enqueue_modelThatAnswersAtOnce_takesNoStackForEach() throws InferenceException {
        Ledger large = new Ledger(new LedgerLimits(1 << 20, 1 << 20, 8, 0), NanoClock.SYSTEM);
        RequestParts.enqueue((request, listener) -> {
            respond(request, listener);
            return () -> {
            };
        }, parts(20_000), large.detached().request(), notOne, answer);
        assertThat(answer.responses.getFirst().outputs()).hasSize(20_000);
        answer.responses.getFirst().memory().release();
        assertNothingHeld();
    }

    @Test
    void onError_ofOnePart_cancelsTheOthersAndIsTheAnswer() throws InferenceException {
        start(RequestParts.AT_ONCE + 3, this::queue);
        respond(0);
        InferenceException broken = new InferenceException(ErrorCode.INTERNAL, "broken");
        queued.get(1).end(broken);
        assertThat(queued).hasSize(RequestParts.AT_ONCE + 1);
        assertThat(answer.error).isNull();
        for (Queued running : queued.subList(2, queued.size())) {
            assertThat(running.cancelled()).isNotEmpty();
            running.end(new InferenceException(ErrorCode.CANCELLED, "cancelled"));
        }
        assertThat(answer.error).isEqualTo(broken);
        assertThat(answer.responses).isEmpty();
        assertNothingHeld();
    }

    @Test
    void cancel_reachesAllThatRun_andStartsNoOthers() throws InferenceException {
        Cancellation all = start(RequestParts.AT_ONCE + 1, this::queue);
        all.cancel();
        all.cancel();
        assertThat(queued).hasSize(RequestParts.AT_ONCE);
        respond(0); // it had been answered already
        for (Queued running : queued.subList(1, queued.size())) {
            assertThat(running.cancelled()).isNotEmpty();
            running.end(new InferenceException(ErrorCode.CANCELLED, "cancelled"));
        }
        assertThat(answer.error).extracting(InferenceException::code).isEqualTo(ErrorCode.CANCELLED);
        assertNothingHeld();
    }

    @Test
    void enqueue_modelThatTakesNotEvenTheFirst_leavesAllWithTheCaller() {
        InferenceException full = new InferenceException(ErrorCode.UNAVAILABLE, "full");
        assertThatThrownBy(() -> start(3, (_, _) -> {
            throw full;
        })).isEqualTo(full);
        assertThat(input.releases()).isZero();
        assertThat(answer.error).isNull();
    }

    @Test
    void enqueue_modelThatTakesNoMore_failsAllOfIt() throws InferenceException {
        InferenceException full = new InferenceException(ErrorCode.UNAVAILABLE, "full");
        start(4, (request, listener) -> {
            if (queued.size() == 2) {
                throw full;
            }
            return queue(request, listener);
        });
        assertThat(answer.error).isNull();
        respond(0);
        respond(1);
        assertThat(answer.error).isEqualTo(full);
        assertNothingHeld();
    }

    @Test
    void onResponse_moreThanMayBeHeld_endsTheRequest() throws InferenceException {
        start(12, this::queue);
        for (int part = 0; part < 10; part++) {
            respond(part);
        }
        assertThat(answer.error).isNull();
        respond(10);
        assertThat(queued.get(11).cancelled()).isNotEmpty();
        respond(11);
        assertThat(answer.error).extracting(InferenceException::code).isEqualTo(ErrorCode.UNAVAILABLE);
        assertNothingHeld();
    }
}
