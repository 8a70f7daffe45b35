package io.nereid.server.protocol;

import io.nereid.inference.CorrelationId;
import io.nereid.inference.CountingLease;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.OutputPlace;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

class RequestValidatorTest {
    private static final String NOTE = " NOTE: Setting a non-zero max_batch_size in the model config requires a batch"
            + " dimension to be prepended to each input shape. If you want to specify the full shape including the batch"
            + " dim in your input dims config, try setting max_batch_size to zero. See the model configuration docs for"
            + " more info on max_batch_size.";

    /** A model that batches: {@code a} FP32 [16] and {@code b} INT32 [any], each with the batch dimension in front. */
    private final ModelSignature batching = new ModelSignature("m", "onnxruntime", 8,
            List.of(spec("a", DataType.FP32, false, -1, 16), spec("b", DataType.INT32, false, -1, -1)),
            List.of(spec("y", DataType.FP32, false, -1, 4), spec("z", DataType.FP32, false, -1, 4)));

    /** A model that does not, with two optional inputs. */
    private final ModelSignature optional = new ModelSignature("o", "onnxruntime", 0,
            List.of(spec("a", DataType.FP32, false, 2), spec("b", DataType.FP32, true, 2),
                    spec("c", DataType.FP32, true)),
            List.of(spec("y", DataType.FP32, false, 4)));

    @Test
    void validate_goodRequest_isTheSameOverTheSameMemory() throws Exception {
        CountingLease memory = new CountingLease();
        RequestOptions options = new RequestOptions(1, 2, CorrelationId.of(3), true, false);
        List<Tensor> inputs = List.of(tensor("b", DataType.INT32, 3, 2), tensor("a", DataType.FP32, 3, 16));
        ClientRequest request = new ClientRequest("7", inputs, List.of(new RequestedOutput("z", true, 0)), false,
                options, Map.of("p", new ParameterValue.Int(4)), memory);
        InferenceRequest valid = RequestValidator.validate(batching, request);
        assertThat(valid).isEqualTo(new InferenceRequest("7", inputs, List.of("z"), 3, options,
                Map.of("p", new ParameterValue.Int(4)), memory));
        assertThat(memory.releases()).isZero();
    }

    @Test
    void validate_outputsThatMayStayOnAGpu_keepTheirPlaces() throws Exception {
        OutputPlace onDevice = new OutputPlace.OnDevice(1);
        ClientRequest request = new ClientRequest("7", List.of(tensor("a", DataType.FP32, 3, 16),
                tensor("b", DataType.INT32, 3, 2)),
                List.of(new RequestedOutput("z", true, 0), new RequestedOutput("y", true, 0, null, onDevice)), false,
                RequestOptions.DEFAULT, Map.of(), new CountingLease());
        InferenceRequest valid = RequestValidator.validate(batching, request);
        assertThat(valid.place("y")).isEqualTo(onDevice);
        assertThat(valid.place("z")).isEqualTo(OutputPlace.HOST);
        assertThat(valid.place("other")).isEqualTo(OutputPlace.HOST);
        assertThat(valid.with(valid.inputs(), RequestOptions.DEFAULT).withMemory(new CountingLease()).place("y"))
                .isEqualTo(onDevice);
    }

    @Test
    void validate_noOutputsNamed_wantsThemAll() throws Exception {
        InferenceRequest valid = RequestValidator.validate(optional, request(tensor("a", DataType.FP32, 2)));
        assertThat(valid.requestedOutputs()).isEmpty();
        assertThat(valid.wants("y")).isTrue();
        assertThat(valid.batchSize()).isEqualTo(1);
    }

    // The text of each error

    @Test
    void validate_batchOfNoRows_missesTheBytesOfOneAsInTriton() {
        assertFails(batching, request(tensor("a", DataType.FP32, 0, 16), tensor("b", DataType.INT32, 0, 2)),
                "input byte size mismatch for input 'a' for model 'm'. Expected 64, got 0");
    }

