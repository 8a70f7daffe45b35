package io.nereid.server.metrics;

import io.nereid.statistics.HistogramBounds;
import io.nereid.statistics.HistogramSnapshot;
import io.nereid.statistics.SummarySnapshot;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

class MetricsTextTest {
    private final MetricsText text = new MetricsText();

    @Test
    void sample_counter_keepsItsNameAsItIs() {
        text.family("nv_inference_count", MetricsText.Type.COUNTER, "Inferences")
                .sample(Labels.NONE.with("version", "1").with("model", "m"), 3);
        assertThat(text).hasToString("""
                # HELP nv_inference_count Inferences
                # TYPE nv_inference_count counter
                nv_inference_count{model="m",version="1"} 3
                """);
    }

    @Test
    void single_value_isWrittenWithoutBracesAndExponent() {
        text.single("a", MetricsText.Type.GAUGE, "A", 0.00001);
        text.single("b", MetricsText.Type.GAUGE, "B", 1e10);
        text.single("c", MetricsText.Type.GAUGE, "C", Double.NaN);
        text.single("d", MetricsText.Type.GAUGE, "D", Double.NEGATIVE_INFINITY);
        text.single("e", MetricsText.Type.GAUGE, "E", Long.MAX_VALUE);
        assertThat(text.toString().lines().filter(line -> !line.startsWith("#"))).containsExactly("a 0.00001",
                "b 10000000000", "c NaN", "d -Inf", "e 9223372036854775807");
    }

    @Test
    void labels_anyText_isEscaped() {
        text.family("f", MetricsText.Type.GAUGE, "F").sample(Labels.NONE.with("model", "a\"b\\c\nd\u00e9"), 1);
        assertThat(text.toString()).contains("f{model=\"a\\\"b\\\\c\\nd\u00e9\"} 1\n");
    }

    @Test
    void labels_tags_getAnUnderscoreAndNamesThatPrometheusTakes() {
        Labels labels = Labels.NONE.with("model", "m").withTags(Map.of("team", "x", "a-b", "first", "a.b", "second"));
        assertThat(labels.values()).containsExactly(Map.entry("_a_b", "first"), Map.entry("_team", "x"),
                Map.entry("model", "m"));
    }

    @Test
    void histogram_nanoseconds_addUpInSeconds() {
        HistogramSnapshot histogram = new HistogramSnapshot(HistogramBounds.of(50_000, 1_000_000, 2_500_000_000L),
                List.of(1L, 0L, 2L, 4L), 12_345_678_901L);
        text.family("h", MetricsText.Type.HISTOGRAM, "H").histogram(Labels.NONE.with("model", "m"), histogram, 9);
        assertThat(text.toString()).endsWith("""
                h_bucket{model="m",le="0.00005"} 1
                h_bucket{model="m",le="0.001"} 1
                h_bucket{model="m",le="2.5"} 3
                h_bucket{model="m",le="+Inf"} 7
                h_sum{model="m"} 12.345678901
                h_count{model="m"} 7
                """);
    }

    @Test
    void summary_withoutValues_hasQuantilesThatAreNoNumbers() {
        SummarySnapshot summary = new SummarySnapshot(
                List.of(new SummarySnapshot.Quantile(0.5, Double.NaN), new SummarySnapshot.Quantile(0.99, 7.5)), 3, 20);
        text.family("s", MetricsText.Type.SUMMARY, "S").summary(Labels.NONE.with("model", "m"), summary);
        assertThat(text.toString()).endsWith("""
                s{model="m",quantile="0.5"} NaN
                s{model="m",quantile="0.99"} 7.5
                s_sum{model="m"} 20
                s_count{model="m"} 3
                """);
    }
}
