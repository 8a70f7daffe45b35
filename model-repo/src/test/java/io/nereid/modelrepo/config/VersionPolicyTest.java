package io.nereid.modelrepo.config;

import org.junit.jupiter.api.Test;

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
}
