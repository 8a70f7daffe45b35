package io.nereid.bench.load.soak;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class SlopeTest {
    @Test
    void of_aStraightLine_isItsStep() {
        assertThat(Slope.of(100, 97, 94, 91)).isEqualTo(-3);
    }

    @Test
    void of_asMuchUpAsDown_isNone() {
        assertThat(Slope.of(5, 9, 5)).isZero();
    }

    @Test
    void of_valuesBesideTheLine_fitsThemBest() {
        assertThat(Slope.of(1, 3, 2, 5, 4)).isCloseTo(0.8, within(1e-9));
    }

    @Test
    void of_oneValue_saysThatItTakesTwo() {
        assertThatThrownBy(() -> Slope.of(1)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("got 1 values (expected 2 or more)");
    }
}
