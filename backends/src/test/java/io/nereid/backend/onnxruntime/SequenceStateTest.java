package io.nereid.backend.onnxruntime;

import io.nereid.backend.BackendModel;
import io.nereid.backend.CpuBudget;
import io.nereid.backend.InstancePlan;
import io.nereid.backend.ModelVersion;
import io.nereid.backend.Requests;
import io.nereid.inference.Await;
import io.nereid.inference.CorrelationId;
import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.NanoClock;
import io.nereid.inference.RecordingListener;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.Shape;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelConfigCompletion;
import io.nereid.scheduler.BatchCompatibility;
import io.nereid.scheduler.BatchScheduler;
import io.nereid.scheduler.QueuePolicy;
import io.nereid.scheduler.SchedulerEnvironment;
import io.nereid.scheduler.instance.InstanceEnvironment;
import io.nereid.scheduler.instance.InstanceGroup;
import io.nereid.scheduler.instance.ModelInstance;
import io.nereid.scheduler.sequence.SequenceControls;
import io.nereid.scheduler.sequence.SequenceLimits;
import io.nereid.scheduler.sequence.SequenceQueue;
import io.nereid.scheduler.sequence.SequenceScheduler;
import io.nereid.scheduler.sequence.SequenceStrategy;
import io.nereid.scheduler.sequence.StartSize;
import io.nereid.statistics.ModelStatistics;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Files;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** States that are kept for the sequences of ONNX models. */
@Timeout(60)
class SequenceStateTest extends OnnxRuntimeTest {
    /** The names of the states' outputs are in the opposite order to those of their inputs. */
    private static final OnnxModel SUM_AND_MAX = new OnnxModel().input("x", DataType.FP32, "batch", 1L)
            .input("a_in", DataType.FP32, "batch", 1L).input("b_in", DataType.FP32, "batch", 1L)
            .output("sum", DataType.FP32, "batch", 1L).output("most", DataType.FP32, "batch", 1L)
            .output("z_out", DataType.FP32, "batch", 1L).output("y_out", DataType.FP32, "batch", 1L)
            .node("Add", "x,a_in", "z_out").node("Max", "x,b_in", "y_out").node("Identity", "z_out", "sum")
            .node("Identity", "y_out", "most");
    private static final String TENSORS = """
            input { name: "x" data_type: TYPE_FP32 dims: 1 }
            output [ { name: "sum" data_type: TYPE_FP32 dims: 1 }, { name: "most" data_type: TYPE_FP32 dims: 1 } ]
            max_batch_size: 4
            """;
    private static final String STATES = """
            sequence_batching { direct { } state [
              { input_name: "a_in" output_name: "z_out" data_type: TYPE_FP32 dims: 1 %s },
              { input_name: "b_in" output_name: "y_out" data_type: TYPE_FP32 dims: 1 } ] }
            """;
    private static final OnnxModel HISTORY = new OnnxModel().input("x", DataType.FP32, 1L)
            .input("before", DataType.FP32, "n").output("after", DataType.FP32, "m")
            .node("Concat", "before,x", "after", OnnxModel.number("axis", 0));

    /** A model that runs sequences. */
    private final class Running implements AutoCloseable {
        private final BackendModel model;
        private final BatchScheduler batches;
        private final SequenceScheduler scheduler;
        private final InstanceGroup group;

        Running(OnnxModel onnx, String text, StartSize start) throws Exception {
            ModelVersion version = onnx.writeTo(directory, "m");
            ModelConfig config = ModelConfigCompletion.complete(running().complete(version, config(text)),
                    running().preferredGroups(), List.of());
            model = running().load(version, config);
            ModelInstance instance = model
                    .createInstance(InstancePlan.of(config, new CpuBudget(1)).placements().getFirst());
            SequenceControls controls = new SequenceControls("m", List.of(), config.maxBatchSize() > 0, memory);
            ModelStatistics statistics = new ModelStatistics(InstantSource.system());
            batches = new BatchScheduler(
                    new SequenceQueue("m", new SequenceStrategy.Direct(Math.max(1, config.maxBatchSize()), 0, 0),
                            new SequenceLimits(TimeUnit.HOURS.toNanos(1), QueuePolicy.UNLIMITED, 0), start,
                            controls::nullRequest, _ -> {
                            }),
                    BatchCompatibility.ALL, false, null,
                    new SchedulerEnvironment(NanoClock.SYSTEM, (_, _) -> () -> {
                    }, statistics, (_, error) -> {
                        throw new AssertionError(error);
                    }));
            scheduler = new SequenceScheduler("m", controls, batches, false);
            group = new InstanceGroup(batches, List.of(InstanceGroup.Member.of(instance)),
                    new InstanceEnvironment(false, statistics, NanoClock.SYSTEM, (_, error) -> {
                        throw new AssertionError(error);
                    }));
        }

