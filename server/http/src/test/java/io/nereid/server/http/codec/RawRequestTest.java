package io.nereid.server.http.codec;

import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InputMemory;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;
import io.nereid.server.protocol.ClientRequest;
import io.nereid.server.protocol.ModelSignature;
import io.nereid.server.protocol.RequestLimits;
import io.nereid.server.protocol.TensorSpec;
import io.nereid.server.sharedmemory.SharedMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The shape that a raw body gets, for every type, and bodies for which none can be found. */
class RawRequestTest {
    private static final int MAX_INPUT = 4096;

    private final TensorMemory memory = Bodies.memory();
    private final InferRequestReader reader = new InferRequestReader(new SharedMemory(false), MAX_INPUT,
            RequestLimits.DEFAULT);

    @AfterEach
    void nothingLeaked() {
        assertThat(memory.bytesInUse()).isZero();
    }

    private interface Check {
        void check(Tensor input);
    }

    private void read(ModelSignature model, byte[] bytes, Check check) throws InferenceException {
        TensorBuffer body = Bodies.of(memory, bytes);
        try {
            ClientRequest request = reader.readRaw(model, InputMemory.of(memory), body);
            assertThat(request.inputs()).hasSize(1);
            assertThat(request.outputs()).isEmpty();
            assertThat(request.binaryByDefault()).isTrue();
            check.check(request.inputs().getFirst());
        } finally {
            body.release();
        }
    }

