package io.nereid.backend.python;

import io.nereid.backend.BackendEnvironment;
import io.nereid.backend.CpuBudget;
import io.nereid.backend.Requests;
import io.nereid.backend.RunningModel;
import io.nereid.backend.device.CudaDevices;
import io.nereid.backend.worker.IncomingTensors;
import io.nereid.backend.worker.ModelTensors;
import io.nereid.backend.worker.OutputRules;
import io.nereid.backend.worker.ResponseReader;
import io.nereid.backend.worker.RunningRequest;
import io.nereid.backend.worker.RunningRequests;
import io.nereid.backend.worker.SequenceIds;
import io.nereid.backend.worker.memory.Extents;
import io.nereid.backend.worker.message.Answer;
import io.nereid.backend.worker.message.FrameReader;
import io.nereid.backend.worker.message.FrameWriter;
import io.nereid.backend.worker.message.Frames;
import io.nereid.backend.worker.message.MalformedFrameException;
import io.nereid.backend.worker.message.MessageType;
import io.nereid.backend.worker.process.ReplyChannel;
import io.nereid.backend.workermemory.FileWorkerMemory;
import io.nereid.inference.Await;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.PoisonedMemory;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.ResponseListener;
import io.nereid.inference.Shape;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.scheduler.instance.ResponseSenders;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** What a worker may ask, and what none may. */
@Timeout(120)
class WorkerCallsTest {
    private static final long CALL = 3;
    private static final int FINAL = 1;

    private final TensorMemory pooled = new PoisonedMemory(1 << 20, 1 << 20);
    private final FileWorkerMemory shared = new FileWorkerMemory(1 << 20, 1 << 20, Path.of("/tmp"), "");
    private final Extents extents = new Extents();
    private final RunningRequests requests = new RunningRequests(extents);
    private final RecordedServices services = new RecordedServices();
    private final ReplyChannel channel = new ReplyChannel();
    private final List<String> received = new CopyOnWriteArrayList<>();
    private final AtomicBoolean cancelled = new AtomicBoolean();

    WorkerCallsTest() throws IOException {}

    @AfterEach
    void close() throws IOException {
        channel.close();
        extents.close();
        assertThat(pooled.bytesInUse()).isZero();
        assertThat(shared.memory().bytesInUse()).isZero();
        shared.close();
    }

    private WorkerCalls calls(boolean decoupled) throws InferenceException {
        ModelConfig config = RunningModel.config("m", """
                backend: "python"
                input { name: "IN" data_type: TYPE_FP32 dims: -1 }
                output { name: "OUT" data_type: TYPE_FP32 dims: -1 }
                model_transaction_policy { decoupled: %b }
                """.formatted(decoupled));
        Workers workers = new Workers(PythonSettings.of(Map.of()),
                new BackendEnvironment(pooled, Map.of(), new CpuBudget(1), CudaDevices.NONE), shared, services);
        IncomingTensors incoming = new IncomingTensors(shared, extents, pooled);
        return new WorkerCalls(config, workers, extents, requests, incoming,
                new ResponseReader(new OutputRules("m", ModelTensors.of(config), true), incoming));
    }

    private void handle(WorkerCalls calls, FrameWriter call) throws MalformedFrameException {
        calls.handle(Frames.read(call), channel.replies());
    }

    private static FrameWriter call(int type) {
        return Frames.of(type).u64(CALL);
    }

    private FrameReader reply(int type) throws IOException {
        return channel.next(type, CALL);
    }

    private RunningRequest running() throws InferenceException {
        RunningRequest running = requests.add(Requests.in(pooled).build(), cancelled::get);
        running.sendBy(ResponseSenders.to(new ResponseListener() {
            @Override
            public void onResponse(InferenceResponse response, boolean last) {
                response.memory().release(); // what was received last is the end of a test
                received.add((last ? "last " : "") + response.outputs().size());
            }

            @Override
            public void onFailedResponse(InferenceException error) {
                received.add("passing " + error.text());
            }

            @Override
            public void onEnd() {
                received.add("end");
            }

            @Override
            public void onError(InferenceException error) {
                received.add("error " + error.code() + " " + error.text());
            }
        }));
        return running;
    }

    private static FrameWriter sending(RunningRequest to, int flags) {
        return call(MessageType.SEND).u64(to.handle()).u32(flags);
    }

    private static FrameWriter answer(FrameWriter out) {
        return out.flag(true).u8(Answer.RESPONSE).str("").u32(1).tensorHead("OUT", DataType.FP32, Shape.of(1))
                .inline(MemorySegment.ofArray(Requests.bytes(1)));
    }

