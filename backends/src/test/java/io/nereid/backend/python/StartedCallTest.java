package io.nereid.backend.python;

import io.nereid.backend.Requests;
import io.nereid.backend.worker.memory.Extents;
import io.nereid.backend.worker.message.FrameReader;
import io.nereid.backend.worker.message.MessageType;
import io.nereid.backend.worker.process.ReplyChannel;
import io.nereid.backend.workermemory.FileWorkerMemory;
import io.nereid.inference.CountingLease;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;

/** What a worker reads of its call to another model. */
class StartedCallTest {
    private static final long CALL = 17;
    private static final int UNTAKEN = 8;
    private static final int RESPONSE = 0;
    private static final int ERROR = 1;
    private static final int NOTHING = 2;

    private final FileWorkerMemory shared = new FileWorkerMemory(1 << 20, 1 << 20, Path.of("/tmp"), "");
    private final AtomicInteger ended = new AtomicInteger();
    private final CountingLease memory = new CountingLease();
    private ReplyChannel channel;
    private StartedCall call;

    @BeforeEach
    void open() throws IOException {
        channel = new ReplyChannel();
        call = new StartedCall(CALL, channel.replies(), new OutgoingTensors(shared, new Extents()),
                ended::incrementAndGet);
    }

    @AfterEach
    void close() throws IOException {
        channel.close();
        shared.close();
    }

    private InferenceResponse response(float value) {
        Tensor output = new Tensor("OUT", DataType.FP32, Shape.of(1), MemorySegment.ofArray(Requests.bytes(value)));
        return new InferenceResponse(List.of(output), Map.of(), memory);
    }

    private FrameReader next(boolean last, int kind) throws IOException {
        FrameReader reply = channel.next(MessageType.RESPONSE, CALL);
        assertThat(reply.flag()).isEqualTo(last);
        assertThat(reply.u8()).isEqualTo(kind);
        return reply;
    }

    @Test
    void onResponse_last_isTheOnlyReplyAndEndsTheCall() throws Exception {
        call.onResponse(response(5), true);

        FrameReader reply = next(true, RESPONSE);
        assertThat(reply.str()).isEmpty();
        assertThat(reply.tensors()).singleElement().satisfies(tensor -> assertThat(tensor.name()).isEqualTo("OUT"));
        reply.end();
        assertThat(ended).hasValue(1);
        assertThat(memory.releases()).isEqualTo(1);
    }

    @Test
    void onResponse_severalThenNothing_areRepliesInTheirOrder() throws Exception {
        call.onResponse(response(1), false);
        call.onFailedResponse(new InferenceException(ErrorCode.INTERNAL, "the second"));
        call.onEnd();

        assertThat(next(false, RESPONSE).str()).isEmpty();
        assertThat(next(false, ERROR).error().text()).isEqualTo("the second");
        next(true, NOTHING).end();
        assertThat(ended).hasValue(1);
    }

    @Test
    void onError_endsTheCallByIt() throws Exception {
        call.onError(new InferenceException(ErrorCode.NOT_FOUND, "no such model"));

        InferenceException error = next(true, ERROR).error();
        assertThat(error.code()).isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(error.text()).isEqualTo("no such model");
        assertThat(ended).hasValue(1);
    }

    @Test
    void onResponse_moreThanTheWorkerHasTaken_waitsForIt() throws Exception {
        Thread model = Thread.ofPlatform().daemon().start(() -> {
            for (int i = 0; i < UNTAKEN + 2; i++) {
                call.onResponse(response(i), false);
            }
        });
        for (int i = 0; i < UNTAKEN; i++) {
            assertThat(next(false, RESPONSE).str()).isEmpty();
        }
        assertThat(model.isAlive()).isTrue();

        call.taken(1);
        assertThat(next(false, RESPONSE).str()).isEmpty();
        assertThat(model.isAlive()).isTrue();
        call.taken(1);
        assertThat(next(false, RESPONSE).str()).isEmpty();
        model.join();
    }

    @Test
    void cancel_modelWaitsForTheWorker_waitsNoLonger() throws Exception {
        AtomicInteger cancelled = new AtomicInteger();
        call.cancelBy(cancelled::incrementAndGet);
        Thread model = Thread.ofPlatform().daemon().start(() -> {
            for (int i = 0; i < 2 * UNTAKEN; i++) {
                call.onResponse(response(i), false);
            }
        });

        call.cancel();
        model.join();

        assertThat(cancelled).hasValue(1);
        assertThat(memory.releases()).isEqualTo(2 * UNTAKEN);
    }

    @Test
    void cancel_beforeTheCallCanBe_isDoneAsSoonAsItCan() {
        AtomicInteger cancelled = new AtomicInteger();
        call.cancel();
        assertThat(cancelled).hasValue(0);

        call.cancelBy(cancelled::incrementAndGet);

        assertThat(cancelled).hasValue(1);
    }
}
