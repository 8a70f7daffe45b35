package io.nereid.backend.python;

import io.nereid.backend.ModelCall;
import io.nereid.backend.Requests;
import io.nereid.backend.worker.IncomingTensors;
import io.nereid.backend.worker.RunningRequest;
import io.nereid.backend.worker.RunningRequests;
import io.nereid.backend.worker.SequenceIds;
import io.nereid.backend.worker.memory.Extents;
import io.nereid.backend.worker.message.FrameReader;
import io.nereid.backend.worker.message.FrameWriter;
import io.nereid.backend.worker.message.Frames;
import io.nereid.backend.worker.message.MalformedFrameException;
import io.nereid.backend.worker.message.MessageType;
import io.nereid.backend.worker.process.ReplyChannel;
import io.nereid.backend.workermemory.FileWorkerMemory;
import io.nereid.inference.CorrelationId;
import io.nereid.inference.CountingLease;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.PoisonedMemory;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.RequestTimes;
import io.nereid.inference.RequestTrace;
import io.nereid.inference.Shape;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** A worker's requests to other models, from its message to its replies. */
@Timeout(120)
class ModelCallsTest {
    private static final long CALL = 11;
    private static final int MORE_THAN_A_WORKER_MAY_LEAVE = 20;

    private final TensorMemory pooled = new PoisonedMemory(1 << 20, 1 << 20);
    private final FileWorkerMemory shared = new FileWorkerMemory(1 << 20, 1 << 20, Path.of("/tmp"), "");
    private final Extents extents = new Extents();
    private final RunningRequests requests = new RunningRequests(extents);
    private final RecordedServices services = new RecordedServices();
    private final ModelCalls calls = new ModelCalls("caller", services, new IncomingTensors(shared, extents, pooled),
            new OutgoingTensors(shared, extents), requests);
    private ReplyChannel channel;

    @BeforeEach
    void open() throws IOException {
        channel = new ReplyChannel();
    }

    @AfterEach
    void close() throws IOException {
        channel.close();
        extents.close();
        assertThat(pooled.bytesInUse()).isZero();
        assertThat(shared.memory().bytesInUse()).isZero();
        shared.close();
    }

    private static FrameWriter asking(boolean decoupled, long parent, long version) {
        return Frames.of(MessageType.INFER).flag(decoupled).u64(parent).str("other").u64(version).str("id");
    }

    private static FrameWriter simple() {
        FrameWriter out = asking(true, 0, -1);
        SequenceIds.write(out, RequestOptions.DEFAULT);
        return out.str("").strings(List.of()).u32(0);
    }

    private ModelCall infer(FrameWriter fields) throws Exception {
        calls.infer(CALL, Frames.read(fields), channel.replies());
        return services.started.element().call();
    }

    private static InferenceResponse response(Lease memory) {
        return new InferenceResponse(List.of(), Map.of(), memory);
    }

    @Test
    void infer_everyField_isTheCalls() throws Exception {
        TensorBuffer large = shared.allocator().allocate(40_000);
        long offset = shared.offsetOf(large.data());
        large.segment().fill((byte) 9);
        extents.grant(offset, 40_000, large);
        FrameWriter out = asking(false, 0, 3);
        SequenceIds.write(out, new RequestOptions(0, 77, CorrelationId.of("seq"), true, false));
        out.str("{\"p\":true}").strings(List.of("A", "B")).u32(2).tensorHead("S", DataType.FP32, Shape.of(2))
                .inline(MemorySegment.ofArray(Requests.bytes(1, 2))).tensorHead("L", DataType.UINT8, Shape.of(40_000))
                .shared(offset, 40_000);

        ModelCall call = infer(out);
        extents.free(offset);

        assertThat(call.caller()).isEqualTo("caller");
        assertThat(call.model()).isEqualTo("other");
        assertThat(call.version()).isEqualTo("3");
        assertThat(call.decoupled()).isFalse();
        assertThat(call.id()).isEqualTo("id");
        assertThat(call.requestedOutputs()).containsExactly("A", "B");
        assertThat(call.options()).isEqualTo(new RequestOptions(0, 77, CorrelationId.of("seq"), true, false));
        assertThat(call.parameters()).isEqualTo(Map.of("p", new ParameterValue.Flag(true)));
        assertThat(call.trace()).isNull();
        assertThat(Requests.floats(call.inputs().getFirst())).containsExactly(1, 2);
        assertThat(Requests.data(call.inputs().get(1))).hasSize(40_000).containsOnly(9);
        assertThat(call.inputs().get(1).memory().isForSeveral()).as("the caller has it too").isTrue();
        call.memory().release();
    }

    @Test
    void infer_anyVersion_isNone() throws Exception {
        ModelCall call = infer(simple());
        assertThat(call.version()).isEmpty();
        assertThat(call.decoupled()).isTrue();
        assertThat(call.options()).isEqualTo(RequestOptions.DEFAULT);
    }

