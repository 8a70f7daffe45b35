package io.nereid.modelrepo.config;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;

import static org.assertj.core.api.Assertions.assertThat;

class VersionPolicyTest {

    private static final NavigableSet<Long> AVAILABLE = new TreeSet<>(List.of(1L, 2L, 10L));

    @Test
    void choose_latest_takesTheHighestNumbers() {
        assertThat(new VersionPolicy.Latest(1).choose(AVAILABLE)).containsExactly(10L);
        assertThat(new VersionPolicy.Latest(2).choose(AVAILABLE)).containsExactly(2L, 10L);
        assertThat(new VersionPolicy.Latest(4294967295L).choose(AVAILABLE)).containsExactly(1L, 2L, 10L);
    }

    @Test
    void choose_all_takesAll() {
        assertThat(new VersionPolicy.All().choose(AVAILABLE)).containsExactly(1L, 2L, 10L);
    }

    @Test
    void choose_specific_takesThoseThatAreThereAndNamesTheOthers() {
        VersionPolicy policy = new VersionPolicy.Specific(List.of(7L, 2L, 1L));
        assertThat(policy.choose(AVAILABLE)).containsExactly(1L, 2L);
        assertThat(policy.missing(AVAILABLE)).containsExactly(7L);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            version_policy { latest { } }                        | [10]
            version_policy { latest { num_versions: 2 } }        | [2, 10]
            version_policy { latest { num_versions: 4294967295 } } | [1, 2, 10]
            version_policy { all { } }                           | [1, 2, 10]
            version_policy { specific { } }                      | []
            version_policy { specific { versions: [ 10, 1, 1 ] } } | [1, 10]
            version_policy { specific { versions: [ 3, -1 ] } }  | []
            """)
    void choose_policyOfAFile_takesItsVersionsAscending(String text, String chosen) {
        VersionPolicy policy = TestConfigs.parse(TestConfigs.SOUND + text).versionPolicy();
        assertThat(policy.choose(AVAILABLE)).hasToString(chosen);
        assertThat(policy.choose(new TreeSet<>())).isEmpty();
    }

    @Test
    void missing_policyThatNamesNone_isEmpty() {
        assertThat(new VersionPolicy.All().missing(AVAILABLE)).isEmpty();
        assertThat(new VersionPolicy.Latest(9).missing(AVAILABLE)).isEmpty();
        assertThat(new VersionPolicy.Specific(List.of(2L)).missing(AVAILABLE)).isEmpty();
    }

    @Test
    void choose_result_isTheCallersOwn() {
        NavigableSet<Long> available = new TreeSet<>(AVAILABLE);
        for (VersionPolicy policy : List.of(new VersionPolicy.All(), new VersionPolicy.Latest(3),
                new VersionPolicy.Specific(List.of(1L)))) {
            policy.choose(available).clear();
        }
        assertThat(available).isEqualTo(AVAILABLE);
    }
}
