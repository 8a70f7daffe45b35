package io.nereid.backend;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.DataType;
import io.nereid.modelrepo.config.ModelInput;
import io.nereid.modelrepo.config.ModelOutput;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What a configuration must be for a backend that is a model by itself. */
final class DecoupledSignatureTest {
    private static final String INPUT = "input { name: \"IN\" data_type: TYPE_INT32 dims: [-1] } ";
    private static final String OUTPUT = "output { name: \"OUT\" data_type: TYPE_INT32 dims: [1] } ";
    private final DecoupledSignature signature = new DecoupledSignature("own",
            List.of(ModelInput.of("IN", DataType.INT32, List.of(-1L))),
            List.of(ModelOutput.of("OUT", DataType.INT32, List.of(1L))));

    private void check(String config) throws InferenceException {
        signature.check(RunningModel.config("m", "backend: \"own\" " + config));
    }

    private void assertRefused(String config, String why) {
        assertThatThrownBy(() -> check(config)).isInstanceOfSatisfying(InferenceException.class,
                e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG))
                .hasMessage("unable to load model 'm' with the own backend: " + why);
    }

    @ParameterizedTest
    @CsvSource({"-1", "1", "7"})
    void check_openDimension_takesAnySize(String dim) {
        assertThatNoException().isThrownBy(() -> check(INPUT.replace("-1", dim) + OUTPUT));
    }

    @Test
    void check_configurationThatBatches_isRefused() {
        assertRefused("max_batch_size: 2 " + INPUT + OUTPUT, "max_batch_size is 2 (expected 0)");
    }

    @Test
    void check_missingTensor_isNamed() {
        assertRefused(OUTPUT, "it has no input 'IN'");
        assertRefused(INPUT, "it has no output 'OUT'");
    }

    @Test
    void check_tensorTooMany_isNamedWithThoseThereAre() {
        assertRefused(INPUT + INPUT.replace("\"IN\"", "\"MORE\"") + OUTPUT,
                "it has an input 'MORE' (expected only IN)");
        assertRefused(INPUT + OUTPUT + OUTPUT.replace("\"OUT\"", "\"MORE\""),
                "it has an output 'MORE' (expected only OUT)");
    }

    @Test
    void check_otherTypeDimsOrReshape_saysBoth() {
        assertRefused(INPUT.replace("INT32", "FP32") + OUTPUT,
                "input 'IN' has data_type TYPE_FP32 (expected TYPE_INT32)");
        assertRefused(INPUT + OUTPUT.replace("[1]", "[2]"), "output 'OUT' has dims [2] (expected [1])");
        assertRefused(INPUT + OUTPUT.replace("[1]", "[1, 1]"), "output 'OUT' has dims [1, 1] (expected [1])");
        assertRefused(INPUT.replace("[-1] }", "[4] reshape { shape: [2, 2] } }") + OUTPUT,
                "input 'IN' has a reshape (expected none)");
    }
}