        RecordingListener send(long sequence, boolean start, boolean end, InferenceRequest request)
                throws InferenceException {
            RecordingListener listener = new RecordingListener();
            scheduler.enqueue(new InferenceRequest(request.id(), request.inputs(), request.requestedOutputs(), 1,
                    new RequestOptions(0, 0, CorrelationId.of(sequence), start, end), request.parameters(),
                    request.memory()), listener);
            return listener;
        }

        RecordingListener send(long sequence, boolean start, float x) throws InferenceException {
            return send(sequence, start, false, Requests.in(memory).floats("x", Shape.of(1, 1), x).build());
        }

        @Override
        public void close() {
            group.close();
            model.close();
        }
    }

    private static List<Float> values(RecordingListener listener) {
        InferenceResponse response = listener.response();
        try {
            return response.outputs().stream().map(output -> Requests.floats(output)[0]).toList();
        } finally {
            response.memory().release();
        }
    }

    /** Triton pairs inputs and outputs by the alphabet. */
    @Test
    void run_severalStates_eachGoesFromItsOutputToItsInput() throws Exception {
        try (Running running = new Running(SUM_AND_MAX, TENSORS + STATES.formatted(""), StartSize.NONE)) {
            assertThat(values(running.send(1, true, 5))).containsExactly(5f, 5f);
            assertThat(values(running.send(1, false, 3))).containsExactly(8f, 5f);
            assertThat(values(running.send(1, false, 9))).containsExactly(17f, 9f);
            assertThat(values(running.send(1, true, 1))).as("zero again").containsExactly(1f, 1f);
        }
    }

    @Test
    void run_rowsOfABatch_haveEachTheStateOfItsSequence() throws Exception {
        try (Running running = new Running(SUM_AND_MAX, TENSORS + STATES.formatted(""), new StartSize(5, 0))) {
            RecordingListener a = running.send(1, true, 1);
            RecordingListener b = running.send(2, true, 10);
            RecordingListener c = running.send(3, true, 100);
            RecordingListener a2 = running.send(1, false, 2);
            RecordingListener c2 = running.send(3, false, 200); // beside a null row
            assertThat(List.of(values(a), values(b), values(c))).extracting(List::getFirst).containsExactly(1f, 10f,
                    100f);
            assertThat(List.of(values(a2), values(c2))).extracting(List::getFirst).containsExactly(3f, 300f);
            assertThat(values(running.send(2, false, 20))).as("its state is as it was").containsExactly(30f, 20f);
        }
    }

    @Test
    void run_stateOfAnEndedSequence_isGivenBack() throws Exception {
        try (Running running = new Running(SUM_AND_MAX, TENSORS + STATES.formatted(""), StartSize.NONE)) {
            for (int i = 1; i <= 10; i++) {
                assertThat(values(running.send(i, true, true,
                        Requests.in(memory).floats("x", Shape.of(1, 1), i).build()))).first().isEqualTo((float) i);
            }
            Await.until(() -> memory.bytesInUse() == 0); // the instance is about to come back for more
        }
    }

    @Test
    void run_stateGrows_itsNextInputHasTheNewShape() throws Exception {
        String states = """
                input { name: "x" data_type: TYPE_FP32 dims: 1 }
                output { name: "after" data_type: TYPE_FP32 dims: -1 }
                sequence_batching { state { input_name: "before" output_name: "after" data_type: TYPE_FP32 dims: -1
                  use_same_buffer_for_input_output: true
                  initial_state { name: "none" data_type: TYPE_FP32 dims: 0 zero_data: true } } }
                """;
        try (Running running = new Running(HISTORY, states, StartSize.NONE)) {
            for (int i = 1; i <= 4; i++) {
                InferenceResponse response = running
                        .send(1, i == 1, i == 4, Requests.in(memory).floats("x", Shape.of(1), i).build()).response();
                assertThat(Requests.floats(Requests.output(response, "after"))).hasSize(i).endsWith(i).startsWith(1);
                response.memory().release();
            }
        }
    }

