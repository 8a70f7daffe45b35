package io.nereid.backend.square;

import io.nereid.backend.BackendEnvironment;
import io.nereid.backend.CpuBudget;
import io.nereid.backend.ModelVersion;
import io.nereid.backend.Requests;
import io.nereid.backend.RunningModel;
import io.nereid.backend.Sleeper;
import io.nereid.backend.device.CudaDevices;
import io.nereid.inference.Cancellation;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.PoisonedMemory;
import io.nereid.inference.StreamListener;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@Timeout(60)
final class SquareBackendTest {
    private static final ModelVersion VERSION = new ModelVersion("s", 1, Path.of("s"), Path.of("s/1"));
    private static final String CONFIG = """
            backend: "square" max_batch_size: 0
            model_transaction_policy { decoupled: true }
            input { name: "IN" data_type: TYPE_INT32 dims: 1 }
            output { name: "OUT" data_type: TYPE_INT32 dims: 1 }
            """;

    private static final String DELAYS = """
            parameters { key: "CUSTOM_INFER_DELAY_NS" value { string_value: "7" } }
            parameters { key: "CUSTOM_OUTPUT_DELAY_NS" value { string_value: "9" } }
            """;

    private final List<Duration> slept = new CopyOnWriteArrayList<>();
    private Sleeper sleeper = slept::add;
    private final TensorMemory memory = new PoisonedMemory(1 << 20, 1 << 20);

    @AfterEach
    void memory_afterEachTest_isGivenBack() {
        assertThat(memory.bytesInUse()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 300, 0, -1, Integer.MIN_VALUE})
    void execute_number_givesThatManyResponsesOfIt(int number) throws Exception {
        StreamListener listener = new StreamListener(
                response -> assertThat(Requests.single(response, "OUT")).isEqualTo(number));
        try (RunningModel model = start(CONFIG)) {
            model.stream(request(number), listener);
            assertThat(listener.end()).isEqualTo("end");
            assertThat(model.defects()).isEmpty();
        }
        assertThat(listener.responses()).isEqualTo(Math.max(0, number));
    }

    @Test
    void cancel_endlessStream_endsIt() throws Exception {
        CountDownLatch some = new CountDownLatch(1_000);
        StreamListener listener = new StreamListener(_ -> some.countDown());
        try (RunningModel model = start(CONFIG)) {
            Cancellation cancellation = model.stream(request(Integer.MAX_VALUE), listener);
            some.await();
            cancellation.cancel();
            assertThat(listener.error().code()).isEqualTo(ErrorCode.CANCELLED);
        }
    }

