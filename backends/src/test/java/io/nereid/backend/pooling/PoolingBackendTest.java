package io.nereid.backend.pooling;

import io.nereid.backend.BackendEnvironment;
import io.nereid.backend.CpuBudget;
import io.nereid.backend.ModelVersion;
import io.nereid.backend.Requests;
import io.nereid.backend.RunningModel;
import io.nereid.backend.device.CudaDevices;
import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.PoisonedMemory;
import io.nereid.inference.Shape;
import io.nereid.inference.TensorMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

final class PoolingBackendTest {
    private static final String CONFIG = """
            backend: 'pooling' max_batch_size: 4
            input { name: 'V' data_type: TYPE_FP32 dims: [ -1, 2 ] }
            input { name: 'M' data_type: TYPE_INT64 dims: [ -1 ] }
            output { name: 'E' data_type: TYPE_FP32 dims: [ 2 ] }
            """;

    private final TensorMemory memory = new PoisonedMemory(1 << 20, 0);
    private final PoolingBackend backend = new PoolingBackend(
            new BackendEnvironment(memory, Map.of(), new CpuBudget(1), CudaDevices.NONE));

    @AfterEach
    void memory_afterEachTest_isGivenBack() {
        assertThat(memory.bytesInUse()).isZero();
    }

    /** Two rows of three tokens; of the second the last two only fill up. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"mean | false | 2.0 1.0 6.0 8.0", "cls | false | 1.0 0.0 6.0 8.0",
            "last | false | 3.0 3.0 6.0 8.0", "cls | true | 1.0 0.0 0.6 0.8"})
    void execute_eachPooling_countsWhatTheMaskCounts(String pooling, String normalize, String expected)
            throws Exception {
        try (RunningModel model = start(
                CONFIG + parameter("pooling", pooling) + parameter("normalize", normalize))) {
            InferenceResponse response = model.runOne(Requests.in(memory)
                    .floats("V", Shape.of(2, 3, 2), 1, 0, 2, 0, 3, 3, 6, 8, 100, 100, 200, 200)
                    .input("M", DataType.INT64, Shape.of(2, 3), longs(1, 1, 1, 1, 0, 0)).rows(2).build());
            float[] found = Requests.floats(Requests.output(response, "E"));
            StringBuilder text = new StringBuilder();
            for (float value : found) {
                text.append(text.isEmpty() ? "" : " ").append(value);
            }
            assertThat(text.toString()).isEqualTo(expected);
            assertThat(Requests.output(response, "E").shape()).isEqualTo(Shape.of(2, 2));
            response.memory().release();
        }
    }

    @Test
    void execute_masksThatCountNothing_giveZeros() throws Exception {
        try (RunningModel model = start(CONFIG)) {
            InferenceResponse response = model.runOne(Requests.in(memory).floats("V", Shape.of(1, 1, 2), 1, 2)
                    .input("M", DataType.INT64, Shape.of(1, 1), longs(0)).rows(1).build());
            assertThat(Requests.floats(Requests.output(response, "E"))).containsExactly(0, 0);
            response.memory().release();
        }
    }

    @Test
    void execute_vectorsAndMaskOfDifferentLengths_areRefused() throws Exception {
        try (RunningModel model = start(CONFIG)) {
            assertThatThrownBy(() -> model.runOne(Requests.in(memory).floats("V", Shape.of(1, 1, 2), 1, 2)
                    .input("M", DataType.INT64, Shape.of(1, 2), longs(1, 1)).rows(1).build()))
                    .hasMessageContaining("got shapes [1,1,2] and [1,2] (expected as many tokens in both)");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "TYPE_INT64 | TYPE_FP32 | it has 2 inputs (expected one) for the vectors",
            "dims: [ 2 ] | dims: [ 3 ] | input 'V' has dims [-1, 2] (expected [-1, 3])",
            "dims: [ 2 ] | dims: [ -1 ] | (expected TYPE_FP32 and one number",
            "'pooling' max | 'pooling' parameters { key: 'pooling' value { string_value: 'max' } } max | (expected mean or cls or last)"})
    void load_whatDoesNotFit_saysWhatIsExpected(String from, String to, String text) {
        assertThatThrownBy(() -> start(CONFIG.replace(from, to))).hasMessageContaining(text);
    }

    private static byte[] longs(long... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (long value : values) {
            bytes.putLong(value);
        }
        return bytes.array();
    }

    private RunningModel start(String config) throws InferenceException {
        ModelVersion version = new ModelVersion("pool", 1, Path.of("."), Path.of("1"));
        return RunningModel.start(backend, version, RunningModel.config("pool", config));
    }

    private static String parameter(String name, String value) {
        return "parameters { key: '" + name + "' value { string_value: '" + value + "' } } ";
    }
}
