package gourmetgram.classify;

import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class FoodLabelsTest {
    private static final Path OF_THE_MODEL = Path.of("..", "food11", "models", "food_classifier_onnx", "labels.txt");

    @Test
    void labels_areThoseOfTheModel() throws IOException {
        assertThat(FoodLabels.ALL).isEqualTo(Files.readAllLines(OF_THE_MODEL));
    }

    @Test
    void probability_isTheSoftmax() throws InferenceException {
        float[] logits = {0, 0, 0, 0, 0, 0, 0, 0, 0, (float) Math.log(30), (float) Math.log(60)};
        Prediction prediction = FoodLabels.likeliest(logits);
        assertThat(prediction.label()).isEqualTo("Vegetable/Fruit");
        assertThat(prediction.probability()).isCloseTo(60.0 / 99, within(1e-6));
    }

    @Test
    void equalLogits_areEquallyLikely() throws InferenceException {
        Prediction prediction = FoodLabels.likeliest(new float[11]);
        assertThat(prediction.label()).isEqualTo("Bread");
        assertThat(prediction.probability()).isCloseTo(1.0 / 11, within(1e-12));
    }

    @Test
    void largeLogits_makeNoInfinity() throws InferenceException {
        float[] logits = new float[11];
        logits[4] = Float.MAX_VALUE;
        assertThat(FoodLabels.likeliest(logits)).isEqualTo(new Prediction("Fried food", 1));
    }

    @Test
    void anotherNumberOfLogits_isRefused() {
        assertThatThrownBy(() -> FoodLabels.likeliest(new float[12])).isInstanceOf(InferenceException.class)
                .hasMessageContaining("the model gave 12 numbers (expected 11, one for each label)");
    }

    @Test
    void whatIsNoNumber_isNoProbability() {
        float[] logits = new float[11];
        logits[3] = Float.NaN;
        assertThatThrownBy(() -> FoodLabels.likeliest(logits)).isInstanceOf(InferenceException.class)
                .hasMessageContaining("probability: got NaN (expected 0 to 1)");
    }

    @Test
    void probabilitiesOutsideOfZeroToOne_areRefused() {
        for (double wrong : new double[]{-0.001, 1.001, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatThrownBy(() -> new Prediction("Egg", wrong)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("probability: got " + wrong + " (expected 0 to 1)");
        }
    }
}