    @Test
    void allocate_memoryThereIs_isTheWorkersUntilItFreesIt() throws Exception {
        WorkerCalls calls = calls(true);
        handle(calls, call(MessageType.ALLOCATE).u64(20_000));
        FrameReader extent = reply(MessageType.EXTENT);
        long offset = extent.i64();
        assertThat(extent.i64()).isEqualTo(20_000);
        assertThat(shared.memory().bytesInUse()).isPositive();

        handle(calls, Frames.of(MessageType.FREE).u64(0).u32(1).u64(offset));

        assertThat(shared.memory().bytesInUse()).isZero();
        assertThatExceptionOfType(MalformedFrameException.class)
                .isThrownBy(() -> handle(calls, Frames.of(MessageType.FREE).u64(0).u32(1).u64(offset)));
    }

    @Test
    void allocate_moreThanThereIs_isTritonsError() throws Exception {
        TensorBuffer all = shared.allocator().allocate((1 << 20) - 4096);
        WorkerCalls calls = calls(true);
        for (Map.Entry<Long, ErrorCode> asked : Map.of(8192L, ErrorCode.UNAVAILABLE, 1L << 30, ErrorCode.INVALID_ARG)
                .entrySet()) {
            handle(calls, call(MessageType.ALLOCATE).u64(asked.getKey()));

            InferenceException error = reply(MessageType.ERROR).error();
            assertThat(error.code()).isEqualTo(asked.getValue());
            assertThat(error.text()).startsWith("Failed to increase the shared memory pool size: ");
        }
        all.release();
    }

    @Test
    void allocate_workerIsGone_isGivenBack() throws Exception {
        extents.close();
        handle(calls(true), call(MessageType.ALLOCATE).u64(100));

        assertThat(shared.memory().bytesInUse()).isZero();
    }

    @Test
    void send_toADecoupledModelsClient_isEachResponseThenTheEnd() throws Exception {
        WorkerCalls calls = calls(true);
        RunningRequest running = running();
        handle(calls, answer(sending(running, 0)));
        reply(MessageType.DONE).end();
        handle(calls, sending(running, 0).flag(true).u8(Answer.ERROR)
                .error(new InferenceException(ErrorCode.INVALID_ARG, "this one")));
        reply(MessageType.DONE).end();
        handle(calls, sending(running, FINAL).flag(false));
        reply(MessageType.DONE).end();

        assertThat(received).containsExactly("1", "passing this one", "end");
    }

    @Test
    void send_lastResponse_isSentAsThat() throws Exception {
        handle(calls(true), answer(sending(running(), FINAL)));
        reply(MessageType.DONE).end();
        assertThat(received).containsExactly("last 1");
    }

    @Test
    void send_ofAModelThatIsNotDecoupled_theFirstIsTheLast() throws Exception {
        WorkerCalls calls = calls(false);
        RunningRequest running = running();
        handle(calls, answer(sending(running, 0)));
        reply(MessageType.DONE).end();
        handle(calls, sending(running, FINAL).flag(false));
        reply(MessageType.DONE).end();
        assertThat(received).containsExactly("last 1");
    }

    @Test
    void send_responseThatContradictsTheConfiguration_isAnErrorOfTheRequest() throws Exception {
        FrameWriter wrong = sending(running(), FINAL).flag(true).u8(Answer.RESPONSE).str("").u32(1)
                .tensorHead("OUT", DataType.INT8, Shape.of(4)).inline(MemorySegment.ofArray(new byte[4]));
        handle(calls(true), wrong);
        reply(MessageType.DONE).end();
        assertThat(received).singleElement().asString().startsWith("error ").contains("OUT");
    }

    @Test
    void send_requestThatHasEnded_isDone() throws Exception {
        RunningRequest running = running();
        requests.drop(running);
        handle(calls(true), answer(sending(running, FINAL)));
        reply(MessageType.DONE).end();
        assertThat(received).isEmpty();
        running.send(RunningRequest.Step.end(new InferenceException(ErrorCode.INTERNAL, "")));
    }

    @Test
    void send_neitherAnAnswerNorTheEnd_isMalformed() throws Exception {
        WorkerCalls calls = calls(true);
        RunningRequest running = running();
        assertThatExceptionOfType(MalformedFrameException.class)
                .isThrownBy(() -> handle(calls, sending(running, 0).flag(false)))
                .withMessage("neither an answer nor the end to send");
        assertThatExceptionOfType(MalformedFrameException.class)
                .isThrownBy(() -> handle(calls, sending(running, 0).flag(true).u8(Answer.BY_SENDER)))
                .withMessageContaining("kind 2");
        assertThat(received).isEmpty();
        requests.send(running, RunningRequest.Step.end(new InferenceException(ErrorCode.INTERNAL, "")));
    }