    @Test
    void validate_anyError_namesTheRequestAndKeepsItsMemory() {
        CountingLease memory = new CountingLease();
        ClientRequest request = new ClientRequest("id 7", List.of(), List.of(), false, RequestOptions.DEFAULT, Map.of(),
                memory);
        assertThatThrownBy(() -> RequestValidator.validate(optional, request))
                .hasMessageStartingWith("[request id: id 7] expected");
        assertThat(memory.releases()).isZero();
        assertThatThrownBy(() -> RequestValidator.validate(optional, request()))
                .hasMessageStartingWith("[request id: <id_unknown>] expected");
    }

    @Test
    void validate_unknownOutput_isNamed() {
        ClientRequest request = new ClientRequest("", List.of(tensor("a", DataType.FP32, 2)),
                List.of(new RequestedOutput("y", false, 0), new RequestedOutput("q", false, 0)), false,
                RequestOptions.DEFAULT, Map.of(), () -> {
                });
        assertThatThrownBy(() -> RequestValidator.validate(optional, request))
                .hasMessage("unexpected inference output 'q' for model 'o' (its outputs are ['y'])");
    }

    @Test
    void validate_missingInput_isNamedBesideThoseThatCame() {
        assertFails(batching, request(tensor("a", DataType.FP32, 1, 16)),
                "expected 2 inputs but got 1 inputs for model 'm'. Got input(s) ['a'], but missing required input(s)"
                        + " ['b']. Please provide all required input(s).");
    }

    @Test
    void validate_noInputs_namesAllThatAreMissing() {
        assertFails(batching, request(),
                "expected 2 inputs but got 0 inputs for model 'm'. Got input(s) [], but missing"
                        + " required input(s) ['a','b']. Please provide all required input(s).");
    }

    @Test
    void validate_tooManyInputs_saysHowMany() {
        assertThatThrownBy(() -> RequestValidator.validate(batching, request(tensor("a", DataType.FP32, 1, 16),
                tensor("b", DataType.INT32, 1, 1), tensor("c", DataType.INT32, 1))))
                .hasMessageContaining("expected 2 inputs but got 3 inputs for model 'm'. Got input(s) ['a','b','c']");
    }

    @Test
    void validate_optionalInputs_mayBeLeftOutButNotTheOthers() throws Exception {
        RequestValidator.validate(optional, request(tensor("a", DataType.FP32, 2), tensor("c", DataType.FP32)));
        assertFails(optional, request(tensor("b", DataType.FP32, 2)),
                "expected number of inputs between 1 and 3 but got 1 inputs for model 'o'. Got input(s) ['b'], but missing"
                        + " required input(s) ['a']. Please provide all required input(s).");
    }

    @Test
    void validate_unknownInputInPlaceOfAnother_isNamed() {
        assertThatThrownBy(() -> RequestValidator.validate(batching,
                request(tensor("a", DataType.FP32, 1, 16), tensor("x", DataType.INT32, 1, 1))))
                .hasMessage("unexpected inference input 'x' for model 'm' (its inputs are ['a','b'])");
    }

    @Test
    void validate_inputNameWithCommas_isQuotedAsItIs() {
        assertThatThrownBy(() -> RequestValidator.validate(batching, request(tensor("a, b", DataType.FP32, 1))))
                .hasMessageContaining("Got input(s) ['a, b'],");
    }

    @Test
    void validate_otherDataType_saysBoth() {
        assertFails(batching, request(tensor("a", DataType.FP64, 1, 16), tensor("b", DataType.INT32, 1, 1)),
                "inference input 'a' data-type is 'FP64', but model 'm' expects 'FP32'");
    }