    private Shape shape(int maxBatchSize, TensorSpec input, int bytes) throws InferenceException {
        Shape[] shape = new Shape[1];
        read(Bodies.model(maxBatchSize, input), new byte[bytes], tensor -> shape[0] = tensor.shape());
        return shape[0];
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BYTES")
    void readRaw_everyType_countsItsOwnElements(DataType type) throws InferenceException {
        assertThat(shape(0, Bodies.spec("x", type, -1), 24)).isEqualTo(Shape.of(24 / type.byteSize()));
        assertThat(shape(0, Bodies.spec("x", type, 3, -1), 24)).isEqualTo(Shape.of(3, 8 / type.byteSize()));
        assertThat(shape(8, Bodies.spec("x", type, -1, -1), 24)).isEqualTo(Shape.of(1, 24 / type.byteSize()));
    }

    @Test
    void readRaw_dimensionOfAnySizeAnywhere_takesWhatTheOthersLeave() throws InferenceException {
        assertThat(shape(0, Bodies.spec("x", DataType.UINT8, -1, 2, 3), 24)).isEqualTo(Shape.of(4, 2, 3));
        assertThat(shape(0, Bodies.spec("x", DataType.UINT8, 2, -1, 3), 24)).isEqualTo(Shape.of(2, 4, 3));
        assertThat(shape(0, Bodies.spec("x", DataType.UINT8, -1, 0), 24)).isEqualTo(Shape.of(0, 0));
        assertThat(shape(0, Bodies.spec("x", DataType.UINT8, -1), 0)).isEqualTo(Shape.of(0));
    }

    @Test
    void readRaw_fixedType_staysWhereItIsInTheBody() throws InferenceException {
        byte[] bytes = Bodies.floats(1.5f, -2f);
        read(Bodies.model(0, Bodies.spec("x", DataType.FP32, -1)), bytes, tensor -> {
            assertThat(tensor.name()).isEqualTo("x");
            assertThat(tensor.dataType()).isEqualTo(DataType.FP32);
            assertThat(Bodies.bytesOf(tensor.data())).isEqualTo(bytes);
        });
    }

    @Test
    void readRaw_string_isTheWholeBodyBehindItsLength() throws InferenceException {
        TensorBuffer body = Bodies.of(memory, "a\u0000é");
        ClientRequest request = reader.readRaw(Bodies.model(0, Bodies.spec("x", DataType.BYTES, 1)),
                InputMemory.of(memory), body);
        Tensor input = request.inputs().getFirst();
        assertThat(input.shape()).isEqualTo(Shape.of(1));
        assertThat(Bodies.bytesOf(input.data())).isEqualTo(Bodies.strings("a\u0000é"));
        request.release();
    }

    @Test
    void readPhotograph_isRawButAnsweredAsJson() throws InferenceException {
        ModelSignature model = Bodies.model(8, Bodies.spec("x", DataType.BYTES, -1, 1));
        TensorBuffer body = Bodies.of(memory, "BM...");
        assertThat(InferRequestReader.isPhotograph(model, body)).isTrue();
        ClientRequest request = reader.readPhotograph(model, InputMemory.of(memory), body);
        assertThat(request.binaryByDefault()).isFalse();
        assertThat(request.inputs().getFirst().shape()).isEqualTo(Shape.of(1, 1));
        assertThat(Bodies.bytesOf(request.inputs().getFirst().data())).isEqualTo(Bodies.strings("BM..."));
        request.release();
    }

    @Test
    void isPhotograph_otherBodiesAndOtherModels_isNone() throws InferenceException {
        TensorSpec string = Bodies.spec("x", DataType.BYTES, 1);
        TensorBuffer photograph = Bodies.of(memory, "BM...");
        TensorBuffer json = Bodies.of(memory, "{\"inputs\":[]}");
        assertThat(InferRequestReader.isPhotograph(Bodies.model(0, string), json)).isFalse();
        assertThat(InferRequestReader.isPhotograph(Bodies.model(0, string, Bodies.spec("y", DataType.BYTES, 1)),
                photograph)).isFalse();
        assertThat(InferRequestReader.isPhotograph(Bodies.model(0, Bodies.spec("x", DataType.BYTES, 2)), photograph))
                .isFalse();
        assertThat(InferRequestReader.isPhotograph(Bodies.model(0, Bodies.spec("x", DataType.UINT8, 1)), photograph))
                .isFalse();
        photograph.release();
        json.release();
    }

    private void refused(ModelSignature model, int bytes, String text) throws InferenceException {
        TensorBuffer body = Bodies.of(memory, new byte[bytes]);
        long before = memory.bytesInUse();
        assertThatThrownBy(() -> reader.readRaw(model, InputMemory.of(memory), body))
                .isInstanceOfSatisfying(InferenceException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG);
                    assertThat(e.text()).isEqualTo(text);
                });
        assertThat(memory.bytesInUse()).as("only the body is left, which is the caller's").isEqualTo(before);
        body.release();
    }

    @Test
    void readRaw_size_upToTheLimitAndNoFurther() throws InferenceException {
        assertThat(shape(0, Bodies.spec("x", DataType.INT8, -1), MAX_INPUT)).isEqualTo(Shape.of(MAX_INPUT));
        refused(Bodies.model(0, Bodies.spec("x", DataType.INT8, -1)), MAX_INPUT + 1,
                "Raw input has a byte_size (4097) that exceeds the maximum allowed value of 4096 bytes. Use "
                        + "--http-max-input-size to increase the limit.");
    }

    @Test
    void readRaw_noInputsOrNoShape_isInvalid() throws InferenceException {
        refused(Bodies.model(0), 4,
                "[request id: <id_unknown>] Raw request must only have 1 input (found 1) to be deduced but got 0 inputs in 'm' "
                        + "model configuration");
        refused(Bodies.model(8, Bodies.spec("x", DataType.FP32, -1, -1, -1)), 4,
                "The shape of the raw input 'x' can not "
                        + "be deduced because there are more than one variable-sized dimension");
        String strings = "For BYTE datatype raw input 'x', the model must have input shape [1]";
        refused(Bodies.model(0, Bodies.spec("x", DataType.BYTES, -1)), 4, strings);
        refused(Bodies.model(8, Bodies.spec("x", DataType.BYTES, -1, 1, 1)), 4, strings);
        refused(Bodies.model(8, Bodies.spec("x", DataType.BYTES, -1)), 4, strings);
    }

    @Test
    void readRaw_dimensionsBeyondCounting_areInvalid() throws InferenceException {
        refused(Bodies.model(0, Bodies.spec("x", DataType.INT8, 1L << 40, 1L << 40, -1)), 4, "The shape of the raw "
                + "input 'x' can not be deduced because its fixed dimensions have more elements than can be counted");
    }
}
