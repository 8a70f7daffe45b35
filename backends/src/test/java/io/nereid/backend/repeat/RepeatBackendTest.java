package io.nereid.backend.repeat;

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
import io.nereid.inference.TensorMemory;
import io.nereid.statistics.ResponseStatistic;
import io.nereid.statistics.StatisticsSnapshot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@Timeout(60)
final class RepeatBackendTest {
    private static final ModelVersion VERSION = new ModelVersion("r", 1, Path.of("r"), Path.of("r/1"));
    private static final String CONFIG = """
            backend: "repeat" max_batch_size: 0
            model_transaction_policy { decoupled: true }
            input { name: "IN" data_type: TYPE_INT32 dims: -1 }
            input { name: "DELAY" data_type: TYPE_UINT32 dims: -1 }
            input { name: "WAIT" data_type: TYPE_UINT32 dims: 1 }
            output { name: "OUT" data_type: TYPE_INT32 dims: 1 }
            output { name: "IDX" data_type: TYPE_UINT32 dims: 1 }
            """;
    private static final int[] NONE = {};

    private final TensorMemory memory = new PoisonedMemory(1 << 20, 1 << 20);
    private final List<Duration> slept = new CopyOnWriteArrayList<>();
    private final List<String> received = new ArrayList<>();
    private final StreamListener listener = new StreamListener(response -> received
            .add(Requests.single(response, "IDX") + ":" + Requests.single(response, "OUT")));

    @AfterEach
    void memory_afterEachTest_isGivenBack() {
        assertThat(memory.bytesInUse()).isZero();
    }

    @Test
    void execute_elements_givesOneResponseForEachThenTheEnd() throws Exception {
        try (RunningModel model = start(slept::add)) {
            model.stream(request(new int[]{4, -2, 0}, new int[]{0, 0, 0}, 0), listener);
            assertThat(listener.end()).isEqualTo("end");
        }
        assertThat(received).containsExactly("0:4", "1:-2", "2:0");
        assertThat(slept).isEmpty();
    }

    @Test
    void execute_noElements_endsAtOnce() throws Exception {
        try (RunningModel model = start(slept::add)) {
            model.stream(request(NONE, NONE, 0), listener);
            assertThat(listener.end()).isEqualTo("end");
        }
        assertThat(listener.responses()).isZero();
    }

    @Test
    void execute_delays_passBeforeEachResponse() throws Exception {
        try (RunningModel model = start(slept::add)) {
            model.stream(request(new int[]{1, 2, 3}, new int[]{7, 0, -1}, 0), listener);
            assertThat(listener.end()).isEqualTo("end");
        }
        assertThat(slept).containsExactly(Duration.ofMillis(7), Duration.ofMillis(4_294_967_295L));
    }

