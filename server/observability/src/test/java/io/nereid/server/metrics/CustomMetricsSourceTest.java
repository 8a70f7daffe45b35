package io.nereid.server.metrics;

import io.nereid.backend.ModelMetrics;
import io.nereid.backend.ModelMetrics.Kind;
import io.nereid.inference.InferenceException;
import io.nereid.server.custommetrics.CustomMetrics;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

class CustomMetricsSourceTest {
    private final CustomMetrics custom = new CustomMetrics();
    private final ModelMetrics model = custom.open();

    private String text() {
        MetricsText text = new MetricsText();
        new CustomMetricsSource(custom).write(text);
        return text.toString();
    }

    @Test
    void write_ofEachKind_isPrometheusText() throws InferenceException {
        model.family("hits", "How often:\n\"all\" of \\them", Kind.COUNTER).metric(Map.of("b", "2", "a", "x\"y"), null)
                .increment(3);
        model.family("level", "Level", Kind.GAUGE).metric(Map.of(), null).set(-0.5);
        ModelMetrics.Metric wait = model.family("wait", "Wait", Kind.HISTOGRAM).metric(Map.of(), List.of(0.1, 1.0));
        wait.observe(0.05);
        wait.observe(5);
        assertThat(text()).isEqualTo("""
                # HELP hits How often:\\n"all" of \\\\them
                # TYPE hits counter
                hits{a="x\\"y",b="2"} 3
                # HELP level Level
                # TYPE level gauge
                level -0.5
                # HELP wait Wait
                # TYPE wait histogram
                wait_bucket{le="0.1"} 1
                wait_bucket{le="1"} 1
                wait_bucket{le="+Inf"} 2
                wait_sum 5.05
                wait_count 2
                """);
    }

    @Test
    void write_afterTheInstanceHasEnded_isNothing() throws InferenceException {
        model.family("hits", "Hits", Kind.COUNTER).metric(Map.of(), null).increment(3);
        model.close();
        assertThat(text()).isEmpty();
    }
}
