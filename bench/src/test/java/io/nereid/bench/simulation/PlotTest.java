package io.nereid.bench.simulation;

import io.nereid.bench.simulation.Plot.Axis;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class PlotTest {
    private static final Axis LINEAR = new Axis("x", 0, 10, false, List.of(0.0, 5.0, 10.0));
    private static final Axis LOGARITHMIC = new Axis("y", 1, 100, true, List.of(1.0, 10.0, 100.0));

    @Test
    void place_linear_isTheShareOfTheWay() {
        assertThat(LINEAR.place(5)).isEqualTo(0.5);
    }

    @Test
    void place_logarithmic_equalFactorsAreEqualDistances() {
        assertThat(LOGARITHMIC.place(10)).isEqualTo(0.5);
    }

    @Test
    void place_beyondTheAxis_isAtItsEnd() {
        assertThat(LINEAR.place(11)).isEqualTo(1);
        assertThat(LOGARITHMIC.place(0)).isEqualTo(0);
    }

    @Test
    void svg_lineAndBars_areDrawnWithTheirNames() {
        String svg = new Plot("a < b", LINEAR, LOGARITHMIC)
                .line("one", List.of(new double[]{0, 1}, new double[]{10, 100}))
                .bars("two", List.of(new double[]{5, 10})).svg();

        assertThat(svg).startsWith("<svg ").endsWith("</svg>\n").contains("a &lt; b", ">one<", ">two<",
                "d=\"M70.0 308.0 L686.0 44.0\"");
    }
}
