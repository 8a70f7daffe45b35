package io.nereid.backend;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

final class CpuBudgetTest {
    @ParameterizedTest
    @CsvSource({"1,1,1", "2,1,2", "2,2,1", "8,2,4", "8,3,2", "2,5,1", "4,0,4"})
    void threadsPerInstance_anyInstances_staysWithinTheProcessors(int processors, int instances, int threads) {
        assertThat(new CpuBudget(processors).threadsPerInstance(instances)).isEqualTo(threads);
    }

    @Test
    void new_noProcessor_isRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new CpuBudget(0)).withMessageContaining("processors");
    }

    @Test
    void ofThisProcess_always_isWhatTheJavaRuntimeMayUse() {
        assertThat(CpuBudget.ofThisProcess().processors()).isEqualTo(Runtime.getRuntime().availableProcessors());
    }
}