    @Test
    void validate_otherShape_saysBothAndExplainsBatching() {
        assertFails(batching, request(tensor("a", DataType.FP32, 1, 8), tensor("b", DataType.INT32, 1, 1)),
                "unexpected shape for input 'a' for model 'm'. Expected [-1,16], got [1,8]." + NOTE);
        assertFails(batching, request(tensor("a", DataType.FP32, 16), tensor("b", DataType.INT32, 16, 1)),
                "inference request batch-size must be <= 8 for 'm'");
        assertFails(optional, request(tensor("a", DataType.FP32, 1, 2)),
                "unexpected shape for input 'a' for model 'o'. Expected [2], got [1,2].");
    }

    @Test
    void validate_unspecifiedDimension_isRefused() {
        assertFails(batching, request(unsized("a", DataType.FP32, -1, 16), unsized("b", DataType.INT32, -1, 1)),
                "All input dimensions should be specified for input 'a' for model 'm', got [-1,16]");
        assertFails(batching, request(tensor("a", DataType.FP32, 1, 16), unsized("b", DataType.INT32, 1, -1)),
                "All input dimensions should be specified for input 'b' for model 'm', got [1,-1]");
    }

    @Test
    void validate_scalarForAModelThatBatches_isRefused() {
        assertFails(batching, request(tensor("a", DataType.FP32), tensor("b", DataType.INT32, 1, 1)),
                "input 'a' has no shape but model requires batch dimension for 'm'");
    }

    @Test
    void validate_unequalBatchSizes_namesTheOneThatDiffers() {
        assertFails(batching, request(tensor("a", DataType.FP32, 2, 16), tensor("b", DataType.INT32, 3, 1)),
                "input 'b' batch size does not match other inputs for 'm'");
    }

    @Test
    void validate_batchTooLarge_saysTheMost() throws Exception {
        RequestValidator.validate(batching,
                request(tensor("a", DataType.FP32, 8, 16), tensor("b", DataType.INT32, 8, 1)));
        assertFails(batching, request(tensor("a", DataType.FP32, 9, 16), tensor("b", DataType.INT32, 9, 1)),
                "inference request batch-size must be <= 8 for 'm'");
        assertFails(batching,
                request(unsized("a", DataType.FP32, 1L << 32, 16), unsized("b", DataType.INT32, 1L << 32, 1)),
                "inference request batch-size must be <= 8 for 'm'");
    }

    @Test
    void validate_otherByteSize_saysBoth() {
        Tensor cut = new Tensor("a", DataType.FP32, Shape.of(1, 16), MemorySegment.ofArray(new byte[63]));
        assertFails(batching, request(cut, tensor("b", DataType.INT32, 1, 1)),
                "input byte size mismatch for input 'a' for model 'm'. Expected 64, got 63");
    }

    private static void assertFails(ModelSignature model, ClientRequest request, String text) {
        assertThatThrownBy(() -> RequestValidator.validate(model, request))
                .asInstanceOf(type(InferenceException.class))
                .satisfies(e -> assertThat(e.text()).isEqualTo("[request id: <id_unknown>] " + text))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG));
    }

    private static ClientRequest request(Tensor... inputs) {
        return new ClientRequest("", List.of(inputs), List.of(), false, RequestOptions.DEFAULT, Map.of(), () -> {
        });
    }

    /** A tensor with as many bytes as its shape needs. */
    private static Tensor tensor(String name, DataType dataType, long... dims) {
        Shape shape = Shape.of(dims);
        byte[] data = new byte[(int) shape.elementCount() * dataType.byteSize()];
        return new Tensor(name, dataType, shape, MemorySegment.ofArray(data));
    }

    private static Tensor unsized(String name, DataType dataType, long... dims) {
        return new Tensor(name, dataType, Shape.of(dims), MemorySegment.ofArray(new byte[0]));
    }

    private static TensorSpec spec(String name, DataType dataType, boolean optional, long... dims) {
        return new TensorSpec(name, dataType, Shape.of(dims), optional, List.of());
    }
}
