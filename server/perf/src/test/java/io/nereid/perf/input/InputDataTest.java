package io.nereid.perf.input;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class InputDataTest {
    private static final ModelTensor NUMBERS = tensor("IN", Datatype.INT32, 2);
    private static final ModelTensor ANY_NUMBERS = tensor("IN", Datatype.INT32, -1, 2);
    private static final ModelTensor TEXT = tensor("TEXT", Datatype.BYTES, 1);

    @TempDir
    Path folder;

    private static ModelTensor tensor(String name, Datatype datatype, long... shape) {
        return new ModelTensor(name, datatype, Arrays.stream(shape).boxed().toList(), false, false);
    }

    private static ModelTensor optional(ModelTensor input) {
        return new ModelTensor(input.name(), input.datatype(), input.shape(), true, false);
    }

    private static ModelDescription model(int maxBatchSize, ModelTensor... inputs) {
        return new ModelDescription("m", "", List.of(inputs), List.of(), maxBatchSize, false, false);
    }

    private static InputOptions options(int batchSize, InputOptions.Source source) {
        return new InputOptions(batchSize, Map.of(), source, 5, Optional.empty());
    }

    private static InputOptions shaped(String... shapes) throws InputException {
        return new InputOptions(1, InputOptions.shapes(List.of(shapes)), new InputOptions.Zero(), 5, Optional.empty());
    }

    private InputOptions json(int batchSize, String... documents) throws IOException {
        List<Path> paths = new ArrayList<>();
        for (String document : documents) {
            paths.add(Files.writeString(folder.resolve(paths.size() + ".json"), document));
        }
        return options(batchSize, new InputOptions.Files(paths));
    }

    private static List<Integer> ints(InputTensor tensor) {
        ByteBuffer bytes = tensor.bytes().duplicate().order(ByteOrder.LITTLE_ENDIAN);
        List<Integer> values = new ArrayList<>();
        while (bytes.hasRemaining()) {
            values.add(bytes.getInt());
        }
        return values;
    }

    private static String hex(InputTensor tensor) {
        byte[] bytes = new byte[tensor.byteSize()];
        tensor.bytes().duplicate().get(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** The values of the only input of each different request. */
    private static List<List<Integer>> requests(InputData data) throws InputException {
        List<List<Integer>> requests = new ArrayList<>();
        for (int index = 0; index < data.requestCount(); index++) {
            requests.add(ints(data.request(index).getFirst()));
        }
        return requests;
    }

    @ParameterizedTest
    @EnumSource(Datatype.class)
    void values_areGeneratedOfEachType(Datatype datatype) throws InputException {
        ModelDescription model = model(4, tensor("IN", datatype, 3));
        for (InputOptions.Source source : List.of(new InputOptions.Zero(), new InputOptions.Random())) {
            InputTensor tensor = InputData.load(model, options(2, source)).request(0).getFirst();
            assertThat(tensor.shape()).containsExactly(2L, 3L);
            assertThat(tensor.byteSize()).isEqualTo(2 * 3 * (datatype == Datatype.BYTES ? 4 + 5 : datatype.byteSize()));
        }
    }

    @Test
    void zeros_areZero_andRandomValuesTheSameInEachRun() throws InputException {
        ModelDescription model = model(0, tensor("IN", Datatype.FP32, 100));
        assertThat(hex(InputData.load(model, options(1, new InputOptions.Zero())).request(0).getFirst()))
                .isEqualTo("0".repeat(800));
        InputTensor random = InputData.load(model, InputOptions.DEFAULT).request(0).getFirst();
        assertThat(random).isEqualTo(InputData.load(model, InputOptions.DEFAULT).request(0).getFirst());
        ByteBuffer bytes = random.bytes().duplicate().order(ByteOrder.LITTLE_ENDIAN);
        float first = bytes.getFloat();
        while (bytes.hasRemaining()) {
            assertThat(bytes.getFloat()).isBetween(0f, 1f).isNotEqualTo(first);
        }
    }

    @Test
    void stringData_isEachText() throws InputException {
        InputOptions options = new InputOptions(1, Map.of(), new InputOptions.Zero(), 128, Optional.of("ab"));
        assertThat(hex(InputData.load(model(0, tensor("IN", Datatype.BYTES, 2)), options).request(0).getFirst()))
                .isEqualTo("020000006162" + "020000006162");
    }

    @Test
    void aVariableDimension_needsAShape() throws InputException {
        assertThatThrownBy(() -> InputData.load(model(8, ANY_NUMBERS), shaped())).isInstanceOf(InputException.class)
                .hasMessage("input IN has a variable dimension (-1,2): give --shape IN:SIZE,2");
        InputTensor tensor = InputData.load(model(8, ANY_NUMBERS), shaped("IN:3,2")).request(0).getFirst();
        assertThat(tensor.shape()).containsExactly(1L, 3L, 2L);
    }

    @Test
    void anOptionalInputOfUnknownShape_isLeftOut() throws InputException {
        InputData data = InputData.load(model(8, NUMBERS, optional(tensor("MORE", Datatype.FP32, -1))),
                options(2, new InputOptions.Random()));
        assertThat(data.request(0)).extracting(InputTensor::name).containsExactly("IN");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "IN:3,3|input IN: got the shape 3,3 (expected -1,2, without the dimension of the batch)",
            "IN:2|input IN: got the shape 2 (expected -1,2, without the dimension of the batch)",
            "X:2|--shape: got X (expected an input of the model: IN)",
            "IN:2000000000,2|input IN: the shape [2000000000,2] takes more than 2 GiB (expected a smaller one; see --shape and -b)",
            "IN:900000000000000000,2|input IN: the shape [900000000000000000,2] takes more than 2 GiB (expected a smaller one; see --shape and -b)"})
    void aShapeThatDoesNotFit_isRefused(String shape, String message) {
        assertThatThrownBy(() -> InputData.load(model(8, ANY_NUMBERS), shaped(shape)))
                .isInstanceOf(InputException.class).hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {"0;8;-b: got 0 (expected 1 or more)",
            "9;8;-b: got 9 (expected at most 8, the max_batch_size of the model m)",
            "2;0;-b: got 2 (expected 1: the model m takes no batches, its max_batch_size is 0)"})
    void aBatchSizeThatTheModelDoesNotTake_isRefused(int batchSize, int maxBatchSize, String message) {
        assertThatThrownBy(
                () -> InputData.load(model(maxBatchSize, NUMBERS), options(batchSize, new InputOptions.Zero())))
                .isInstanceOf(InputException.class).hasMessage(message);
    }

    @Test
    void steps_followEachOther_alsoWithinABatch() throws IOException, InputException {
        InputOptions options = json(2, "{\"data\": [{\"IN\": [1, 2]}, {\"IN\": [3, 4]}, {\"IN\": [[5], [6]]}]}");
        InputData data = InputData.load(model(4, NUMBERS), options);
        assertThat(data.streams()).isEqualTo(1);
        assertThat(data.steps(0)).isEqualTo(3);
        assertThat(requests(data)).containsExactly(List.of(1, 2, 3, 4), List.of(5, 6, 1, 2), List.of(3, 4, 5, 6));
        assertThat(ints(data.request(0, 2).getFirst())).containsExactly(5, 6, 1, 2);
    }

    @Test
    void streams_ofSeveralFiles_areAppended() throws IOException, InputException {
        InputOptions options = json(1, "{\"data\": [[{\"IN\": [1, 2]}, {\"IN\": [3, 4]}]]}",
                "{\"data\": [[{\"IN\": [5, 6]}]]}");
        InputData data = InputData.load(model(4, NUMBERS), options);
        assertThat(data.streams()).isEqualTo(2);
        assertThat(data.steps(0)).isEqualTo(2);
        assertThat(ints(data.request(1, 0).getFirst())).containsExactly(5, 6);
        assertThat(requests(data)).containsExactly(List.of(1, 2), List.of(3, 4), List.of(5, 6));
    }

    @Test
    void aShapeInTheFile_isThatOfTheStep() throws IOException, InputException {
        InputOptions options = json(1,
                """
                        {"data": [{"IN": {"content": [1, 2], "shape": [1, 2]}}, {"IN": {"shape": [2, 2], "content": [1, 2, 3, 4]}},
                         {"IN": [1, 2, 3, 4, 5, 6]}]}""");
        InputData data = InputData.load(model(4, ANY_NUMBERS), options);
        assertThat(data.request(0).getFirst().shape()).containsExactly(1L, 1L, 2L);
        assertThat(data.request(1).getFirst().shape()).containsExactly(1L, 2L, 2L);
        assertThat(data.request(2).getFirst().shape()).containsExactly(1L, 3L, 2L);
    }

    @Test
    void rowsOfDifferentShapes_areNoBatch() throws IOException, InputException {
        InputOptions options = json(2, "{\"data\": [{\"IN\": [1, 2]}, {\"IN\": [1, 2, 3, 4]}]}");
        InputData data = InputData.load(model(4, ANY_NUMBERS), options);
        assertThatThrownBy(() -> data.request(0)).isInstanceOf(InputException.class).hasMessage(
                "input IN: rows of one batch differ in shape, or some lack it (expected the same of all; use -b 1)");
    }

    @Test
    void base64_isTheBytesOfTheElements() throws IOException, InputException {
        InputOptions options = json(1,
                """
                        {"data": [{"IN": {"b64": "AQAAAAIAAAA="}}, {"IN": {"content": {"b64": "AwAAAAQAAAA="}, "shape": [2]}}]}""");
        assertThat(requests(InputData.load(model(4, NUMBERS), options))).containsExactly(List.of(1, 2), List.of(3, 4));
    }

    /** The file of a picture needs no length before it; what has one is taken as it is. */
    @Test
    void base64_ofTypeBytes_isElementsOrTheOnlyElement() throws IOException, InputException {
        InputOptions options = json(1,
                "{\"data\": [{\"TEXT\": {\"b64\": \"AgAAAGFi\"}}, {\"TEXT\": {\"b64\": \"YWI=\"}}]}");
        InputData data = InputData.load(model(0, TEXT), options);
        assertThat(hex(data.request(0).getFirst())).isEqualTo("020000006162");
        assertThat(hex(data.request(1).getFirst())).isEqualTo("020000006162");
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '#', value = {
            "{\"data\": [{\"IN\": [1]}]};input IN: got 1 values (expected 2 for the shape 2)",
            "{\"data\": [{\"IN\": [1, 2, 3]}]};input IN: got 3 values (expected 2 for the shape 2)",
            "{\"data\": [{\"IN\": [1, 2.5]}]};input IN: got 2.5 (expected a whole number from",
            "{\"data\": [{\"IN\": [1, \"2\"]}]};input IN: got \"2\" (expected a number",
            "{\"data\": [{\"IN\": [1, null]}]};input IN: got an element that is neither number nor text",
            "{\"data\": [{\"IN\": 7}]};line 1: input IN: got 7 (expected a list of elements, {\"content\":",
            "{\"data\": [{\"IN\": {\"shape\": [2]}}]};got an object without content and b64",
            "{\"data\": [{\"IN\": {\"content\": [1, 2], \"shape\": [3]}}]};got the shape 3 (expected 2",
            "{\"data\": [{\"IN\": {\"b64\": \"AQAAAA==\"}}]};input IN: got 1 values (expected 2",
            "{\"data\": [{\"IN\": {\"b64\": \"AQA=\"}}]};got 2 bytes, which is no whole number of elements",
            "{\"data\": [{\"IN\": {\"b64\": \"*\"}}]};not JSON as it was expected",
            "{\"data\": [{\"OUT\": [1, 2]}]};expected an input of the model instead of OUT",
            "{\"data\": [{}]};--input-data: stream 0, step 0 has no value of the input IN",
            "{\"data\": []};--input-data: got no step (expected one or more)",
            "{\"data\": [[]]};a stream has no step (expected one or more)",
            "{\"data\": [{\"IN\": [1, 2]}, [{\"IN\": [1, 2]}]]};data has steps beside lists of steps (expected either)",
            "{\"data\": [[{\"IN\": [1, 2]}], {\"IN\": [1, 2]}]};data has steps beside lists of steps (expected either)",
            "{\"data\": 7};expected data: a list of steps, or of lists of steps",
            "{};expected an object with the member \"data\"", "[];expected an object with the member \"data\"",
            "{\"data\": [{\"IN\": [1,;line 1: not JSON as it was expected",
            "{\"data\": [{\"IN\": [1, 2]}], \"validation_data\": []};validation_data: outputs are not compared"})
    void aFileThatDoesNotFit_isRefused(String document, String message) throws IOException {
        InputOptions options = json(1, document);
        assertThatThrownBy(() -> InputData.load(model(4, NUMBERS), options)).isInstanceOf(InputException.class)
                .hasMessageContaining(message);
    }

    @Test
    void aFileThatIsNotThere_isRefused() {
        InputOptions options = options(1, new InputOptions.Files(List.of(folder.resolve("none.json"))));
        assertThatThrownBy(() -> InputData.load(model(4, NUMBERS), options)).isInstanceOf(InputException.class)
                .hasMessageEndingWith("(expected zero, random, JSON files, or one folder; there is no such file)");
    }

    @Test
    void aFolder_hasAFileForEachInput() throws IOException, InputException {
        Files.write(folder.resolve("IN"), new byte[]{1, 0, 0, 0, 2, 0, 0, 0});
        Files.write(folder.resolve("TEXT"), "ab\n".getBytes(StandardCharsets.UTF_8));
        InputOptions options = options(2, new InputOptions.Files(List.of(folder)));
        InputData data = InputData.load(model(4, NUMBERS, TEXT), options);
        assertThat(ints(data.request(0).getFirst())).containsExactly(1, 2, 1, 2);
        assertThat(hex(data.request(0).getLast())).isEqualTo("020000006162".repeat(2));

        assertThatThrownBy(() -> InputData.load(model(4, tensor("MORE", Datatype.FP32, 1)), options))
                .isInstanceOf(InputException.class).hasMessageContaining("has no file MORE");
        Files.write(folder.resolve("IN"), new byte[]{1, 0, 0, 0, 2});
        assertThatThrownBy(() -> InputData.load(model(4, NUMBERS), options)).isInstanceOf(InputException.class)
                .hasMessageEndingWith("got 5 bytes (expected a multiple of 4, the type is INT32)");
    }

    /** They are one for the whole batch, and nobody can guess them. */
    @Test
    void aShapeTensor_needsValues_andIsTheSameForAllRows() throws IOException, InputException {
        ModelTensor shape = new ModelTensor("IN", Datatype.INT32, List.of(2L), false, true);
        assertThatThrownBy(() -> InputData.load(model(4, shape), InputOptions.DEFAULT))
                .isInstanceOf(InputException.class).hasMessageContaining("give them by --input-data FILE.json");
        InputTensor tensor = InputData.load(model(4, shape), json(3, "{\"data\": [{\"IN\": [1, 2]}]}")).request(0)
                .getFirst();
        assertThat(tensor.shape()).containsExactly(2L);
    }

    @Test
    void bytes_cannotBeWritten_andAreReadFromTheirStart() throws InputException {
        InputTensor tensor = InputData.load(model(0, NUMBERS), InputOptions.DEFAULT).request(0).getFirst();
        assertThat(tensor.bytes().isReadOnly()).isTrue();
        assertThat(tensor.bytes().position()).isZero();
        assertThat(tensor.byteSize()).isEqualTo(8);
    }

    @Test
    void theModelsOfTheExample_getInputs() throws IOException, InputException {
        InputTensor picture = InputData.load(Recorded.model("nereid-food_classifier_onnx"), InputOptions.DEFAULT)
                .request(0).getFirst();
        assertThat(picture.byteSize()).isEqualTo(3 * 224 * 224 * 4);
        InputTensor image = InputData.load(Recorded.model("nereid-food_classifier"), InputOptions.DEFAULT).request(0)
                .getFirst();
        assertThat(image.shape()).containsExactly(1L, 1L);
        assertThat(image.byteSize()).isEqualTo(4 + 128);
    }
}
