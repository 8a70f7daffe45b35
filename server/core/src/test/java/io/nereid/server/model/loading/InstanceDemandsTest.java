package io.nereid.server.model.loading;

import io.nereid.backend.CpuBudget;
import io.nereid.backend.InstancePlacement;
import io.nereid.backend.InstancePlan;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelConfigCompletion;
import io.nereid.modelrepo.config.ModelConfigParser;
import io.nereid.scheduler.instance.InstanceDemand;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class InstanceDemandsTest {
    private static final String TENSORS = """
            backend: "identity"
            input [ { name: "x" data_type: TYPE_FP32 dims: [ 1 ] } ]
            output [ { name: "x" data_type: TYPE_FP32 dims: [ 1 ] } ]
            """;

    @Test
    void of_resourcesAndPriority_areThoseOfTheGroup() {
        assertThat(demands("""
                instance_group [ { kind: KIND_CPU count: 2 rate_limiter {
                  resources [ { name: "R1" count: 4 }, { name: "R2" global: true count: 2 } ]
                  priority: 3
                } } ]
                """)).hasSize(2).containsOnly(new InstanceDemand(InstanceDemand.CPU,
                List.of(new InstanceDemand.Resource("R1", false, 4),
                        new InstanceDemand.Resource("R2", true, 2)),
                3));
    }

    @Test
    void of_nothingSaid_takesNothingWithPriorityOne() {
        InstanceDemand nothing = new InstanceDemand(InstanceDemand.CPU, List.of(), 1);
        assertThat(demands("instance_group [ { kind: KIND_CPU } ]")).containsExactly(nothing);
        assertThat(demands("instance_group [ { kind: KIND_MODEL rate_limiter { priority: 0 } } ]"))
                .containsExactly(nothing);
    }

    @Test
    void of_severalGroupsAndGpus_isInTheOrderOfThePlan() {
        ModelConfig config = config("""
                instance_group [ { kind: KIND_GPU gpus: [ 1, 0 ] count: 2 rate_limiter { priority: 2 } },
                                 { kind: KIND_CPU count: 3 } ]
                """);
        List<InstancePlacement> placements = InstancePlan.of(config, new CpuBudget(1)).placements();
        assertThat(InstanceDemands.of(config)).extracting(InstanceDemand::device)
                .containsExactlyElementsOf(placements.stream().map(InstanceDemandsTest::device).toList())
                .containsExactly(1, 1, 0, 0, InstanceDemand.CPU, InstanceDemand.CPU, InstanceDemand.CPU);
        assertThat(InstanceDemands.of(config)).extracting(InstanceDemand::priority)
                .containsExactly(2L, 2L, 2L, 2L, 1L, 1L, 1L);
    }

    @Test
    void of_passiveGroup_asksForNothing() {
        assertThat(demands("""
                instance_group [ { kind: KIND_CPU passive: true rate_limiter { resources [ { name: "R" count: 9 } ] } },
                                 { kind: KIND_CPU } ]
                """)).containsExactly(new InstanceDemand(InstanceDemand.CPU, List.of(), 1));
    }

    private static int device(InstancePlacement placement) {
        return placement.kind() == InstancePlacement.Kind.GPU ? placement.deviceId() : InstanceDemand.CPU;
    }

    private static List<InstanceDemand> demands(String groups) {
        return InstanceDemands.of(config(groups));
    }

    private static ModelConfig config(String groups) {
        return ModelConfigCompletion.complete(
                ModelConfigParser.parse("m", "config.pbtxt", TENSORS + groups, file -> false), List.of(),
                List.of(0, 1));
    }
}
