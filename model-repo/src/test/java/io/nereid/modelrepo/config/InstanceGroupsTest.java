package io.nereid.modelrepo.config;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class InstanceGroupsTest {

    private static final String ONNX = TestConfigs.SOUND.replace("identity", "onnxruntime");

    @Test
    void complete_nothingSaidOnCpu_isOneGroupNamedAsTheModel() {
        assertThat(groups(TestConfigs.SOUND, List.of(), List.of()))
                .containsExactly(group("m", InstanceGroupConfig.Kind.CPU, 1, List.of()));
    }

    @Test
    void complete_onnxruntimeOnCpu_hasTwoInstances() {
        assertThat(groups(ONNX, List.of(), List.of()))
                .containsExactly(group("m", InstanceGroupConfig.Kind.CPU, 2, List.of()));
    }

    @Test
    void complete_nothingSaidOnGpus_isOneInstanceOnEach() {
        assertThat(groups(ONNX, List.of(), List.of(0, 1)))
                .containsExactly(group("m", InstanceGroupConfig.Kind.GPU, 1, List.of(0, 1)));
    }

    @Test
    void complete_groupsWithoutNames_areNumbered() {
        assertThat(groups(ONNX + "instance_group { kind: KIND_CPU } instance_group { name: 'x' kind: KIND_MODEL }"
                + " instance_group { kind: KIND_GPU count: 3 gpus: 1 }", List.of(), List.of(0, 1))).containsExactly(
                        group("m_0", InstanceGroupConfig.Kind.CPU, 2, List.of()),
                        group("x", InstanceGroupConfig.Kind.MODEL, 1, List.of()),
                        group("m_2", InstanceGroupConfig.Kind.GPU, 3, List.of(1)));
    }

    @Test
    void complete_autoWithAListedGpuThatIsNotThere_isReportedWithTheOnesThereAre() {
        assertThatThrownBy(() -> groups(ONNX + "instance_group { gpus: [ 0, 7 ] }", List.of(), List.of(0)))
                .hasMessageContaining("4:29: instance group m_0 of model m specifies invalid or unsupported gpu id 7,"
                        + " available GPUs are [0]")
                .message().doesNotContain("KIND_CPU");
    }

    @Test
    void complete_gpusWantedAndTheServerCannotUseAny_isReportedWhy() {
        Gpus none = new Gpus(List.of(), "this is the CPU build", false);
        for (String group : List.of("kind: KIND_GPU", "gpus: 0", "kind: KIND_AUTO gpus: [ 0, 1 ]")) {
            assertThatThrownBy(() -> complete("instance_group { " + group + " }", none))
                    .hasMessageContaining("but no GPUs are available: this is the CPU build; ")
                    .hasMessageContaining("--gpu-fallback=cpu").message().doesNotContain("has kind KIND_CPU");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"kind: KIND_GPU", "kind: KIND_GPU gpus: [ 0, 1 ]", "gpus: 0", "kind: KIND_AUTO gpus: 3"})
    void complete_gpusWantedAndCpuInstead_isOnTheCpuWithItsCounts(String group) {
        Gpus none = new Gpus(List.of(), "", true);
        assertThat(complete("instance_group { " + group + " count: 3 }", none))
                .containsExactly(group("m_0", InstanceGroupConfig.Kind.CPU, 3, List.of()));
        assertThat(complete("instance_group { " + group + " }", none))
                .containsExactly(group("m_0", InstanceGroupConfig.Kind.CPU, 2, List.of()));
    }

    @Test
    void complete_cpuInsteadWhereThereAreGpus_changesNothing() {
        Gpus two = new Gpus(List.of(0, 1), "", true);
        assertThat(complete("instance_group { kind: KIND_GPU }", two))
                .containsExactly(group("m_0", InstanceGroupConfig.Kind.GPU, 1, List.of(0, 1)));
        assertThatThrownBy(() -> complete("instance_group { kind: KIND_GPU gpus: 2 }", two))
                .hasMessageContaining("invalid or unsupported gpu id 2");
        assertThatThrownBy(() -> complete("instance_group { kind: KIND_CPU gpus: 0 }", new Gpus(List.of(), "", true)))
                .hasMessageContaining("has kind KIND_CPU but specifies one or more GPUs");
    }

    private static List<InstanceGroupConfig> complete(String group, Gpus gpus) {
        return ModelConfigCompletion.complete(TestConfigs.parse(ONNX + group), List.of(), gpus).instanceGroups();
    }

    @Test
    void complete_unknownGpu_isReportedWithTheOnesThereAre() {
        assertThatThrownBy(
                () -> groups(ONNX + "instance_group { kind: KIND_GPU gpus: [ 0, 7 ] }", List.of(), List.of(0, 1)))
                .hasMessageContaining("4:44: instance group m_0 of model m specifies invalid or unsupported gpu id 7,"
                        + " available GPUs are [0, 1]");
    }

    @Test
    void complete_backendPrefersModel_isTakenWhereNothingIsSaid() {
        List<InstanceGroupConfig> preferred = List
                .of(InstanceGroupConfig.of(InstanceGroupConfig.Kind.MODEL, 5, List.of()));
        assertThat(groups(TestConfigs.SOUND, preferred, List.of(0)))
                .containsExactly(group("m", InstanceGroupConfig.Kind.MODEL, 5, List.of()));
        assertThat(groups(TestConfigs.SOUND + "instance_group { kind: KIND_CPU }", preferred, List.of(0)))
                .containsExactly(group("m_0", InstanceGroupConfig.Kind.CPU, 1, List.of()));
    }

    @Test
    void complete_backendPrefersGpus_areTakenAsFarAsTheyAreThere() {
        List<InstanceGroupConfig> preferred = List.of(
                InstanceGroupConfig.of(InstanceGroupConfig.Kind.GPU, 3, List.of(1, 2)),
                InstanceGroupConfig.of(InstanceGroupConfig.Kind.CPU, 4, List.of()));
        assertThat(groups(TestConfigs.SOUND, preferred, List.of(0, 1)))
                .containsExactly(group("m", InstanceGroupConfig.Kind.GPU, 3, List.of(1)));
        assertThat(groups(TestConfigs.SOUND, preferred, List.of(0)))
                .containsExactly(group("m", InstanceGroupConfig.Kind.CPU, 4, List.of()));
        assertThat(groups(TestConfigs.SOUND + "instance_group { kind: KIND_GPU }", preferred, List.of(0, 1)))
                .containsExactly(group("m_0", InstanceGroupConfig.Kind.GPU, 3, List.of(1)));
    }

    private static List<InstanceGroupConfig> groups(String text, List<InstanceGroupConfig> preferred,
            List<Integer> gpus) {
        return ModelConfigCompletion.complete(TestConfigs.parse(text), preferred, gpus).instanceGroups();
    }

    private static InstanceGroupConfig group(String name, InstanceGroupConfig.Kind kind, int count,
            List<Integer> gpus) {
        InstanceGroupConfig plain = InstanceGroupConfig.of(kind, count, gpus);
        return new InstanceGroupConfig(name, kind, count, plain.rateLimiter(), gpus, List.of(), List.of(), false, "");
    }
}