    @Test
    void execute_wait_holdsUpTheInstanceAndNotTheResponses() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        try (RunningModel model = start(duration -> {
            assertThat(duration).isEqualTo(Duration.ofMillis(500));
            goOn.await();
        })) {
            model.stream(request(new int[]{1}, new int[]{0}, 500), listener);
            assertThat(listener.end()).isEqualTo("end");
            StreamListener next = new StreamListener();
            model.stream(request(NONE, NONE, 0), next);
            assertThat(next.hasEnded()).isFalse();
            goOn.countDown();
            assertThat(next.end()).isEqualTo("end");
        }
    }

    @Test
    void execute_responsesOutliveTheExecution_instanceRunsTheNext() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        try (RunningModel model = start(_ -> goOn.await())) {
            model.stream(request(new int[]{1}, new int[]{50}, 0), listener);
            StreamListener next = new StreamListener();
            model.stream(request(new int[]{1}, new int[]{0}, 0), next);
            assertThat(next.end()).isEqualTo("end");
            assertThat(listener.hasEnded()).isFalse();
            goOn.countDown();
            assertThat(listener.end()).isEqualTo("end");
        }
        assertThat(received).containsExactly("0:1");
    }

    @Test
    void cancel_duringADelay_endsAtOnce() throws Exception {
        CountDownLatch sleeping = new CountDownLatch(1);
        try (RunningModel model = start(_ -> {
            sleeping.countDown();
            new CountDownLatch(1).await();
        })) {
            Cancellation cancellation = model.stream(request(new int[]{1, 2}, new int[]{0, 60_000}, 0), listener);
            sleeping.await();
            cancellation.cancel();
            assertThat(listener.error().code()).isEqualTo(ErrorCode.CANCELLED);
        }
        assertThat(received).containsExactly("0:1");
    }

    @Test
    void cancel_duringTheWait_freesTheInstance() throws Exception {
        CountDownLatch sleeping = new CountDownLatch(2);
        try (RunningModel model = start(_ -> {
            sleeping.countDown();
            new CountDownLatch(1).await();
        })) {
            Cancellation cancellation = model.stream(request(new int[]{1}, new int[]{60_000}, 60_000), listener);
            sleeping.await();
            cancellation.cancel();
            StreamListener next = new StreamListener();
            model.stream(request(NONE, NONE, 0), next);
            assertThat(next.end()).isEqualTo("end");
            assertThat(listener.error().code()).isEqualTo(ErrorCode.CANCELLED);
        }
    }

    @Test
    void close_duringTheWait_endsIt() throws Exception {
        CountDownLatch sleeping = new CountDownLatch(1);
        try (RunningModel model = start(_ -> {
            sleeping.countDown();
            new CountDownLatch(1).await();
        })) {
            model.stream(request(new int[]{1}, new int[]{0}, 3_600_000), listener);
            sleeping.await();
        }
        assertThat(listener.end()).isEqualTo("end");
    }

    @Test
    void beginStop_beforeAnExecution_leavesItsWaitOut() throws Exception {
        try (RunningModel model = start(slept::add)) {
            model.instance().beginStop();
            model.stream(request(new int[]{1}, new int[]{7}, 500), listener);
            assertThat(listener.end()).isEqualTo("end");
        }
        assertThat(slept).containsExactly(Duration.ofMillis(7));
    }

    @Test
    void execute_notDecoupled_answersOnceAfterDelayAndWait() throws Exception {
        try (RunningModel model = startNotDecoupled(slept::add)) {
            InferenceResponse response = model.runOne(request(new int[]{42}, new int[]{7}, 500));
            assertThat(Requests.single(response, "OUT")).isEqualTo(42);
            assertThat(Requests.single(response, "IDX")).isZero();
            response.memory().release();
        }
        assertThat(slept).containsExactly(Duration.ofMillis(7), Duration.ofMillis(500));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void execute_notDecoupledAndNotOneElement_failsTheRequest(int count) throws Exception {
        try (RunningModel model = startNotDecoupled(slept::add)) {
            assertThatExceptionOfType(InferenceException.class)
                    .isThrownBy(() -> model.runOne(request(new int[count], new int[count], 0)))
                    .withMessage(
                            "input 'IN' has " + count + " elements (expected 1: the model is not decoupled, so that"
                                    + " a request has exactly one response)");
        }
    }

    @ParameterizedTest
    @CsvSource({"60000,0", "0,60000"})
    void cancel_notDecoupledDuringDelayOrWait_freesTheInstance(int delay, int wait) throws Exception {
        CountDownLatch sleeping = new CountDownLatch(1);
        try (RunningModel model = startNotDecoupled(_ -> {
            sleeping.countDown();
            new CountDownLatch(1).await();
        })) {
            Cancellation cancellation = model.stream(request(new int[]{1}, new int[]{delay}, wait), listener);
            sleeping.await();
            cancellation.cancel();
            assertThat(listener.error().code()).isEqualTo(ErrorCode.CANCELLED);
            InferenceResponse next = model.runOne(request(new int[]{5}, new int[]{0}, 0));
            assertThat(Requests.single(next, "OUT")).isEqualTo(5);
            next.memory().release();
        }
    }

    @Test
    void execute_fewerDelaysThanElements_failsTheRequest() throws Exception {
        try (RunningModel model = start(slept::add)) {
            model.stream(request(new int[]{1, 2}, new int[]{0}, 0), listener);
            assertThat(listener.error().code()).isEqualTo(ErrorCode.INVALID_ARG);
            assertThat(listener.error().text())
                    .isEqualTo("input 'DELAY' has 1 elements (expected 2, as many as 'IN')");
        }
    }

    @Test
    void execute_inputMissing_failsTheRequest() throws Exception {
        try (RunningModel model = start(slept::add)) {
            model.stream(Requests.in(memory).ints("IN", DataType.INT32, 1).build(), listener);
            assertThat(listener.error().text()).contains("no input 'DELAY'");
        }
    }

    @Test
    void execute_oneOutputWanted_givesJustThat() throws Exception {
        StreamListener outputs = new StreamListener(response -> assertThat(response.outputs()).singleElement()
                .satisfies(output -> assertThat(output.name()).isEqualTo("IDX")));
        try (RunningModel model = start(slept::add)) {
            model.stream(Requests.in(memory).ints("IN", DataType.INT32, 5, 6).ints("DELAY", DataType.UINT32, 0, 0)
                    .ints("WAIT", DataType.UINT32, 0).wanting("IDX").build(), outputs);
            assertThat(outputs.end()).isEqualTo("end");
        }
        assertThat(outputs.responses()).isEqualTo(2);
    }

    @Test
    void execute_noMemoryForAResponse_endsUnavailable() throws Exception {
        TensorMemory tight = new TensorMemory(256, 0); // the copy of the inputs takes it all
        try (RunningModel model = RunningModel.start(new RepeatBackend(environment(tight), slept::add), VERSION,
                RunningModel.config("r", CONFIG))) {
            model.stream(request(new int[]{1, 2}, new int[]{0, 0}, 0), listener);
            assertThat(listener.error().code()).isEqualTo(ErrorCode.UNAVAILABLE);
            assertThat(tight.bytesInUse()).isZero();
        }
        assertThat(listener.responses()).isZero();
    }

    @Test
    void statistics_countTheRequestOnceAndEachResponse() throws Exception {
        RunningModel model = start(slept::add);
        try (model) {
            model.stream(request(new int[]{1, 2}, new int[]{0, 0}, 0), listener);
            assertThat(listener.end()).isEqualTo("end");
        }
        StatisticsSnapshot seen = model.statistics(); // the execution has ended too
        assertThat(seen.success().count()).isEqualTo(1);
        assertThat(seen.executionCount()).isEqualTo(1);
        assertThat(seen.responses()).extracting(place -> place.success().count()).containsExactly(1L, 1L, 0L);
        assertThat(seen.responses()).extracting(ResponseStatistic::emptyResponse).last()
                .satisfies(empty -> assertThat(empty.count()).isEqualTo(1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"IN", "DELAY", "WAIT"})
    void execute_anyInputMissing_namesIt(String missing) throws Exception {
        for (boolean decoupled : new boolean[]{true, false}) {
            StreamListener each = new StreamListener();
            Requests request = Requests.in(memory);
            for (String name : List.of("IN", "DELAY", "WAIT")) {
                if (!name.equals(missing)) {
                    request.ints(name, name.equals("IN") ? DataType.INT32 : DataType.UINT32, 1);
                }
            }
            try (RunningModel model = decoupled ? start(slept::add) : startNotDecoupled(slept::add)) {
                model.stream(request.build(), each);
                assertThat(each.error().code()).isEqualTo(ErrorCode.INVALID_ARG);
                assertThat(each.error().text())
                        .isEqualTo("request 'id' has no input '" + missing + "', which the model needs");
            }
        }
        assertThat(slept).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "3, 1", "0, 2"})
    void execute_otherNumberOfDelays_failsTheRequest(int values, int delays) throws Exception {
        try (RunningModel model = startNotDecoupled(slept::add)) {
            assertThatExceptionOfType(InferenceException.class)
                    .isThrownBy(() -> model.runOne(request(new int[values], new int[delays], 0)))
                    .withMessage("input 'DELAY' has " + delays + " elements (expected " + values
                            + ", as many as 'IN')");
        }
    }

    /** The longest wait is still one; the model is not stopped before it has begun, since a stop would leave it out. */
    @Test
    void execute_waitOfAnHour_isOne() throws Exception {
        CountDownLatch waited = new CountDownLatch(1);
        try (RunningModel model = start(duration -> {
            slept.add(duration);
            waited.countDown();
        })) {
            model.stream(request(new int[]{1}, new int[]{0}, 3_600_000), listener);
            assertThat(listener.end()).isEqualTo("end");
            waited.await();
        }
        assertThat(slept).containsExactly(Duration.ofHours(1));
    }

    /** More is refused, up to what 32 bits without a sign hold. */
    @ParameterizedTest
    @CsvSource({"3600001, 3600001", "-1, 4294967295", "-2147483648, 2147483648"})
    void execute_longerWait_isRefused(int wait, String shown) throws Exception {
        try (RunningModel model = start(slept::add)) {
            model.stream(request(new int[]{1}, new int[]{0}, wait), listener);
            assertThat(listener.error().text())
                    .isEqualTo("input 'WAIT' is " + shown + " (expected at most 3600000 milliseconds)");
        }
        assertThat(slept).isEmpty();
    }

    @Test
    void execute_extremeValues_comeBackAsTheyAre() throws Exception {
        try (RunningModel model = start(slept::add)) {
            model.stream(request(new int[]{Integer.MIN_VALUE, Integer.MAX_VALUE, -1}, new int[3], 0), listener);
            assertThat(listener.end()).isEqualTo("end");
        }
        assertThat(received).containsExactly("0:-2147483648", "1:2147483647", "2:-1");
    }

    @Test
    void execute_notDecoupledOneOutputWanted_givesJustThat() throws Exception {
        try (RunningModel model = startNotDecoupled(slept::add)) {
            InferenceResponse response = model.runOne(Requests.in(memory).ints("IN", DataType.INT32, 5)
                    .ints("DELAY", DataType.UINT32, 0).ints("WAIT", DataType.UINT32, 0).wanting("OUT").build());
            assertThat(response.outputs()).singleElement()
                    .satisfies(output -> assertThat(output.name()).isEqualTo("OUT"));
            response.memory().release();
        }
    }

    @Test
    void execute_notDecoupledWithoutMemory_isUnavailable() throws Exception {
        TensorMemory tight = new TensorMemory(256, 0); // the copy of the inputs takes it all
        try (RunningModel model = RunningModel.start(new RepeatBackend(environment(tight), slept::add), VERSION,
                RunningModel.config("r", CONFIG.replace("decoupled: true", "decoupled: false")))) {
            assertThatExceptionOfType(InferenceException.class)
                    .isThrownBy(() -> model.runOne(request(new int[]{1}, new int[]{0}, 0)))
                    .satisfies(error -> assertThat(error.code()).isEqualTo(ErrorCode.UNAVAILABLE));
        }
        assertThat(tight.bytesInUse()).isZero();
    }

    /** A termination is of one execution: of the one under way, or of the next, and not of those behind it. */
    @Test
    void terminate_beforeAnExecution_endsThatOneAlone() throws Exception {
        try (RunningModel model = startNotDecoupled(slept::add)) {
            model.instance().terminate();
            assertThatExceptionOfType(InferenceException.class)
                    .isThrownBy(() -> model.runOne(request(new int[]{1}, new int[]{7}, 500)))
                    .satisfies(error -> assertThat(error.code()).isEqualTo(ErrorCode.CANCELLED));
            assertThat(slept).isEmpty();
            model.instance().forgetTermination();
            model.runOne(request(new int[]{2}, new int[]{7}, 500)).memory().release();
        }
        assertThat(slept).containsExactly(Duration.ofMillis(7), Duration.ofMillis(500));
    }

    /** Who stops the server wants the answers that are due, and not the time between them. */
    @Test
    void beginStop_notDecoupled_answersWithoutTheWait() throws Exception {
        try (RunningModel model = startNotDecoupled(slept::add)) {
            model.instance().beginStop();
            InferenceResponse response = model.runOne(request(new int[]{3}, new int[]{7}, 500));
            assertThat(Requests.single(response, "OUT")).isEqualTo(3);
            response.memory().release();
        }
        assertThat(slept).containsExactly(Duration.ofMillis(7));
    }

    /**
     * Streams of random lengths, delays and waits, many of them given up at random: each ends once, nothing is left.
     */
    @Test
    void streams_givenUpAtRandom_leaveNothingBehind() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<StreamListener> listeners = new ArrayList<>();
        List<Thread> cancellers = new ArrayList<>();
        try (RunningModel model = start(RepeatBackendTest::sleepBriefly)) {
            for (int i = 0; i < 1_000; i++) {
                int count = random.nextInt(8);
                StreamListener each = new StreamListener();
                listeners.add(each);
                Cancellation cancellation = model.stream(request(
                        random.ints(count).map(value -> value & 0x7F7F7F7F).toArray(), // without PoisonedMemory's byte
                        random.ints(count, 0, 3).toArray(), random.nextInt(2)), each);
                if (random.nextBoolean()) {
                    cancellers.add(Thread.ofVirtual().start(cancellation::cancel));
                }
            }
            for (StreamListener each : listeners) {
                Object end = each.end();
                assertThat(end).as("seed %d", seed).satisfiesAnyOf(how -> assertThat(how).isEqualTo("end"),
                        how -> assertThat(((InferenceException) how).code()).isEqualTo(ErrorCode.CANCELLED));
            }
            for (Thread canceller : cancellers) {
                canceller.join();
            }
            assertThat(model.defects()).isEmpty();
        }
        assertThat(memory.bytesInUse()).as("seed %d, when the last execution has ended too", seed).isZero();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            max_batch_size: 0 | max_batch_size: 8 | max_batch_size is 8 (expected 0)
            "WAIT" data_type: TYPE_UINT32 | "WAIT" data_type: TYPE_INT32 | input 'WAIT' has data_type TYPE_INT32 (expected TYPE_UINT32)
            "WAIT" data_type: TYPE_UINT32 dims: 1 | "WAIT" data_type: TYPE_UINT32 dims: 2 | input 'WAIT' has dims [2] (expected [1])
            "IN" data_type: TYPE_INT32 dims: -1 | "IN" data_type: TYPE_INT32 dims: [-1, 2] | input 'IN' has dims [-1, 2] (expected [-1])
            "DELAY" | "DELAYS" | it has no input 'DELAY'
            "IDX" | "INDEX" | it has no output 'IDX'
            max_batch_size: 0 | input { name: "MORE" data_type: TYPE_INT32 dims: 1 } | it has an input 'MORE' (expected only IN, DELAY, WAIT)
            """)
    void load_configurationDoesNotFit_isRefused(String from, String to, String why) {
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> RunningModel.start(new RepeatBackend(environment(memory)), VERSION,
                        RunningModel.config("r", CONFIG.replace(from, to))))
                .withMessage("unable to load model 'r' with the repeat backend: " + why)
                .satisfies(error -> assertThat(error.code()).isEqualTo(ErrorCode.INVALID_ARG));
    }

    private static void sleepBriefly(Duration duration) throws InterruptedException {
        LockSupport.parkNanos(duration.toNanos() / 20);
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    private RunningModel start(Sleeper sleeper) throws InferenceException {
        return RunningModel.start(new RepeatBackend(environment(memory), sleeper), VERSION,
                RunningModel.config("r", CONFIG));
    }

    private RunningModel startNotDecoupled(Sleeper sleeper) throws InferenceException {
        return RunningModel.start(new RepeatBackend(environment(memory), sleeper), VERSION,
                RunningModel.config("r", CONFIG.replace("decoupled: true", "decoupled: false")));
    }

    private static BackendEnvironment environment(TensorMemory memory) {
        return new BackendEnvironment(memory, Map.of(), new CpuBudget(1), CudaDevices.NONE);
    }

    private InferenceRequest request(int[] values, int[] delays, int wait) throws InferenceException {
        return Requests.in(memory).ints("IN", DataType.INT32, values).ints("DELAY", DataType.UINT32, delays)
                .ints("WAIT", DataType.UINT32, wait).build();
    }
}