    @Test
    void run_initialStateOfAFile_isTheFirstInput() throws Exception {
        Files.createDirectories(directory.resolve("initial_state"));
        Files.write(directory.resolve("initial_state/hundred"), Requests.bytes(100));
        String file = "initial_state { name: 'h' data_type: TYPE_FP32 dims: 1 data_file: 'hundred' }";
        try (Running running = new Running(SUM_AND_MAX, TENSORS + STATES.formatted(file), StartSize.NONE)) {
            assertThat(values(running.send(1, true, 5))).containsExactly(105f, 5f);
            assertThat(values(running.send(1, false, 5))).containsExactly(110f, 5f);
        }
    }

    @Test
    void complete_inputsAndOutputsLeftOut_areThoseThatAreNoStates() throws Exception {
        ModelConfig config = complete(SUM_AND_MAX, "max_batch_size: 4 " + STATES.formatted(""));
        assertThat(config.inputs()).extracting(input -> input.name()).containsExactly("x");
        assertThat(config.outputs()).extracting(output -> output.name()).containsExactly("sum", "most");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            initial_state { data_type: TYPE_FP32 dims: 1 zero_data: true } | \
            Field 'name' must be set when using initial_state for state input 'a_in'.
            initial_state { name: "i" data_type: TYPE_INT32 dims: 1 zero_data: true } | \
            The data type used for 'initial_state' field of state 'a_in' does not match the state data type.
            initial_state { name: "i" data_type: TYPE_FP32 dims: [ 1, 2 ] zero_data: true } | \
            Number of dimensions in 'initial_state' doesn't match the size of 'state' dimensions for state input 'a_in'. 2 != 1
            initial_state { name: "i" data_type: TYPE_FP32 dims: -1 zero_data: true } | \
            'initial_state' field for state input name 'a_in' contains variable dimensions.
            initial_state { name: "i" data_type: TYPE_FP32 dims: 2 zero_data: true } | \
            'initial_state' dim for input name 'a_in' doesn't match 'state' dim description. 2 != 1
            initial_state { name: "i" data_type: TYPE_FP32 dims: 1 zero_data: true } \
            initial_state { name: "j" data_type: TYPE_FP32 dims: 1 zero_data: true } | \
            initial_state field for state input 'a_in' must contain exactly one or zero element. Found '2' elements.
            initial_state { name: "i" data_type: TYPE_FP32 dims: 1 data_file: "none" } | the initial state cannot be read
            """)
    void createInstance_initialStateMakesNoSense_isRefusedInTritonsWords(String initial, String expected) {
        assertThatThrownBy(() -> start(SUM_AND_MAX, TENSORS + STATES.formatted(initial)))
                .hasMessageContaining(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            a_in  | none  | TYPE_FP32 | 1 | state 'none' is no output of the model, whose outputs are: sum, most, z_out, y_out
            none  | z_out | TYPE_FP32 | 1 | state 'none' is no input of the model, whose inputs are: x, a_in, b_in
            a_in  | z_out | TYPE_FP16 | 1 | configuration expects datatype TYPE_FP16 for state 'a_in', model provides TYPE_FP32
            a_in  | z_out | TYPE_FP32 | 2 | model 'm', tensor 'a_in': the model expects 2 dimensions
            """)
    void createInstance_stateIsNotTheModels_isRefused(String input, String output, String type, long dims,
            String expected) {
        assertThatThrownBy(() -> start(SUM_AND_MAX, TENSORS + """
                sequence_batching { state [
                  { input_name: "%s" output_name: "%s" data_type: %s dims: %d },
                  { input_name: "b_in" output_name: "y_out" data_type: TYPE_FP32 dims: 1 } ] }
                """.formatted(input, output, type, dims))).hasMessageContaining(expected);
    }
}
