package io.nereid.backend.onnxruntime.binding;

import io.nereid.backend.onnxruntime.OnnxModel;
import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** What sessions say of inputs and outputs of every kind. */
final class SignatureTest {
    private static final int FLOAT = 1;

    @TempDir
    private Path folder;
    private OnnxRuntime runtime;

    @BeforeEach
    void open() throws InferenceException {
        runtime = OnnxRuntime.open();
    }

    @AfterEach
    void close() {
        runtime.close();
    }

    private OrtSession session(OnnxModel model) throws IOException, InferenceException {
        return TestSessions.open(runtime, folder, model);
    }

    @ParameterizedTest
    @EnumSource(DataType.class)
    void inputs_everyDataType_isReadAsWritten(DataType type) throws Exception {
        OnnxModel model = new OnnxModel().input("x", type, 2).output("y", type, 2).node("Identity", "x", "y");
        try (OrtSession session = session(model)) {
            TensorSignature x = session.inputs().getFirst();

            assertThat(x.dataType()).isEqualTo(type);
            assertThat(ElementType.of(type)).isEqualTo(x.elementType());
            assertThat(session.outputs().getFirst().dataType()).isEqualTo(type);
        }
    }

    @Test
    void inputs_dimensionsOfAllKinds_areNumbersNamesOrNothing() throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, "batch", 3, "").output("y", DataType.FP32, "batch",
                3, "").node("Identity", "x", "y");
        try (OrtSession session = session(model)) {
            assertThat(session.inputs()).containsExactly(
                    TensorSignature.of("x", FLOAT, Shape.of(-1, 3, -1), List.of("batch", "", "")));
        }
    }

    @Test
    void inputs_noDimensionsAndAnyNumberOfThem_areNotTheSame() throws Exception {
        OnnxModel model = new OnnxModel().input("scalar", DataType.FP32).inputOfAnyRank("any", DataType.FP32)
                .output("y", DataType.FP32).outputOfAnyRank("z", DataType.FP32).node("Identity", "scalar", "y")
                .node("Identity", "any", "z");
        try (OrtSession session = session(model)) {
            TensorSignature scalar = session.inputs().get(0);
            TensorSignature any = session.inputs().get(1);

            assertThat(scalar.hasShape()).isTrue();
            assertThat(scalar.shape()).isEqualTo(Shape.SCALAR);
            assertThat(any.hasShape()).isFalse();
            assertThat(any.isTensor()).isTrue();
        }
    }

    @Test
    void outputs_sequenceOfTensors_isInWords() throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.INT64, 2).sequenceOutput("y", DataType.INT64)
                .node("SequenceConstruct", "x", "y");
        try (OrtSession session = session(model)) {
            TensorSignature y = session.outputs().getFirst();

            assertThat(y.isTensor()).isFalse();
            assertThat(y.otherType()).isEqualTo("a sequence of INT64 tensors");
            assertThat(y.dataType()).isNull();
        }
    }

    @Test
    void outputs_mapsOfAClassifier_areInWords() throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, 1, 2).zipMap("x", "y");
        try (OrtSession session = session(model)) {
            assertThat(session.outputs().getFirst().otherType()).isEqualTo("a sequence of maps from INT64 to FLOAT");
        }
    }

    @ParameterizedTest
    @CsvSource({"0, UNDEFINED", "1, FLOAT", "14, COMPLEX64", "17, FLOAT8E4M3FN", "26, FLOAT8E8M0",
            "27, number 27 of ONNX Runtime's element types", "-1, number -1 of ONNX Runtime's element types"})
    void elementTypeName_anyNumber_isONNXs(int number, String name) {
        assertThat(TensorSignature.of("x", number, Shape.SCALAR, List.of()).elementTypeName()).isEqualTo(name);
    }

    @ParameterizedTest
    @CsvSource({"0", "14", "15", "17", "26", "27", "-1"})
    void dataType_numberThatTheProtocolLacks_isNone(int number) {
        assertThat(TensorSignature.of("x", number, Shape.SCALAR, List.of()).dataType()).isNull();
    }
}
