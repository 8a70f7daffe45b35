package io.nereid.server.http.codec;

import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InputMemory;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;
import io.nereid.server.protocol.RequestedOutput;
import io.nereid.server.sharedmemory.SharedMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** One element of inputs or outputs, its members in every order and number. */
class ElementParserTest {
    private static final long SEED = 77;

    private final TensorMemory memory = Bodies.memory();
    private TensorBuffer body;
    private RequestMemory held;

    @BeforeEach
    void hold() throws InferenceException {
        body = Bodies.of(memory, new byte[]{0, 0, 1, 2, 3, 4, 5, 6});
        held = new RequestMemory(InputMemory.of(memory), new SharedMemory(false), body);
    }

    @AfterEach
    void nothingLeaked() {
        held.release();
        assertThat(memory.bytesInUse()).isZero();
    }

    private Tensor input(String json, Set<String> names) throws InferenceException {
        JsonScanner scanner = Json.scanner(json);
        InputParser parser = new InputParser(scanner, new BinaryTensors("m", body, 2),
                new TensorDataReader(scanner, held, 1 << 10));
        Tensor input = parser.parse("r", names);
        scanner.expectEnd();
        return input;
    }

    private Tensor input(String json) throws InferenceException {
        return input(json, new HashSet<>());
    }

    private RequestedOutput output(String json) throws InferenceException {
        return new OutputParser(Json.scanner(json), held).parse("", new HashSet<>());
    }

    private static void shuffle(Random random, List<String> members) {
        Collections.shuffle(members, random);
    }

    @Test
    void input_membersInAnyOrder_areTheSameInput() throws InferenceException {
        Random random = new Random(SEED);
        List<String> members = new ArrayList<>(List.of("\"name\":\"x\"", "\"datatype\":\"INT16\"", "\"shape\":[2,2]",
                "\"data\":[[1,2],[3,4]]", "\"parameters\":{\"other\":[1]}", "\"unknown\":{\"name\":\"y\"}"));
        for (int i = 0; i < 500; i++) {
            shuffle(random, members);
            Tensor input = input("{" + String.join(",", members) + "}");
            assertThat(input.name()).isEqualTo("x");
            assertThat(input.dataType()).isEqualTo(DataType.INT16);
            assertThat(input.shape()).isEqualTo(Shape.of(2, 2));
            assertThat(Bodies.bytesOf(input.data())).as(members.toString()).containsExactly(1, 0, 2, 0, 3, 0, 4, 0);
        }
    }

    @Test
    void input_binaryInAnyOrder_isTheBytesBehindTheJson() throws InferenceException {
        Random random = new Random(SEED);
        List<String> members = new ArrayList<>(List.of("\"name\":\"x\"", "\"datatype\":\"UINT8\"", "\"shape\":[6]",
                "\"parameters\":{\"binary_data_size\":6}"));
        for (int i = 0; i < 100; i++) {
            shuffle(random, members);
            Tensor input = input("{" + String.join(",", members) + "}");
            assertThat(Bodies.bytesOf(input.data())).containsExactly(1, 2, 3, 4, 5, 6);
        }
    }

