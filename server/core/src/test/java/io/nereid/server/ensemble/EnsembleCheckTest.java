package io.nereid.server.ensemble;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.ModelConfig;
import org.junit.jupiter.api.Test;

import java.util.List;

import static io.nereid.server.ensemble.Configs.decoupled;
import static io.nereid.server.ensemble.Configs.ensemble;
import static io.nereid.server.ensemble.Configs.input;
import static io.nereid.server.ensemble.Configs.model;
import static io.nereid.server.ensemble.Configs.output;
import static io.nereid.server.ensemble.Configs.step;
import static io.nereid.server.ensemble.Configs.steps;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class EnsembleCheckTest {
    private static final ModelConfig CHAIN = ensemble(input("I", "16") + output("O", "16")
            + steps(step("a", "IN=I", "->", "OUT=t"), step("b", "IN=t", "->", "OUT=O")));

    private static ModelConfig simple(String name, String dims) {
        return model(name, input("IN", dims) + output("OUT", dims));
    }

    private static String batching(int max) {
        return "max_batch_size: " + max + "\n";
    }

    private static void assertFails(String text, ModelConfig ensemble, ModelConfig... models) {
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> EnsembleCheck.check(ensemble, List.of(models)))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG))
                .satisfies(e -> assertThat(e.text()).startsWith(text));
    }

    @Test
    void check_thatFits_passes() throws Exception {
        EnsembleCheck.check(CHAIN, List.of(simple("a", "16"), simple("b", "-1")));
    }

    @Test
    void check_batchingModelsBesideOthers_passes() throws Exception {
        ModelConfig batched = model("a", batching(8) + input("IN", "16") + output("OUT", "16"));
        EnsembleCheck.check(CHAIN, List.of(batched, simple("b", "16")));
        EnsembleCheck.check(CHAIN, List.of(simple("a", "16"), simple("b", "16")));
    }

    @Test
    void check_smallerBatches_fails() {
        ModelConfig batched = ensemble(batching(8) + input("I", "16") + output("O", "16")
                + steps(step("a", "IN=I", "->", "OUT=O")));
        assertFails("ensemble e allows maximum batch size 8, but it contains model a which only allows maximum batch"
                + " size to be 4", batched, model("a", batching(4) + input("IN", "16") + output("OUT", "16")));
    }

    @Test
    void check_unknownNames_fail() {
        assertFails("in ensemble e, ensemble tensor I is mapping to non-existing input IN in model a", CHAIN,
                model("a", input("OTHER", "16") + output("OUT", "16")), simple("b", "16"));
        assertFails("in ensemble e, ensemble tensor t is mapped from non-existing output OUT in model a", CHAIN,
                model("a", input("IN", "16") + output("OTHER", "16")), simple("b", "16"));
    }

    @Test
    void check_inputWithoutTensor_failsUnlessOptional() throws Exception {
        ModelConfig more = model("b", input("IN", "16") + input("MORE", "16") + output("OUT", "16"));
        assertFails("in ensemble e, input MORE in model b is not mapped to any ensemble tensors", CHAIN,
                simple("a", "16"), more);
        ModelConfig optional = model("b", input("IN", "16")
                + "input { name: 'MORE' data_type: TYPE_INT64 dims: [ 16 ] optional: true }" + output("OUT", "16"));
        EnsembleCheck.check(CHAIN, List.of(simple("a", "16"), optional));
    }

    @Test
    void check_otherType_fails() {
        ModelConfig floats = model("b", "input { name: 'IN' data_type: TYPE_FP32 dims: [ 16 ] }"
                + output("OUT", "16"));
        assertFails("in ensemble e, ensemble tensor t: inconsistent data type: TYPE_INT64 is inferred from model a"
                + " while TYPE_FP32 is inferred from model b", CHAIN, simple("a", "16"), floats);
    }

    @Test
    void check_otherShape_fails() {
        assertFails("in ensemble e, ensemble tensor t: inconsistent shape: [-1,16] is inferred from model a while"
                + " [16,16,16] is inferred from model b", CHAIN,
                model("a", batching(8) + input("IN", "16") + output("OUT", "16")),
                model("b", input("IN", "16, 16, 16") + output("OUT", "16")));
        assertFails("in ensemble e, ensemble tensor I: inconsistent shape: [16] is inferred from model e while [17] is"
                + " inferred from model a", CHAIN, simple("a", "17"), simple("b", "16"));
    }

    @Test
    void check_reshapeOfTheEnsemble_isWhatStepsSee() throws Exception {
        ModelConfig reshaped = ensemble("""
                input { name: 'I' data_type: TYPE_INT64 dims: [ 16 ] reshape { shape: [ 4, 4 ] } }
                """ + output("O", "4, 4") + steps(step("a", "IN=I", "->", "OUT=O")));
        EnsembleCheck.check(reshaped, List.of(simple("a", "4, 4")));
        assertFails("in ensemble e, ensemble tensor I: inconsistent shape", reshaped, simple("a", "16"));
    }

    @Test
    void check_inputsOfTwoDecoupledModels_fails() throws Exception {
        ModelConfig joined = ensemble(input("I", "1") + output("O", "1")
                + steps(step("a", "IN=I", "->", "OUT=t"), step("b", "IN=I", "->", "OUT=u"),
                        step("c", "X=t", "Y=u", "->", "OUT=O")));
        ModelConfig stream = model("a", decoupled() + input("IN", "1") + output("OUT", "1"));
        ModelConfig both = model("c", input("X", "1") + input("Y", "1") + output("OUT", "1"));
        EnsembleCheck.check(joined, List.of(stream, simple("b", "1"), both));
        assertFails("in ensemble e, step of model 'c' receives inputs originated from different decoupled models",
                joined, stream, model("b", decoupled() + input("IN", "1") + output("OUT", "1")), both);
    }
}