    @Test
    void execute_clientIsSlow_holdsUpNobodyElse() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        CountDownLatch received = new CountDownLatch(1);
        StreamListener slow = new StreamListener(_ -> {
            received.countDown();
            await(goOn);
        });
        StreamListener quick = new StreamListener();
        try (RunningModel model = start(CONFIG)) {
            model.stream(request(2), slow);
            received.await();
            model.stream(request(5), quick);
            assertThat(quick.end()).isEqualTo("end");
            goOn.countDown();
            assertThat(slow.end()).isEqualTo("end");
        }
    }

    @Test
    void execute_delays_passBeforeEachResponse() throws Exception {
        StreamListener listener = new StreamListener();
        try (RunningModel model = start(CONFIG + DELAYS)) {
            model.stream(request(2), listener);
            assertThat(listener.end()).isEqualTo("end");
        }
        assertThat(listener.responses()).isEqualTo(2);
        assertThat(slept).extracting(Duration::toNanos).containsExactly(7L, 9L, 7L, 9L);
    }

    @Test
    void cancel_duringADelay_endsAtOnce() throws Exception {
        CountDownLatch sleeping = new CountDownLatch(1);
        sleeper = _ -> {
            sleeping.countDown();
            new CountDownLatch(1).await();
        };
        StreamListener listener = new StreamListener();
        try (RunningModel model = start(CONFIG + DELAYS)) {
            Cancellation cancellation = model.stream(request(3), listener);
            sleeping.await();
            cancellation.cancel();
            assertThat(listener.error().code()).isEqualTo(ErrorCode.CANCELLED);
        }
        assertThat(listener.responses()).isZero();
    }

    @Test
    void execute_notDecoupled_answersOneAndRefusesOtherNumbers() throws Exception {
        try (RunningModel model = start((CONFIG + DELAYS).replace("decoupled: true", "decoupled: false"))) {
            InferenceResponse response = model.runOne(request(1));
            assertThat(Requests.single(response, "OUT")).isEqualTo(1);
            response.memory().release();
            assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> model.runOne(request(2)))
                    .withMessage(
                            "input 'IN' is 2 (expected 1: the model is not decoupled, so that a request has exactly"
                                    + " one response)");
        }
        assertThat(slept).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 2, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void execute_notDecoupledAndNotOne_isRefusedWithoutADelay(int number) throws Exception {
        try (RunningModel model = start((CONFIG + DELAYS).replace("decoupled: true", "decoupled: false"))) {
            assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> model.runOne(request(number)))
                    .satisfies(error -> assertThat(error.code()).isEqualTo(ErrorCode.INVALID_ARG))
                    .withMessageStartingWith("input 'IN' is " + number + " (expected 1: ");
        }
        assertThat(slept).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void execute_inputMissing_failsTheRequest(boolean decoupled) throws Exception {
        StreamListener listener = new StreamListener();
        try (RunningModel model = start(CONFIG.replace("decoupled: true", "decoupled: " + decoupled))) {
            model.stream(Requests.in(memory).ints("OTHER", DataType.INT32, 1).build(), listener);
            assertThat(listener.error().text()).isEqualTo("request 'id' has no input 'IN', which the model needs");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void execute_noMemoryForTheResponse_isUnavailable(boolean decoupled) throws Exception {
        StreamListener listener = new StreamListener();
        TensorMemory tight = new TensorMemory(256, 0);
        TensorBuffer others = tight.allocate(256);
        try (RunningModel model = RunningModel.start(
                new SquareBackend(new BackendEnvironment(tight, Map.of(), new CpuBudget(1), CudaDevices.NONE), sleeper),
                VERSION, RunningModel.config("s", CONFIG.replace("decoupled: true", "decoupled: " + decoupled)))) {
            model.stream(request(1), listener);
            assertThat(listener.error().code()).isEqualTo(ErrorCode.UNAVAILABLE);
        }
        others.release();
        assertThat(listener.responses()).isZero();
        assertThat(tight.bytesInUse()).isZero();
    }

    /** Each phase of a response can be cancelled, and there is none of it. */
    @ParameterizedTest
    @CsvSource({"7, 0", "9, 0", "7, 1", "9, 1"})
    void cancel_inEitherDelay_givesWhatWasThereBefore(long nanos, int before) throws Exception {
        CountDownLatch sleeping = new CountDownLatch(1);
        AtomicInteger passed = new AtomicInteger();
        sleeper = duration -> {
            if (duration.toNanos() == nanos && passed.getAndIncrement() == before) {
                sleeping.countDown();
                new CountDownLatch(1).await();
            }
        };
        StreamListener listener = new StreamListener();
        try (RunningModel model = start(CONFIG + DELAYS)) {
            Cancellation cancellation = model.stream(request(3), listener);
            sleeping.await();
            cancellation.cancel();
            assertThat(listener.error().code()).isEqualTo(ErrorCode.CANCELLED);
        }
        assertThat(listener.responses()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(longs = {7, 9})
    void cancel_notDecoupledInEitherDelay_freesTheInstance(long nanos) throws Exception {
        CountDownLatch sleeping = new CountDownLatch(1);
        sleeper = duration -> {
            if (duration.toNanos() == nanos && sleeping.getCount() == 1) {
                sleeping.countDown();
                new CountDownLatch(1).await();
            }
        };
        StreamListener listener = new StreamListener();
        try (RunningModel model = start((CONFIG + DELAYS).replace("decoupled: true", "decoupled: false"))) {
            Cancellation cancellation = model.stream(request(1), listener);
            sleeping.await();
            cancellation.cancel();
            assertThat(listener.error().code()).isEqualTo(ErrorCode.CANCELLED);
            model.runOne(request(1)).memory().release();
        }
    }

    /** A termination is of one execution: of the one under way, or of the next, and not of those behind it. */
    @Test
    void terminate_beforeAnExecution_endsThatOneAlone() throws Exception {
        try (RunningModel model = start((CONFIG + DELAYS).replace("decoupled: true", "decoupled: false"))) {
            model.instance().terminate();
            assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> model.runOne(request(1)))
                    .satisfies(error -> assertThat(error.code()).isEqualTo(ErrorCode.CANCELLED));
            assertThat(slept).isEmpty();
            model.instance().forgetTermination();
            model.runOne(request(1)).memory().release();
        }
        assertThat(slept).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "1.5", "1e3", "9223372036854775808", "-9223372036854775808", "0x10"})
    void load_delayThatIsNoNumber_isRefused(String value) {
        for (String parameter : List.of("CUSTOM_INFER_DELAY_NS", "CUSTOM_OUTPUT_DELAY_NS", "CUSTOM_FAIL_COUNT",
                "CUSTOM_EMPTY_COUNT")) {
            assertThatExceptionOfType(InferenceException.class)
                    .isThrownBy(() -> start(CONFIG + "parameters { key: '" + parameter
                            + "' value { string_value: '" + value + "' } }"))
                    .withMessage("unable to load model 's' with the square backend: parameter '" + parameter + "' is '"
                            + value + "' (expected a number, 0 or more)");
        }
    }

    @Test
    void execute_longestDelay_isOne() throws Exception {
        try (RunningModel model = start(CONFIG.replace("decoupled: true", "decoupled: false")
                + "parameters { key: 'CUSTOM_INFER_DELAY_NS' value { string_value: ' 9223372036854775807 ' } }")) {
            model.runOne(request(1)).memory().release();
        }
        assertThat(slept).extracting(Duration::toNanos).containsExactly(Long.MAX_VALUE);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            max_batch_size: 0 | max_batch_size: 1 | max_batch_size is 1 (expected 0)
            decoupled: true } | decoupled: true } parameters { key: "CUSTOM_INFER_DELAY_NS" value { string_value: "soon" } } | parameter 'CUSTOM_INFER_DELAY_NS' is 'soon' (expected a number, 0 or more)
            decoupled: true } | decoupled: true } parameters { key: "CUSTOM_OUTPUT_DELAY_NS" value { string_value: "-1" } } | parameter 'CUSTOM_OUTPUT_DELAY_NS' is '-1' (expected a number, 0 or more)
            decoupled: true } | decoupled: true } parameters { key: "CUSTOM_FAIL_COUNT" value { string_value: "2" } } | parameter 'CUSTOM_FAIL_COUNT' is '2' (expected 0: responses that fail or are empty are not built)
            "IN" data_type: TYPE_INT32 | "IN" data_type: TYPE_INT64 | input 'IN' has data_type TYPE_INT64 (expected TYPE_INT32)
            "OUT" data_type: TYPE_INT32 dims: 1 | "OUT" data_type: TYPE_INT32 dims: -1 | output 'OUT' has dims [-1] (expected [1])
            """)
    void load_configurationDoesNotFit_isRefused(String from, String to, String why) {
        assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> start(CONFIG.replace(from, to)))
                .withMessage("unable to load model 's' with the square backend: " + why);
    }

    private RunningModel start(String config) throws InferenceException {
        return RunningModel.start(new SquareBackend(new BackendEnvironment(memory, Map.of(), new CpuBudget(1),
                CudaDevices.NONE), sleeper), VERSION, RunningModel.config("s", config));
    }

    private InferenceRequest request(int number) throws InferenceException {
        return Requests.in(memory).ints("IN", DataType.INT32, number).build();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
