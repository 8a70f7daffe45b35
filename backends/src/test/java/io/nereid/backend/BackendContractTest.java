package io.nereid.backend;

import io.nereid.backend.device.CudaDevices;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.PoisonedMemory;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What every backend keeps to, shown with models whose outputs repeat their inputs: {@code OUTPUT0} is {@code INPUT0}
 * and so on.
 */
public abstract class BackendContractTest {
    /**
     * Memory of the backend and of the requests: empty again when all is closed and released, and no byte comes out of
     * it that nobody has written.
     */
    protected final TensorMemory memory = new PoisonedMemory(1 << 30, 1 << 20);

    @TempDir
    protected Path directory;

    /** The backend under test. */
    protected abstract Backend backend(BackendEnvironment environment) throws InferenceException;

    /**
     * Makes a model that repeats {@code pairs} inputs of one type and puts its files into {@link #directory}.
     *
     * @param maxBatchSize 0 for a model without a batch dimension
     * @param dims the shape without batch
     */
    protected abstract ModelVersion repeating(DataType type, int pairs, int maxBatchSize, Shape dims)
            throws IOException;

    /** What else the configuration of the model says. */
    protected String parameters() {
        return "";
    }

    @AfterEach
    void memory_afterEachTest_isGivenBack() {
        assertThat(memory.bytesInUse()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void execute_oneRequestOfAnyType_repeatsItsBytes(DataType type) throws Exception {
        byte[] data = sample(type, 6);
        try (Backend backend = backend(environment());
                RunningModel model = start(backend, type, 1, 0, Shape.of(2, 3))) {
            InferenceResponse response = model
                    .runOne(Requests.in(memory).input("INPUT0", type, Shape.of(2, 3), data).build());

            Tensor output = Requests.output(response, "OUTPUT0");
            assertThat(output.dataType()).isEqualTo(type);
            assertThat(output.shape()).isEqualTo(Shape.of(2, 3));
            assertThat(Requests.data(output)).isEqualTo(data);
            response.memory().release();
        }
    }

    @ParameterizedTest
    @EnumSource
    void execute_severalRequestsOfAnyType_repeatsEachOnesRows(DataType type) throws Exception {
        byte[] first = sample(type, 4);
        byte[] second = sample(type, 12);
        byte[] third = sample(type, 8);
        try (Backend backend = backend(environment()); RunningModel model = start(backend, type, 1, 8, Shape.of(4))) {
            List<InferenceResponse> responses = model.runAll(request(type, 1, first), request(type, 3, second),
                    request(type, 2, third));

            assertRows(responses.get(0), 1, first);
            assertRows(responses.get(1), 3, second);
            assertRows(responses.get(2), 2, third);
            responses.forEach(response -> response.memory().release());
        }
    }

    @Test
    void execute_batchesOfChangingSizes_repeatsEachOnesRows() throws Exception {
        try (Backend backend = backend(environment());
                RunningModel model = start(backend, DataType.FP32, 1, 8, Shape.of(4))) {
            for (int count : new int[]{1, 3, 2, 2, 8, 1, 1, 5}) {
                InferenceRequest[] requests = new InferenceRequest[count];
                byte[][] data = new byte[count][];
                for (int i = 0; i < count; i++) {
                    data[i] = sample(DataType.FP32, 4);
                    requests[i] = request(DataType.FP32, 1, data[i]);
                }
                List<InferenceResponse> responses = model.runAll(requests);
                for (int i = 0; i < count; i++) {
                    assertRows(responses.get(i), 1, data[i]);
                    responses.get(i).memory().release();
                }
            }
        }
    }

    @Test
    void execute_someOutputsWanted_givesJustThose() throws Exception {
        try (Backend backend = backend(environment());
                RunningModel model = start(backend, DataType.INT32, 3, 8, Shape.of(2))) {
            List<InferenceResponse> responses = model.runAll(three().wanting("OUTPUT2").build(),
                    three().wanting("OUTPUT2", "OUTPUT0").build(), three().build());

            assertThat(names(responses.get(0))).containsExactly("OUTPUT2");
            assertThat(names(responses.get(1))).containsExactlyInAnyOrder("OUTPUT0", "OUTPUT2");
            assertThat(names(responses.get(2))).containsExactlyInAnyOrder("OUTPUT0", "OUTPUT1", "OUTPUT2");
            for (InferenceResponse response : responses) {
                for (Tensor output : response.outputs()) {
                    int number = output.name().charAt(6) - '0';
                    assertThat(Requests.data(output)).isEqualTo(repeated((byte) number, 8));
                }
                response.memory().release();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FP32", "BOOL", "BYTES"})
    void execute_noElements_answersWithNone(DataType type) throws Exception {
        try (Backend backend = backend(environment()); RunningModel model = start(backend, type, 1, 0, Shape.of(-1))) {
            InferenceResponse response = model
                    .runOne(Requests.in(memory).input("INPUT0", type, Shape.of(0), new byte[0]).build());

            assertThat(Requests.output(response, "OUTPUT0").shape()).isEqualTo(Shape.of(0));
            assertThat(Requests.output(response, "OUTPUT0").byteSize()).isZero();
            response.memory().release();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FP32", "BOOL", "BYTES"})
    void execute_requestsWithoutRows_areAnsweredWithoutRows(DataType type) throws Exception {
        byte[] data = sample(type, 4);
        try (Backend backend = backend(environment()); RunningModel model = start(backend, type, 1, 8, Shape.of(4))) {
            List<InferenceResponse> none = model.runAll(request(type, 0, new byte[0]), request(type, 0, new byte[0]));
            List<InferenceResponse> some = model.runAll(request(type, 0, new byte[0]), request(type, 1, data));

            none.forEach(response -> assertRows(response, 0, new byte[0]));
            assertRows(some.get(0), 0, new byte[0]);
            assertRows(some.get(1), 1, data);
            none.forEach(response -> response.memory().release());
            some.forEach(response -> response.memory().release());
        }
    }

    @Test
    void execute_inputMissing_failsAndRunsTheNextRequest() throws Exception {
        byte[] data = sample(DataType.FP32, 4);
        try (Backend backend = backend(environment());
                RunningModel model = start(backend, DataType.FP32, 1, 8, Shape.of(4))) {
            Object failure = model.run(Requests.in(memory).build()).getFirst();
            InferenceResponse response = model.runOne(request(DataType.FP32, 1, data));

            assertThat(failure).isInstanceOfSatisfying(InferenceException.class, error -> {
                assertThat(error.code()).isEqualTo(ErrorCode.INVALID_ARG);
                assertThat(error.text()).contains("INPUT0");
            });
            assertRows(response, 1, data);
            response.memory().release();
            assertThat(model.defects()).isEmpty();
        }
    }

    @Test
    void execute_oneRequestWithoutItsInput_answersNobodyWithUnwrittenMemory() throws Exception {
        byte[] data = sample(DataType.FP32, 4);
        runsCleanly(DataType.FP32, request(DataType.FP32, 1, data), Requests.in(memory).build(),
                request(DataType.FP32, 1, data));
    }

    @ParameterizedTest
    @EnumSource(names = {"FP32", "BYTES"})
    void execute_dataShorterThanItsShape_answersNobodyWithUnwrittenMemory(DataType type) throws Exception {
        runsCleanly(type, request(type, 1, sample(type, 2)));
        runsCleanly(type, request(type, 1, sample(type, 4)), request(type, 1, sample(type, 2)));
    }

    @ParameterizedTest
    @EnumSource(names = {"FP32", "BYTES"})
    void execute_moreRowsSaidThanThereAre_answersNobodyWithUnwrittenMemory(DataType type) throws Exception {
        runsCleanly(type, Requests.in(memory).input("INPUT0", type, Shape.of(1, 4), sample(type, 4)).rows(3)
                .build());
        runsCleanly(type, request(type, 1, sample(type, 4)),
                Requests.in(memory).input("INPUT0", type, Shape.of(1, 4), sample(type, 4)).rows(3).build());
    }

    @Test
    void execute_endedEarly_answersNobodyWithUnwrittenMemory() throws Exception {
        try (Backend backend = backend(environment());
                RunningModel model = start(backend, DataType.FP32, 1, 8, Shape.of(4))) {
            model.instance().terminate();
            release(model.run(request(DataType.FP32, 1, sample(DataType.FP32, 4))));
            model.instance().forgetTermination();
            release(model.run(request(DataType.FP32, 1, sample(DataType.FP32, 4))));
        }
    }

    /**
     * Runs the requests in one batch; whoever gets an answer gets written memory only, and the next request its own.
     */
    private void runsCleanly(DataType type, InferenceRequest... requests) throws Exception {
        try (Backend backend = backend(environment());
                RunningModel model = start(backend, type, 1, 8, Shape.of(4))) {
            release(model.run(requests));
            byte[] data = sample(type, 4);
            InferenceResponse next = model.runOne(request(type, 1, data));
            assertRows(next, 1, data);
            next.memory().release();
            assertThat(model.defects()).isEmpty();
        }
    }

    private static void release(List<Object> outcomes) {
        for (Object outcome : outcomes) {
            if (outcome instanceof InferenceResponse response) {
                response.memory().release();
            }
        }
    }

    @Test
    void execute_responsesReleasedInAnyOrder_keepsTheOthers() throws Exception {
        byte[] first = sample(DataType.FP64, 4);
        byte[] second = sample(DataType.FP64, 4);
        try (Backend backend = backend(environment());
                RunningModel model = start(backend, DataType.FP64, 1, 8, Shape.of(4))) {
            List<InferenceResponse> responses = model.runAll(request(DataType.FP64, 1, first),
                    request(DataType.FP64, 1, second));

            responses.get(0).memory().release();
            model.runOne(request(DataType.FP64, 1, first)).memory().release();
            assertRows(responses.get(1), 1, second);
            responses.get(1).memory().release();
        }
    }

    @Test
    void response_modelClosedBefore_staysReadable() throws Exception {
        byte[] data = sample(DataType.FP32, 4);
        InferenceResponse response;
        try (Backend backend = backend(environment());
                RunningModel model = start(backend, DataType.FP32, 1, 8, Shape.of(4))) {
            response = model.runOne(request(DataType.FP32, 1, data));
        }
        assertRows(response, 1, data);
        response.memory().release();
    }

    @Test
    void instance_created_hasThePlacementsName() throws Exception {
        try (Backend backend = backend(environment());
                RunningModel model = start(backend, DataType.FP32, 1, 0, Shape.of(4))) {
            assertThat(model.instance().name()).isEqualTo("repeating_0");
        }
    }

    /** The environment of the tests: this memory, one processor, no GPU. */
    protected final BackendEnvironment environment() {
        return new BackendEnvironment(memory, Map.of(), new CpuBudget(1), CudaDevices.NONE);
    }

    private RunningModel start(Backend backend, DataType type, int pairs, int maxBatchSize, Shape dims)
            throws IOException, InferenceException {
        ModelVersion version = repeating(type, pairs, maxBatchSize, dims);
        return RunningModel.start(backend, version, RunningModel.config("repeating",
                configText(backend.name(), type, pairs, maxBatchSize, dims)));
    }

    private String configText(String backend, DataType type, int pairs, int maxBatchSize, Shape dims) {
        StringBuilder text = new StringBuilder("backend: \"" + backend + "\" max_batch_size: " + maxBatchSize);
        String configType = type == DataType.BYTES ? "TYPE_STRING" : "TYPE_" + type;
        for (int i = 0; i < pairs; i++) {
            String rest = i + "\" data_type: " + configType + " dims: " + dims + " }";
            text.append("\ninput { name: \"INPUT").append(rest).append("\noutput { name: \"OUTPUT").append(rest);
        }
        return text.append('\n').append(parameters()).toString();
    }

    private InferenceRequest request(DataType type, int rows, byte[] data) throws InferenceException {
        return Requests.in(memory).input("INPUT0", type, Shape.of(rows, 4), data).rows(rows).build();
    }

    private Requests three() throws InferenceException {
        Requests request = Requests.in(memory);
        for (int i = 0; i < 3; i++) {
            request.input("INPUT" + i, DataType.INT32, Shape.of(1, 2), repeated((byte) i, 8));
        }
        return request;
    }

    private static void assertRows(InferenceResponse response, int rows, byte[] data) {
        Tensor output = Requests.output(response, "OUTPUT0");
        assertThat(output.shape()).isEqualTo(Shape.of(rows, 4));
        assertThat(Requests.data(output)).isEqualTo(data);
    }

    private static List<String> names(InferenceResponse response) {
        return response.outputs().stream().map(Tensor::name).toList();
    }

    private static byte[] repeated(byte value, int count) {
        byte[] bytes = new byte[count];
        Arrays.fill(bytes, value);
        return bytes;
    }

    private final Random random = new Random(42);

    /**
     * Bytes of {@code count} elements: any bits, but 0 and 1 for BOOL, and strings with every kind of byte in them, but
     * never the one that stands for unwritten memory.
     */
    private byte[] sample(DataType type, int count) {
        if (type == DataType.BYTES) {
            String[] strings = new String[count];
            for (int i = 0; i < count; i++) {
                byte[] content = bytes(random.nextInt(40));
                strings[i] = "\0" + new String(content, java.nio.charset.StandardCharsets.ISO_8859_1);
            }
            strings[0] = "";
            return Requests.strings(strings);
        }
        byte[] data = bytes(count * type.byteSize());
        for (int i = 0; type == DataType.BOOL && i < data.length; i++) {
            data[i] &= 1;
        }
        return data;
    }

    private byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        for (int i = 0; i < count; i++) {
            bytes[i] = bytes[i] == PoisonedMemory.POISON ? 0 : bytes[i];
        }
        return bytes;
    }
}
