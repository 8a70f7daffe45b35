package io.nereid.backend.worker;

import io.nereid.backend.InstancePlacement;
import io.nereid.backend.RunningModel;
import io.nereid.backend.worker.memory.Extents;
import io.nereid.backend.worker.message.Answer;
import io.nereid.backend.worker.message.FrameReader;
import io.nereid.backend.worker.message.FrameWriter;
import io.nereid.backend.worker.message.MessageType;
import io.nereid.backend.worker.process.Replies;
import io.nereid.backend.worker.process.StandIn;
import io.nereid.backend.worker.process.WorkerCommand;
import io.nereid.backend.worker.process.WorkerProcess;
import io.nereid.backend.workermemory.FileWorkerMemory;
import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Outcome;
import io.nereid.inference.Requests;
import io.nereid.inference.Shape;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;
import io.nereid.scheduler.instance.DirectRun;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.helpers.NOPLogger;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;

import static org.assertj.core.api.Assertions.assertThat;

/** An instance whose worker is a script. */
@Timeout(120)
class WorkerInstanceTest {
    @TempDir
    private Path folder;

    private final CountDownLatch endWasSeen = new CountDownLatch(1);
    /** Gives memory when the end of the worker was seen: so long is its answer read. */
    private final TensorMemory memory = new TensorMemory(1 << 20, 0) {
        @Override
        public TensorBuffer allocate(long byteSize) throws InferenceException {
            try {
                endWasSeen.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            return super.allocate(byteSize);
        }
    };

    private static final class NoCalls implements CallAnswers {
        @Override
        public void handle(FrameReader call, Replies replies) {
            throw new AssertionError("the script calls nobody");
        }

        @Override
        public void close() {
            // nothing was asked for
        }
    }

    /** It answers the first request, and the second "by its sender"; then it ends, before it has sent anything. */
    @Test
    void execute_workerEndsWhileItsAnswerIsRead_endsWhatItStillOwes() throws Exception {
        FrameWriter answer = new FrameWriter(64).begin(MessageType.EXECUTED).u32(2).u8(Answer.RESPONSE).str("").u32(1)
                .tensorHead("OUT", DataType.UINT8, Shape.of(1, 2)).inline(MemorySegment.ofArray(new byte[]{1, 2}))
                .u8(Answer.BY_SENDER).u32(0).u32(0).end();
        Path script = StandIn.script(folder, StandIn.READ, StandIn.print(answer), "exit 3\n");
        ModelTensors tensors = ModelTensors.of(RunningModel.config("m", """
                backend: "python"
                max_batch_size: 4
                output { name: "OUT" data_type: TYPE_UINT8 dims: -1 }
                """));
        Extents extents = new Extents();
        try (FileWorkerMemory shared = new FileWorkerMemory(1 << 20, 0, folder, "")) {
            NoCalls calls = new NoCalls();
            WorkerInstance instance = new WorkerInstance(
                    new InstancePlacement("m_0", InstancePlacement.Kind.CPU, 0, 1, false),
                    new WorkerModel(tensors, shared, false, false, false, null, Duration.ofSeconds(60)),
                    WorkerProcess.start("m_0", "m/m_0", new WorkerCommand("Stub process",
                            List.of(script.toString(), "-X", "utf8", "/nereid/worker"), "install Python", Map.of(),
                            Set.of(), "/dev/null:0"), calls, NOPLogger.NOP_LOGGER),
                    extents, new RunningRequests(extents), new ResponseReader(new OutputRules("m", tensors, false),
                            new IncomingTensors(shared, extents, memory)),
                    calls);
            instance.whenGone(endWasSeen::countDown);

            FutureTask<List<Outcome>> run = new FutureTask<>(() -> new DirectRun(instance, (_, e) -> {
                throw new AssertionError(e);
            }).execute(List.of(Requests.of("a"), Requests.of("b"))));
            Thread.ofPlatform().daemon().start(run); // no interrupt ends its wait for what is owed
            List<Outcome> outcomes = run.get();

            assertThat(outcomes.getFirst()).isInstanceOfSatisfying(InferenceResponse.class,
                    response -> response.memory().release());
            assertThat(outcomes.getLast()).isInstanceOfSatisfying(InferenceException.class, error -> assertThat(
                    error.text()).startsWith("Stub process 'm_0' is not healthy. It ended by exit code 3."));
            instance.close();
        }
        assertThat(memory.bytesInUse()).isZero();
        memory.close();
    }
}