    @Test
    void input_memberTwice_theFirstCounts() throws InferenceException {
        Tensor input = input(
                "{\"name\":\"x\",\"name\":\"y\",\"datatype\":\"UINT8\",\"datatype\":\"FP32\",\"shape\":[1],"
                        + "\"shape\":[2],\"data\":[7],\"data\":[8,9],\"parameters\":{},"
                        + "\"parameters\":{\"binary_data_size\":6}}");
        assertThat(input.name()).isEqualTo("x");
        assertThat(input.shape()).isEqualTo(Shape.of(1));
        assertThat(Bodies.bytesOf(input.data())).containsExactly(7);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"\"a\":1|no field is set",
            "\"data\":[1],\"parameters\":{\"binary_data_size\":1}|set 'data' 'binary_data_size'",
            "\"data\":[1],\"parameters\":{\"shared_memory_region\":\"r\"}|set 'data' 'shared_memory_region'",
            "\"parameters\":{\"binary_data_size\":0,\"shared_memory_region\":\"r\"}|set 'binary_data_size' "
                    + "'shared_memory_region'",
            "\"data\":[1],\"parameters\":{\"shared_memory_region\":\"r\",\"binary_data_size\":1}|set 'data' "
                    + "'binary_data_size' 'shared_memory_region'"})
    void input_noSourceOrSeveral_saysWhich(String source, String text) {
        assertThatThrownBy(() -> input("{\"name\":\"x\",\"datatype\":\"UINT8\",\"shape\":[1]," + source + "}"))
                .isInstanceOfSatisfying(InferenceException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG))
                .hasMessage("Input must set only one of the following fields: 'data', 'binary_data_size' in "
                        + "'parameters', 'shared_memory_region' in 'parameters'. But " + text);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "[4294967296,4294967296]|UINT8|shape [4294967296,4294967296] causes total element count to exceed "
                    + "maximum size of 9223372036854775807",
            "[9223372036854775808]|UINT8|shape 9223372036854775808 causes total element count to exceed maximum "
                    + "size of 9223372036854775807",
            "[9223372036854775807]|INT16|byte size overflow for input 'x': shape [9223372036854775807] of INT16",
            "[2305843009213693952]|FP32|byte size overflow for input 'x': shape [2305843009213693952] of FP32",
            "[1]|FP8|invalid datatype for input x", "[1]|fp32|invalid datatype for input x"})
    void input_shapeOrTypeThatCannotBe_isInvalid(String shape, String type, String text) {
        assertThatThrownBy(() -> input("{\"name\":\"x\",\"datatype\":\"" + type + "\",\"shape\":" + shape
                + ",\"data\":[1]}"))
                .isInstanceOfSatisfying(InferenceException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG))
                .hasMessage(text);
    }

    @Test
    void input_binarySize_upToTheBytesThereAre() throws InferenceException {
        String json = "{\"name\":\"x\",\"datatype\":\"UINT8\",\"shape\":[1],\"parameters\":{\"binary_data_size\":%s}}";
        assertThat(input(json.formatted("6")).byteSize()).isEqualTo(6);
        assertThatThrownBy(() -> input(json.formatted("7")))
                .hasMessage("unexpected size for input 'x', expecting 1 additional bytes for model 'm'");
        assertThatThrownBy(() -> input(json.formatted("18446744073709551615")))
                .hasMessage("unexpected size for input 'x', expecting 18446744073709551609 additional bytes for model "
                        + "'m'");
    }

    @Test
    void binaryTensors_someBytesUnread_areRefusedAtTheEnd() throws InferenceException {
        BinaryTensors binary = new BinaryTensors("m", body, 2);
        assertThat(Bodies.bytesOf(binary.next("a", 2).segment())).containsExactly(1, 2);
        assertThat(Bodies.bytesOf(binary.next("b", 3).segment())).containsExactly(3, 4, 5);
        assertThatThrownBy(binary::expectEnd).hasMessage("unexpected additional input data for model 'm'");
        assertThat(Bodies.bytesOf(binary.next("c", 1).segment())).containsExactly(6);
        assertThat(binary.next("d", 0).length()).isZero();
        binary.expectEnd();
    }

    @Test
    void uniqueName_sameNameAgain_isInvalid() throws InferenceException {
        Set<String> names = new HashSet<>(Set.of("x"));
        assertThatThrownBy(() -> input("{\"name\":\"x\",\"datatype\":\"UINT8\",\"shape\":[1],\"data\":[1]}", names))
                .hasMessage("[request id: r] input 'x' already exists in request");
        input("{\"name\":\"X\",\"datatype\":\"UINT8\",\"shape\":[1],\"data\":[1]}", names);
        assertThat(names).containsExactlyInAnyOrder("x", "X");
    }

    @ParameterizedTest
    @CsvSource({"0,0", "2147483647,2147483647", "2147483648,2147483647", "18446744073709551615,2147483647"})
    void output_classification_isAtMostTheLargestInt(String number, int classes) throws InferenceException {
        assertThat(output("{\"name\":\"o\",\"parameters\":{\"classification\":" + number + "}}"))
                .isEqualTo(new RequestedOutput("o", false, classes));
    }

    @Test
    void output_secondElement_hasNothingOfTheFirst() throws InferenceException {
        JsonScanner scanner = Json.scanner("[{\"name\":\"a\",\"parameters\":{\"binary_data\":true,"
                + "\"classification\":3}},{\"name\":\"b\"}]");
        OutputParser parser = new OutputParser(scanner, held);
        scanner.enterArray();
        assertThat(parser.parse("", new HashSet<>())).isEqualTo(new RequestedOutput("a", true, 3));
        scanner.nextElement();
        assertThat(parser.parse("", new HashSet<>())).isEqualTo(new RequestedOutput("b", false, 0));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "{\"name\":\"o\",\"parameters\":{\"shared_memory_region\":\"r\",\"classification\":0}}|Output can't "
                    + "set both 'shared_memory_region' and 'classification'",
            "{\"name\":\"o\",\"parameters\":{\"shared_memory_region\":\"r\",\"binary_data\":true}}|Output can't "
                    + "set both 'shared_memory_region' and 'binary_data'",
            "7|Unable to parse 'name': attempt to access non-existing object member 'name'",
            "{\"parameters\":{}}|Unable to parse 'name': attempt to access non-existing object member 'name'"})
    void output_contradiction_isRefused(String json, String text) {
        assertThatThrownBy(() -> output(json)).isInstanceOf(InferenceException.class).hasMessage(text);
    }
}
