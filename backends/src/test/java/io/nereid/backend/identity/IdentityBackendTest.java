package io.nereid.backend.identity;

import io.nereid.backend.BackendEnvironment;
import io.nereid.backend.CpuBudget;
import io.nereid.backend.ModelVersion;
import io.nereid.backend.Requests;
import io.nereid.backend.RunningModel;
import io.nereid.backend.Sleeper;
import io.nereid.backend.device.CudaDevices;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.PoisonedMemory;
import io.nereid.inference.Shape;
import io.nereid.inference.TensorMemory;
import io.nereid.scheduler.instance.ModelInstance;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

final class IdentityBackendTest {
    private static final ModelVersion VERSION = new ModelVersion("id", 1, Path.of("id"), Path.of("id/1"));
    private static final String TENSORS = """
            backend: "identity" max_batch_size: 8
            input { name: "x" data_type: TYPE_FP32 dims: 1 }
            output { name: "y" data_type: TYPE_FP32 dims: 1 }
            """;

    private final TensorMemory memory = new PoisonedMemory(1 << 20, 1 << 20);
    private final List<Duration> slept = new CopyOnWriteArrayList<>();
    private final IdentityBackend backend = new IdentityBackend(
            new BackendEnvironment(memory, Map.of(), new CpuBudget(1), CudaDevices.NONE), slept::add);

    @AfterEach
    void memory_afterEachTest_isGivenBack() {
        assertThat(memory.bytesInUse()).isZero();
    }

    @Test
    void execute_delayConfigured_waitsOncePerExecution() throws Exception {
        try (RunningModel model = start(TENSORS + parameter("250"))) {
            List<InferenceResponse> responses = model.runAll(request(), request(), request());

            assertThat(slept).containsExactly(Duration.ofMillis(250));
            responses.forEach(response -> response.memory().release());
        }
    }

    @Test
    void execute_noDelayConfigured_doesNotWait() throws Exception {
        try (RunningModel model = start(TENSORS)) {
            model.runOne(request()).memory().release();

            assertThat(slept).isEmpty();
        }
    }

    @Test
    void execute_raggedAndOptionalInput_repeatsEachRequestInItsShape() throws Exception {
        String ragged = TENSORS.replace("dims: 1 }", "dims: -1 }").replaceFirst("dims: -1 }",
                "dims: -1 allow_ragged_batch: true optional: true }") + """
                        batch_input { target_name: "counts" data_type: TYPE_INT32 source_input: "x" }
                        batch_output { target_name: "y" source_input: "x" }
                        """;
        try (RunningModel model = start(ragged)) {
            List<InferenceResponse> responses = model.runAll(
                    Requests.in(memory).floats("x", Shape.of(1, 3), 1, 2, 3).build(), Requests.in(memory).build(),
                    Requests.in(memory).floats("x", Shape.of(2, 1), 4, 5).rows(2).build());

            assertThat(Requests.output(responses.get(0), "y").shape()).isEqualTo(Shape.of(1, 3));
            assertThat(responses.get(1).outputs()).isEmpty();
            assertThat(Requests.floats(Requests.output(responses.get(2), "y"))).containsExactly(4, 5);
            responses.forEach(response -> response.memory().release());
        }
    }

    @Test
    void execute_oneRequestOfTheBatchIsFaulty_failsThatOneOnly() throws Exception {
        try (RunningModel model = start(TENSORS)) {
            List<Object> outcomes = model.run(request(), Requests.in(memory).build(), request());

            assertThat(outcomes.get(1)).isInstanceOf(InferenceException.class);
            ((InferenceResponse) outcomes.get(0)).memory().release();
            ((InferenceResponse) outcomes.get(2)).memory().release();
        }
    }

    @Test
    void terminate_duringTheDelay_endsItAtOnce() throws Exception {
        AtomicReference<ModelInstance> instance = new AtomicReference<>();
        CountDownLatch never = new CountDownLatch(1);
        AtomicInteger sleeps = new AtomicInteger();
        Sleeper sleeper = _ -> {
            if (sleeps.getAndIncrement() == 0) {
                instance.get().terminate();
                never.await();
            }
        };
        IdentityBackend terminated = new IdentityBackend(
                new BackendEnvironment(memory, Map.of(), new CpuBudget(1), CudaDevices.NONE), sleeper);
        try (RunningModel model = RunningModel.start(terminated, VERSION,
                RunningModel.config("id", TENSORS + parameter("250")))) {
            instance.set(model.instance());
            assertThat(model.run(request()).getFirst()).isInstanceOf(InferenceException.class);
            instance.get().terminate(); // an execution is about to begin, as far as anybody can tell
            assertThat(model.run(request()).getFirst()).isInstanceOf(InferenceException.class);
        }
        assertThat(sleeps).hasValue(1);
    }

    @Test
    void load_creationDelayConfigured_takesThatLong() throws Exception {
        try (RunningModel model = start(TENSORS + parameter("creation_delay_sec", "10"))) {
            assertThat(slept).containsExactly(Duration.ofSeconds(10));
            model.runOne(request()).memory().release();
            assertThat(slept).hasSize(1);
        }
    }

    @Test
    void load_interruptedDuringTheDelay_failsAndStaysInterrupted() {
        IdentityBackend interrupted = new IdentityBackend(
                new BackendEnvironment(memory, Map.of(), new CpuBudget(1), CudaDevices.NONE), _ -> {
                    throw new InterruptedException();
                });
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> interrupted.load(VERSION, RunningModel.config("id",
                        TENSORS + parameter("creation_delay_sec", "10"))))
                .withMessage("unable to load model 'id', the server is stopping");
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void load_creationDelayTooLong_isRefused() {
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> start(TENSORS + parameter("creation_delay_sec", "99999999999999999999")))
                .withMessageContaining("'creation_delay_sec' is '99999999999999999999'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "soon", "1.5", ""})
    void load_delayIsNoNumber_isRefused(String delay) {
        assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> start(TENSORS + parameter(delay)))
                .withMessageContaining("'execute_delay_ms' is '" + delay + "'");
    }

    @Test
    void load_pairOfDifferentTypes_isRefused() {
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> start(TENSORS.replaceFirst("(?s)(name: \"y\" data_type: )TYPE_FP32", "$1TYPE_INT8")))
                .withMessage("unable to load model 'id', input 'x' and output 'y' must have the same datatype, got"
                        + " TYPE_FP32 and TYPE_INT8")
                .satisfies(error -> assertThat(error.code()).isEqualTo(ErrorCode.INVALID_ARG));
    }

    @Test
    void load_inputWithoutOutput_isRefused() {
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> start(TENSORS + "input { name: \"z\" data_type: TYPE_FP32 dims: 1 }"))
                .withMessageContaining("2 inputs and 1 outputs");
    }

    private RunningModel start(String config) throws InferenceException {
        return RunningModel.start(backend, VERSION, RunningModel.config("id", config));
    }

    private static String parameter(String delay) {
        return parameter("execute_delay_ms", delay);
    }

    private static String parameter(String key, String delay) {
        return "parameters { key: \"" + key + "\" value { string_value: \"" + delay + "\" } }";
    }

    private InferenceRequest request() throws InferenceException {
        return Requests.in(memory).floats("x", Shape.of(1, 1), 3).build();
    }
}
