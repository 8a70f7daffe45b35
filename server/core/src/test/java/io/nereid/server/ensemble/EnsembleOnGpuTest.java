package io.nereid.server.ensemble;

import io.nereid.inference.DataType;
import io.nereid.inference.OutputPlace;
import io.nereid.inference.RecordingListener;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorData;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.server.protocol.RequestedOutput;
import org.junit.jupiter.api.Test;

import java.util.List;

import static io.nereid.server.ensemble.Configs.ensemble;
import static io.nereid.server.ensemble.Configs.input;
import static io.nereid.server.ensemble.Configs.output;
import static io.nereid.server.ensemble.Configs.step;
import static io.nereid.server.ensemble.Configs.steps;
import static org.assertj.core.api.Assertions.assertThat;

/** Tensors that stay on a GPU between two steps: only where all that take them read them there. */
final class EnsembleOnGpuTest {
    private static final int HOST = TensorData.NO_DEVICE;
    private static final ModelConfig MODEL = Configs.model("a", input("IN", "1") + output("OUT", "1"));
    /** Of t one step makes two: the ensemble's output and what nobody takes. */
    private static final ModelConfig FORK = ensemble(input("I", "1") + output("O", "1") + output("P", "1")
            + steps(step("a", "IN=I", "->", "OUT=t"), step("a", "IN=t", "->", "OUT=O"),
                    step("a", "IN=t", "->", "OUT=P")));
    private static final ModelConfig CHAIN = ensemble(input("I", "1") + output("O", "1")
            + steps(step("a", "IN=I", "->", "OUT=t"), step("a", "IN=t", "->", "OUT=O")));

    private final RecordingListener listener = new RecordingListener();

    private static OutputPlace placeOf(ModelConfig ensemble, Integer... inputDevices) throws Exception {
        TestEnsemble e = new TestEnsemble(ensemble, List.of(inputDevices).stream().map(_ -> MODEL).toList(),
                List.of(inputDevices));
        e.infer(new RecordingListener(), List.of(), FakeModel.tensor("I", 1));
        FakeModel.Asked first = e.model(0).last();
        RequestedOutput asked = first.request.outputs().getFirst();
        e.model(0).answer(first, FakeModel.tensor("OUT", 2));
        OutputPlace last = e.model(1).last().request.outputs().getFirst().place();
        assertThat(last).as("the client's").isEqualTo(OutputPlace.HOST);
        return asked.place();
    }

    @Test
    void place_isWhereAllThatTakeItReadIt() throws Exception {
        assertThat(placeOf(CHAIN, HOST, 1)).isEqualTo(new OutputPlace.OnDevice(1));
        assertThat(placeOf(CHAIN, 1, HOST)).isEqualTo(OutputPlace.HOST);
        assertThat(placeOf(FORK, HOST, 2, 2)).isEqualTo(new OutputPlace.OnDevice(2));
        assertThat(placeOf(FORK, HOST, 2, HOST)).isEqualTo(OutputPlace.HOST);
        assertThat(placeOf(FORK, HOST, 1, 2)).isEqualTo(OutputPlace.HOST);
    }

    @Test
    void place_tensorThatIsAnOutputToo_isInHostMemory() throws Exception {
        assertThat(placeOf(ensemble(input("I", "1") + output("t", "1") + output("O", "1")
                + steps(step("a", "IN=I", "->", "OUT=t"), step("a", "IN=t", "->", "OUT=O"))), 1, 1))
                .isEqualTo(OutputPlace.HOST);
    }

    /** Its memory is the GPU's, of which no ledger counts anything, and is held until the last step has it. */
    @Test
    void enqueue_tensorOnAGpu_goesToTheNextStepAsItLies() throws Exception {
        TestEnsemble e = new TestEnsemble(FORK, List.of(MODEL, MODEL, MODEL), List.of(1, 1, 1));
        e.infer(listener, List.of(), FakeModel.tensor("I", 1));
        TensorData onGpu = TensorData.cuda(1, 0x7000, 8);
        e.model(0).answer(e.model(0).last(), new Tensor("OUT", DataType.INT64, Shape.of(1), onGpu));
        assertThat(e.services.charged()).isZero();
        for (int step = 1; step <= 2; step++) {
            FakeModel.Asked asked = e.model(step).last();
            assertThat(asked.request.inputs().getFirst().memory()).isEqualTo(onGpu);
            assertThat(asked.ownBytes).isZero();
            assertThat(e.held).as("until the last step has run").hasValue(step);
            e.model(step).answer(asked, FakeModel.tensor("OUT", 5));
        }
        assertThat(e.held).as("the two answers").hasValue(2);
        listener.response().memory().release();
        assertThat(e.held).hasValue(0);
    }
}
