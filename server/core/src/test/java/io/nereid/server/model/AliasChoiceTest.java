package io.nereid.server.model;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class AliasChoiceTest {
    private final AliasChoice choice = new AliasChoice();

    private static SortedMap<Long, Double> shares(double second, double third) {
        return new TreeMap<>(Map.of(2L, second, 3L, third));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.001, 0.1, 0.25, 1.0 / 3, 0.5, 0.9, 0.999})
    void next_twoVersions_neverDiffersByARequestFromTheShare(double third) {
        int got = 0;
        for (int requests = 1; requests <= 5_000; requests++) {
            got += choice.next(shares(1 - third, third)) == 3 ? 1 : 0;
            assertThat((double) got).isCloseTo(requests * third, within(1.0));
        }
    }

    @Test
    void next_tenPercent_isOneOfEachTen() {
        for (int round = 0; round < 10; round++) {
            int got = 0;
            for (int i = 0; i < 10; i++) {
                got += choice.next(shares(0.9, 0.1)) == 3 ? 1 : 0;
            }
            assertThat(got).isEqualTo(1);
        }
    }

    @Test
    void next_sharesThatDoNotAddUp_areTakenInProportion() {
        int got = 0;
        for (int i = 0; i < 100; i++) {
            got += choice.next(shares(0.1, 0.3)) == 3 ? 1 : 0;
        }
        assertThat(got).isEqualTo(75);
    }

    @Test
    void next_versionThatComesBack_hasNothingToCatchUpWith() {
        for (int i = 0; i < 1_000; i++) {
            assertThat(choice.next(new TreeMap<>(Map.of(2L, 1.0)))).isEqualTo(2);
        }
        int got = 0;
        for (int i = 0; i < 10; i++) {
            got += choice.next(shares(0.5, 0.5)) == 3 ? 1 : 0;
        }
        assertThat(got).isEqualTo(5);
    }

    @Test
    void requests_areCountedByVersion() {
        choice.count(3);
        choice.count(3);
        assertThat(choice.requests(3)).isEqualTo(2);
        assertThat(choice.requests(2)).isZero();
    }
}
