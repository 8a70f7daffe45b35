package io.nereid.backend.onnxruntime;

import io.nereid.backend.Backend;
import io.nereid.backend.GpuMemory;
import io.nereid.backend.ModelVersion;
import io.nereid.backend.Requests;
import io.nereid.backend.RunningModel;
import io.nereid.inference.DataType;
import io.nereid.inference.Shape;
import io.nereid.statistics.ModelStatistics;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

final class GpuInstancesTest extends OnnxRuntimeTest {
    private static final OnnxModel NEGATION = new OnnxModel().input("x", DataType.FP32, "batch", 2L)
            .output("y", DataType.FP32, "batch", 2L).node("Neg", "x", "y");

    private final GpuInstances instances = new GpuInstances();

    @Override
    protected Backend wrapped(OnnxRuntimeBackend real) {
        return new StandInGpuBackend(real, environment());
    }

    private OnnxRuntimeInstance added(RunningModel model, long version) {
        OnnxRuntimeInstance instance = (OnnxRuntimeInstance) model.instance();
        instances.add(instance, new ModelVersion("m", version, directory, directory));
        return instance;
    }

    private void run(RunningModel model) throws Exception {
        model.runOne(Requests.in(memory).floats("x", Shape.of(1, 2), 1, 2).build()).memory().release();
    }

    @Test
    void memory_ofSeveralInstances_isAddedUpByVersion() throws Exception {
        try (RunningModel one = start(NEGATION, "max_batch_size: 8");
                RunningModel two = start(NEGATION, "max_batch_size: 8");
                RunningModel other = start(NEGATION, "max_batch_size: 8")) {
            OnnxRuntimeInstance first = added(one, 1);
            added(two, 1);
            added(other, 2);
            run(one);
            run(two);
            // an input and an output of 256 bytes each; the arena of a session on the CPU is no GPU's
            assertThat(instances.memory()).containsExactly(new GpuMemory("m", 1, ModelStatistics.NO_GPU, 1024),
                    new GpuMemory("m", 2, ModelStatistics.NO_GPU, 0));
            instances.remove(first);
            assertThat(instances.memory()).contains(new GpuMemory("m", 1, ModelStatistics.NO_GPU, 512));
        }
    }
}