    @Test
    void infer_forTheSakeOfARequest_hasItsTraceUntilItEnds() throws Exception {
        RequestTrace trace = () -> "{}";
        InferenceRequest traced = Requests.in(pooled).build().withTimes(new RequestTimes(), trace);
        RunningRequest parent = requests.add(traced, () -> false);
        FrameWriter out = asking(true, parent.handle(), -1);
        SequenceIds.write(out, RequestOptions.DEFAULT);
        out.str("").strings(List.of()).u32(0);
        assertThat(infer(out).trace()).isSameAs(trace);
        services.started.clear();

        requests.drop(parent);
        assertThat(infer(out).trace()).isNull();
    }

    @Test
    void infer_noMemoryForItsInputs_isTheReply() throws Exception {
        TensorBuffer all = pooled.allocate((1 << 20) - 4096);
        FrameWriter out = asking(true, 0, -1);
        SequenceIds.write(out, RequestOptions.DEFAULT);
        out.str("").strings(List.of()).u32(1).tensorHead("S", DataType.UINT8, Shape.of(8192))
                .inline(MemorySegment.ofArray(new byte[8192]));

        calls.infer(CALL, Frames.read(out), channel.replies());

        assertThat(channel.next(MessageType.ERROR, CALL).error().code()).isEqualTo(ErrorCode.UNAVAILABLE);
        assertThat(services.started).isEmpty();
        all.release();
    }

    @Test
    void infer_inputWhereTheWorkerHasNothing_isMalformedAndNothingIsKept() {
        FrameWriter out = asking(true, 0, -1);
        SequenceIds.write(out, RequestOptions.DEFAULT);
        out.str("").strings(List.of()).u32(2).tensorHead("S", DataType.UINT8, Shape.of(8))
                .inline(MemorySegment.ofArray(new byte[8])).tensorHead("L", DataType.UINT8, Shape.of(8)).shared(64, 8);

        assertThatExceptionOfType(MalformedFrameException.class)
                .isThrownBy(() -> calls.infer(CALL, Frames.read(out), channel.replies()));
        assertThat(services.started).isEmpty();
    }

    @Test
    void onResponse_ofTheModel_areRepliesToTheCall() throws Exception {
        ModelCall _ = infer(simple());
        CountingLease memory = new CountingLease();

        services.started.element().listener().onResponse(response(memory), false);
        services.started.element().listener().onError(new InferenceException(ErrorCode.CANCELLED, "enough"));

        FrameReader first = channel.next(MessageType.RESPONSE, CALL);
        assertThat(first.flag()).isFalse();
        assertThat(memory.releases()).isEqualTo(1);
        FrameReader last = channel.next(MessageType.RESPONSE, CALL);
        assertThat(last.flag()).isTrue();
        assertThat(last.u8()).isEqualTo(1);
        assertThat(last.error().text()).isEqualTo("enough");
    }

    @Test
    void cancel_untilTheCallHasEnded_isTheModels() throws Exception {
        ModelCall _ = infer(simple());
        calls.cancel(CALL + 1);
        assertThat(services.cancelled).hasValue(0);
        calls.cancel(CALL);
        assertThat(services.cancelled).hasValue(1);

        services.started.element().listener().onEnd();
        calls.cancel(CALL);
        calls.taken(CALL, 5);
        calls.close();
        assertThat(services.cancelled).hasValue(1);
    }

    @Test
    void taken_byTheWorker_letsTheModelGoOn() throws Exception {
        ModelCall _ = infer(simple());
        CountingLease memory = new CountingLease();
        Thread model = Thread.ofPlatform().daemon().start(() -> {
            for (int i = 0; i < MORE_THAN_A_WORKER_MAY_LEAVE; i++) {
                services.started.element().listener().onResponse(response(memory), false);
            }
        });
        for (int i = 0; i < MORE_THAN_A_WORKER_MAY_LEAVE; i++) {
            assertThat(channel.next(MessageType.RESPONSE, CALL).flag()).isFalse();
            calls.taken(CALL, 1);
        }
        model.join();
        assertThat(memory.releases()).isEqualTo(MORE_THAN_A_WORKER_MAY_LEAVE);
    }

    @Test
    void close_workerIsGone_cancelsAllAndNoModelWaitsForIt() throws Exception {
        ModelCall _ = infer(simple());
        calls.close();

        assertThat(services.cancelled).hasValue(1);
        sendMany();
    }

    /** What a worker has asked just before it died may be read after that was seen. */
    @Test
    void infer_workerIsGoneAlready_isCancelledAndNoModelWaitsForIt() throws Exception {
        calls.close();
        ModelCall _ = infer(simple());

        assertThat(services.cancelled).hasValue(1);
        sendMany();
    }

    private void sendMany() {
        CountingLease memory = new CountingLease();
        for (int i = 0; i < MORE_THAN_A_WORKER_MAY_LEAVE; i++) {
            services.started.element().listener().onResponse(response(memory), false);
        }
        assertThat(memory.releases()).isEqualTo(MORE_THAN_A_WORKER_MAY_LEAVE);
    }
}
