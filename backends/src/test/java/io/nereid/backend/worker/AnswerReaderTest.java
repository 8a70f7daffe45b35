package io.nereid.backend.worker;

import io.nereid.backend.RunningModel;
import io.nereid.backend.worker.memory.Extents;
import io.nereid.backend.worker.message.Answer;
import io.nereid.backend.worker.message.FrameReader;
import io.nereid.backend.worker.message.FrameWriter;
import io.nereid.backend.worker.message.MalformedFrameException;
import io.nereid.backend.worker.message.MessageType;
import io.nereid.backend.workermemory.FileWorkerMemory;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Outcome;
import io.nereid.inference.Requests;
import io.nereid.scheduler.instance.Batch;
import io.nereid.scheduler.instance.DirectRun;
import io.nereid.scheduler.instance.ModelInstance;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

import static org.assertj.core.api.Assertions.assertThat;

/** What becomes of requests by each kind of answer, and what no worker writes. */
@Timeout(120)
class AnswerReaderTest {
    private final FileWorkerMemory shared = new FileWorkerMemory(1 << 20, 1 << 20, Path.of("/tmp"), "");
    private final Extents extents = new Extents();
    private final ModelTensors tensors = ModelTensors.of(RunningModel.config("m", """
            backend: "python"
            max_batch_size: 4
            input { name: "IN" data_type: TYPE_FP32 dims: -1 }
            output { name: "OUT" data_type: TYPE_FP32 dims: -1 }
            """));
    private final RunningRequests requests = new RunningRequests(extents);
    private final AnswerReader answers = new AnswerReader("m_0",
            new WorkerModel(tensors, shared, false, false, false, null, Duration.ofSeconds(1)), extents, requests,
            new ResponseReader(new OutputRules("m", tensors, false),
                    new IncomingTensors(shared, extents, shared.allocator())));

    @AfterEach
    void close() {
        extents.close();
        shared.close();
    }

    /** An instance that gets that answer to an execution. */
    private final class Answered implements ModelInstance {
        private final FrameWriter frame;
        private @Nullable Throwable thrown;
        private @Nullable RunningRequest[] running = {};

        Answered(int type, Consumer<FrameWriter> fields) {
            frame = new FrameWriter(64).begin(type);
            fields.accept(frame);
            frame.end();
        }

        @Override
        public String name() {
            return "m_0";
        }

        @Override
        public void execute(Batch batch) throws InferenceException {
            running = new @Nullable RunningRequest[batch.size()];
            for (int i = 0; i < running.length; i++) {
                running[i] = requests.add(batch.request(i), batch.cancelled(i));
            }
            @Nullable
            RunningRequest[] asked = running.clone();
            try {
                answers.read(FrameReader.of(Arrays.copyOf(frame.bytes(), frame.size())), batch, running);
                for (RunningRequest request : asked) {
                    if (request != null && request.hasSender()) {
                        requests.send(request, RunningRequest.Step.end(new InferenceResponse(List.of(), Map.of(),
                                () -> {
                                })));
                    }
                }
            } catch (MalformedFrameException e) {
                thrown = e;
                throw new InferenceException(ErrorCode.INTERNAL, String.valueOf(e.getMessage())); // ends the senders
            } finally {
                requests.executed(running, new long[0]);
            }
        }

        @Override
        public void close() {
            // there is no worker
        }
    }

    private static List<Outcome> run(Answered instance) {
        List<InferenceRequest> two = List.of(Requests.of("a"), Requests.of("b"));
        return new DirectRun(instance, (_, e) -> {
            throw new AssertionError(e);
        }).execute(two);
    }

    private static FrameWriter none(FrameWriter frame) {
        return frame.u32(0).u32(0); // nothing is referred to, nothing freed
    }

    private static FrameWriter error(FrameWriter frame, int kind, String text) {
        return frame.u8(kind).error(new InferenceException(ErrorCode.INTERNAL, text));
    }

    private static String text(Outcome outcome) {
        return outcome instanceof InferenceException error ? error.text() : "a response";
    }

    @Test
    void read_oneAnswerEach_goesToItsRequest() {
        List<Outcome> outcomes = run(new Answered(MessageType.EXECUTED, frame -> {
            frame.u32(2).u8(Answer.RESPONSE).str("").u32(0);
            none(error(frame, Answer.FAILURE, "broken"));
        }));
        assertThat(outcomes).extracting(AnswerReaderTest::text).containsExactly("a response", "broken");
        assertThat(requests.hasOpenSenders()).isFalse();
    }

    @Test
    void read_noAnswer_saysWhatTheModelLeftOut() {
        List<Outcome> outcomes = run(new Answered(MessageType.EXECUTED,
                frame -> none(error(frame.u32(2).u8(Answer.NOTHING), Answer.ERROR, "too small"))));
        assertThat(text(outcomes.getFirst())).startsWith("Failed to process the request(s) for model 'm_0'")
                .endsWith("took no response sender for it");
        assertThat(text(outcomes.getLast())).isEqualTo("too small");
    }

    @Test
    void read_bySender_isKnownFromThenOn() {
        assertThat(answers.isBySender()).isFalse();
        List<Outcome> outcomes = run(new Answered(MessageType.EXECUTED,
                frame -> none(frame.u32(2).u8(Answer.BY_SENDER).u8(Answer.BY_SENDER))));
        assertThat(answers.isBySender()).isTrue();
        assertThat(outcomes).extracting(AnswerReaderTest::text).containsExactly("a response", "a response");
    }

    @Test
    void read_failedExecution_failsAll() {
        List<Outcome> outcomes = run(new Answered(MessageType.FAILED,
                frame -> frame.error(new InferenceException(ErrorCode.INTERNAL, "raised")).u32(0)));
        assertThat(outcomes).extracting(AnswerReaderTest::text).containsExactly("raised", "raised");
    }

    @Test
    void read_whatNoWorkerWrites_isMalformed() {
        expectMalformed("an answer of kind 77", MessageType.EXECUTED, frame -> frame.u32(2).u8(77).u8(77));
        expectMalformed("a wrong number of answers", MessageType.EXECUTED,
                frame -> none(error(error(frame.u32(3), Answer.FAILURE, "x"), Answer.FAILURE, "y")));
        expectMalformed("a request put back by a model without iterative sequences", MessageType.EXECUTED,
                frame -> none(frame.u32(2).u8(Answer.RESCHEDULED).u8(Answer.RESCHEDULED)));
        expectMalformed("a message of type " + MessageType.EXECUTE + " after an execution", MessageType.EXECUTE,
                AnswerReaderTest::none);
    }

    private void expectMalformed(String text, int type, Consumer<FrameWriter> fields) {
        Answered instance = new Answered(type, fields);
        run(instance);
        assertThat(instance.thrown).isInstanceOf(MalformedFrameException.class).hasMessageContaining(text);
        assertThat(instance.running).as("nothing is the worker's any more").containsOnlyNulls();
    }
}
