package io.nereid.backend;

import io.nereid.backend.InstancePlacement.Kind;
import io.nereid.modelrepo.config.InstanceGroupConfig;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelConfigCompletion;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

final class InstancePlanTest {
    private static final String TENSORS = """
            backend: "identity"
            input { name: "INPUT0" data_type: TYPE_FP32 dims: 1 }
            output { name: "OUTPUT0" data_type: TYPE_FP32 dims: 1 }
            """;

    @Test
    void of_cpuGroup_namesInstancesAndSharesTheProcessors() {
        InstancePlan plan = plan("instance_group { kind: KIND_CPU count: 2 }", List.of(), 8);

        assertThat(plan.placements()).containsExactly(new InstancePlacement("m_0_0", Kind.CPU, 0, 4, false),
                new InstancePlacement("m_0_1", Kind.CPU, 0, 4, false));
    }

    @Test
    void of_moreInstancesThanProcessors_givesEachOneThread() {
        InstancePlan plan = plan("instance_group { kind: KIND_CPU count: 5 }", List.of(), 2);

        assertThat(plan.placements()).hasSize(5).allMatch(placement -> placement.threads() == 1);
    }

    @Test
    void of_gpuGroup_placesItsCountOnEachGpu() {
        InstancePlan plan = plan("instance_group { kind: KIND_GPU count: 2 gpus: [0, 1] }", List.of(0, 1), 8);

        assertThat(plan.placements()).containsExactly(new InstancePlacement("m_0_0_gpu0", Kind.GPU, 0, 2, false),
                new InstancePlacement("m_0_1_gpu0", Kind.GPU, 0, 2, false),
                new InstancePlacement("m_0_0_gpu1", Kind.GPU, 1, 2, false),
                new InstancePlacement("m_0_1_gpu1", Kind.GPU, 1, 2, false));
    }

    @Test
    void of_severalGroups_countsAllTheirInstances() {
        InstancePlan plan = plan("""
                instance_group { name: "a" kind: KIND_CPU count: 3 }
                instance_group { name: "b" kind: KIND_MODEL count: 1 }""", List.of(), 8);

        assertThat(plan.threadsPerInstance()).isEqualTo(2);
        assertThat(plan.placements()).extracting(InstancePlacement::name).containsExactly("a_0", "a_1", "a_2", "b_0");
        assertThat(plan.placements().getLast().kind()).isEqualTo(Kind.MODEL);
    }

    @Test
    void of_passiveGroup_isPlacedButGetsNoShareOfTheProcessors() {
        InstancePlan plan = plan("""
                instance_group { name: "a" kind: KIND_CPU count: 2 }
                instance_group { name: "p" kind: KIND_CPU count: 6 passive: true }""", List.of(), 8);

        assertThat(plan.threadsPerInstance()).isEqualTo(4);
        assertThat(plan.activeInstances()).isEqualTo(2);
        assertThat(plan.placements()).hasSize(8);
        assertThat(plan.placements()).extracting(InstancePlacement::passive).containsExactly(false, false, true, true,
                true,
                true, true, true);
        assertThat(plan.describe(new CpuBudget(8))).contains("6 of them passive");
    }

    @Test
    void of_groupNotResolved_isRefused() {
        ModelConfig config = RunningModel.config("m", TENSORS + "instance_group { kind: KIND_AUTO count: 1 }");

        assertThatIllegalArgumentException().isThrownBy(() -> InstancePlan.of(config, new CpuBudget(1)))
                .withMessageContaining("KIND_AUTO");
    }

    @Test
    void describe_cpuAndGpu_saysHowManyRunWhere() {
        InstancePlan plan = plan("""
                instance_group { kind: KIND_CPU count: 1 }
                instance_group { kind: KIND_GPU count: 1 gpus: 0 }""", List.of(0), 4);

        assertThat(plan.describe(new CpuBudget(4)))
                .isEqualTo("2 instances on CPU, GPU 0, 2 of 4 processors each unless configured otherwise");
    }

    private static InstancePlan plan(String groups, List<Integer> gpus, int processors) {
        List<InstanceGroupConfig> preferred = List.of();
        return InstancePlan.of(
                ModelConfigCompletion.complete(RunningModel.config("m", TENSORS + groups), preferred, gpus),
                new CpuBudget(processors));
    }
}
