package gourmetgram.classify;

import gourmetgram.v2.Signature;
import gourmetgram.v2.Signature.TensorInfo;
import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class FoodModelTest {
    private static final TensorInfo FILE = new TensorInfo("INPUT_IMAGE", "BYTES", List.of(-1L, 1L));
    private static final TensorInfo LABEL = new TensorInfo("FOOD_LABEL", "BYTES", List.of(-1L, 1L));
    private static final TensorInfo PROBABILITY = new TensorInfo("PROBABILITY", "FP32", List.of(-1L, 1L));
    private static final TensorInfo PIXELS = new TensorInfo("input", "FP32", List.of(-1L, 3L, 224L, 224L));
    private static final TensorInfo LOGITS = new TensorInfo("output", "FP32", List.of(-1L, 11L));

    @Test
    void bytesIn_areAPhotograph() throws InferenceException {
        assertThat(FoodModel.of("m", new Signature(List.of(FILE), List.of(PROBABILITY, LABEL))))
                .isEqualTo(new FoodModel.Photographs(FILE, LABEL, PROBABILITY));
    }

    @Test
    void numbersIn_areATensor() throws InferenceException {
        assertThat(FoodModel.of("m", new Signature(List.of(PIXELS), List.of(LOGITS))))
                .isEqualTo(new FoodModel.Tensors(PIXELS, LOGITS));
    }

    @Test
    void aModelWithoutBatches_isOneToo() throws InferenceException {
        TensorInfo pixels = new TensorInfo("input", "FP32", List.of(3L, 224L, 224L));
        TensorInfo logits = new TensorInfo("output", "FP32", List.of(11L));
        assertThat(FoodModel.of("m", new Signature(List.of(pixels), List.of(logits))))
                .isEqualTo(new FoodModel.Tensors(pixels, logits));
    }

    @Test
    void anythingElse_isRefusedWithBothSignatures() {
        TensorInfo thousand = new TensorInfo("output", "FP32", List.of(-1L, 1000L));
        for (Signature other : List.of(new Signature(List.of(PIXELS), List.of(thousand)),
                new Signature(List.of(FILE), List.of(LABEL)), new Signature(List.of(FILE, PIXELS), List.of(LOGITS)),
                new Signature(List.of(), List.of()))) {
            assertThatThrownBy(() -> FoodModel.of("m", other)).isInstanceOf(InferenceException.class)
                    .hasMessageContaining("model 'm': got inputs " + other.inputs())
                    .hasMessageContaining("expected one input of BYTES");
        }
    }

    @Test
    void aDimensionThatRequestsChoose_isOne() {
        assertThat(PIXELS.shapeOfOne()).containsExactly(1L, 3L, 224L, 224L);
    }
}