    @Test
    void send_rubbish_isMalformedOrAnAnswerAndNothingElse() throws Exception {
        WorkerCalls calls = calls(true);
        Random random = new Random(7);
        int malformed = 0;
        for (int i = 0; i < 3_000; i++) {
            RunningRequest running = running();
            FrameWriter out = sending(running, random.nextInt(4)).u8(random.nextInt(3)).u8(random.nextInt(3));
            for (int more = random.nextInt(40); more > 0; more--) {
                out.u8(random.nextInt(4) == 0 ? random.nextInt(256) : random.nextInt(2));
            }
            try {
                handle(calls, out);
            } catch (MalformedFrameException _) {
                malformed++;
            }
            requests.send(running, RunningRequest.Step.end(new InferenceException(ErrorCode.INTERNAL, "the last")));
        }
        // Some are sent on threads of their own.
        Await.until(() -> received.stream().filter(text -> !text.startsWith("passing")).count() >= 3_000);
        assertThat(received).as("each ends once").filteredOn(text -> !text.startsWith("passing")).hasSize(3_000);
        assertThat(received).as("some were errors, and some the end").contains("end")
                .anyMatch(text -> text.startsWith("passing"));
        assertThat(malformed).isBetween(1_000, 2_999);
    }

    @Test
    void isCancelled_isTheRequests_andFalseForOneThatHasEnded() throws Exception {
        WorkerCalls calls = calls(true);
        RunningRequest running = running();
        FrameWriter asking = call(MessageType.IS_CANCELLED).u64(running.handle());
        handle(calls, asking);
        assertThat(reply(MessageType.FLAG).flag()).isFalse();
        cancelled.set(true);
        handle(calls, asking);
        assertThat(reply(MessageType.FLAG).flag()).isTrue();
        requests.drop(running);
        handle(calls, asking);
        assertThat(reply(MessageType.FLAG).flag()).isFalse();
    }

    @Test
    void released_handles_areForgottenAndUnknownOnesPassedOver() throws Exception {
        RunningRequest first = requests.add(Requests.in(pooled).build(), () -> false);
        RunningRequest second = requests.add(Requests.in(pooled).build(), () -> false);
        requests.executed(first, true);
        handle(calls(true), Frames.of(MessageType.RELEASED).u64(0).u32(3).u64(77).u64(first.handle())
                .u64(second.handle()));
        assertThat(requests.find(second.handle())).isSameAs(second);
        requests.executed(second, true);
        assertThat(requests.find(second.handle())).isNull();
    }

    @Test
    void ready_answers_areThoseOfTheQuestions() throws Exception {
        WorkerCalls calls = calls(true);
        assertThat(calls.askReady(channel.replies()).join()).as("of a model that has no is_ready").isTrue();
        calls.started(true);
        CompletableFuture<Boolean> answer = calls.askReady(channel.replies());
        channel.next(MessageType.IS_READY, 1).end();
        handle(calls, Frames.of(MessageType.READY).u64(1).u8(1));
        assertThat(answer.join()).isTrue();

        CompletableFuture<Boolean> open = calls.askReady(channel.replies());
        calls.close();
        assertThatExceptionOfType(CompletionException.class).isThrownBy(open::join)
                .withMessageContaining("the model's process has ended");
    }

    @Test
    void controlAndInference_areTheServers() throws Exception {
        WorkerCalls calls = calls(true);
        handle(calls, call(MessageType.UNLOAD_MODEL).str("x").flag(false));
        reply(MessageType.DONE).end();
        handle(calls, call(MessageType.MODEL_READY).str("ready").str("3"));
        assertThat(reply(MessageType.FLAG).flag()).isTrue();
        FrameWriter infer = call(MessageType.INFER).flag(false).u64(0).str("other").u64(-1).str("");
        SequenceIds.write(infer, RequestOptions.DEFAULT);
        handle(calls, infer.str("").strings(List.of()).u32(0));
        assertThat(services.started.take().call().caller()).isEqualTo("m");
        handle(calls, call(MessageType.CANCEL));
        assertThat(services.cancelled).hasValue(1);
        for (int level = 0; level < 5; level++) {
            handle(calls, Frames.of(MessageType.LOG).u64(0).u8(level).str("/a/model.py").u32(7).str("text {}"));
        }
        handle(calls, call(MessageType.TAKEN).u32(1));
    }

    @Test
    void whatNoWorkerSays_isMalformed() throws Exception {
        WorkerCalls calls = calls(true);
        for (int type : new int[]{0, MessageType.EXECUTED, MessageType.DONE, 49, 255}) {
            assertThatExceptionOfType(MalformedFrameException.class).isThrownBy(() -> handle(calls, call(type)))
                    .withMessage("a call of type " + type);
        }
        assertThatExceptionOfType(MalformedFrameException.class)
                .isThrownBy(() -> handle(calls, Frames.of(MessageType.ALLOCATE)));
        assertThatExceptionOfType(MalformedFrameException.class)
                .isThrownBy(() -> handle(calls, call(MessageType.RELEASED).u32(1 << 30)));
    }

    @Test
    void noCalls_whatCompletesAConfiguration_mayOnlyLog() throws Exception {
        NoCalls.INSTANCE.handle(Frames.read(Frames.of(MessageType.LOG).u64(0)), channel.replies());
        NoCalls.INSTANCE.handle(Frames.read(call(MessageType.INFER)), channel.replies());
        assertThat(reply(MessageType.ERROR).error().code()).isEqualTo(ErrorCode.UNSUPPORTED);
    }
}
