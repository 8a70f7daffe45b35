package io.nereid.modelrepo.lifecycle;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Arrays;
import java.util.List;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;

class LoadScopeTest {
    /** Versions are separated by blanks. */
    @ParameterizedTest
    @CsvSource({
            // mode, kept, loaded, failed, served, takes effect
            "ALL_OR_NONE, '', '1 2', '', '', true", //
            "ALL_OR_NONE, '1', '', '', '1 2', true", // only takes versions out of service
            "ALL_OR_NONE, '', '1', '2', '', false", //
            "ALL_OR_NONE, '3', '1', '2', '3', false", //
            "ADDITIONAL, '', '1', '2', '3', false", //
            "PARTIAL, '', '1', '2', '', true", //
            "PARTIAL, '3', '', '2', '3', true", // one that stays
            "PARTIAL, '', '', '2', '2', true", // what was served under the number of the one that failed
            "PARTIAL, '', '', '2', '', false", //
            "PARTIAL, '', '', '2', '1', false", // nothing of the model would be left
            "PARTIAL, '3', '', '2', '1', false"})
    void takesEffect_ofEachMode(LoadMode mode, String kept, String loaded, String failed, String served,
            boolean takesEffect) {
        LoadScope scope = new LoadScope(Set.copyOf(versions(kept)), mode);
        assertThat(scope.takesEffect(versions(loaded), versions(failed), versions(served))).isEqualTo(takesEffect);
    }

    @Test
    void keeps_theNamedVersions_orAllBesideAnAdditionalLoad() {
        assertThat(List.of(1L, 2L)).filteredOn(new LoadScope(Set.of(2L), LoadMode.PARTIAL)::keeps).containsExactly(2L);
        assertThat(new LoadScope(Set.of(), LoadMode.ADDITIONAL).keeps(1)).isTrue();
    }

    private static List<Long> versions(String numbers) {
        return numbers.isEmpty() ? List.of() : Arrays.stream(numbers.split(" ")).map(Long::valueOf).toList();
    }
}
