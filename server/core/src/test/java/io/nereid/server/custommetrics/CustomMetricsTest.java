package io.nereid.server.custommetrics;

import io.nereid.backend.ModelMetrics;
import io.nereid.backend.ModelMetrics.Family;
import io.nereid.backend.ModelMetrics.Kind;
import io.nereid.backend.ModelMetrics.Metric;
import io.nereid.inference.InferenceException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class CustomMetricsTest {
    private static final String DELETED = "Invalid metric operation as the corresponding 'MetricFamily' has been"
            + " deleted.";

    private final CustomMetrics all = new CustomMetrics();
    private final ModelMetrics one = all.open();
    private final ModelMetrics other = all.open();

    private static void assertRefused(ThrowingCallable call, String text) {
        assertThatExceptionOfType(InferenceException.class).isThrownBy(call).withMessageStartingWith(text);
    }

    // Kinds

    @Test
    void counter_onlyRises() throws InferenceException {
        Metric metric = one.family("hits", "Hits", Kind.COUNTER).metric(Map.of(), null);
        metric.increment(1.5);
        metric.increment(0);
        assertThat(metric.value()).isEqualTo(1.5);
        assertRefused(() -> metric.increment(-1), "Failed to increment metric value: TRITONSERVER_METRIC_KIND_COUNTER"
                + " can only be incremented monotonically by non-negative values.");
        assertRefused(() -> metric.increment(Double.NaN), "Failed to increment metric value");
        assertRefused(() -> metric.set(1),
                "Failed to set metric value: TRITONSERVER_METRIC_KIND_COUNTER does not support Set");
        assertRefused(() -> metric.observe(1),
                "Failed to observe metric value: TRITONSERVER_METRIC_KIND_COUNTER does not support Observe");
        assertThat(metric.value()).isEqualTo(1.5);
    }

    @Test
    void gauge_isSetAndChanged() throws InferenceException {
        Metric metric = one.family("depth", "Depth", Kind.GAUGE).metric(Map.of(), null);
        metric.set(3);
        metric.increment(-5);
        assertThat(metric.value()).isEqualTo(-2);
        assertRefused(() -> metric.observe(1), "Failed to observe metric value");
    }

    @Test
    void histogram_countsByBounds() throws InferenceException {
        Metric metric = one.family("wait", "Wait", Kind.HISTOGRAM).metric(Map.of(), List.of(1.0, 2.5));
        for (double observation : new double[]{0.5, 1, 2, 7, 9}) {
            metric.observe(observation);
        }
        CustomFamily.Sample sample = all.snapshot().getFirst().samples().getFirst();
        assertThat(sample.bounds()).containsExactly(1.0, 2.5);
        assertThat(sample.counts()).containsExactly(2L, 1L, 2L);
        assertThat(sample.value()).isEqualTo(19.5);
        assertRefused(() -> metric.increment(1), "Failed to increment metric value");
        assertRefused(() -> metric.set(1), "Failed to set metric value");
        assertRefused(metric::value, "Failed to get metric value");
    }

    @Test
    void buckets_thatDoNotFit_areRefused() throws InferenceException {
        Family histogram = one.family("wait", "Wait", Kind.HISTOGRAM);
        assertThat(histogram.metric(Map.of(), List.of())).isNotNull();
        assertRefused(() -> histogram.metric(Map.of(), null), "Failed to create metric: Missing required buckets.");
        assertRefused(() -> histogram.metric(Map.of("a", "b"), List.of(2.0, 1.0)), "Failed to create metric: Bucket");
        assertRefused(() -> histogram.metric(Map.of("a", "b"), List.of(1.0, 1.0)), "Failed to create metric: Bucket");
        assertRefused(() -> one.family("g", "G", Kind.GAUGE).metric(Map.of(), List.of(1.0)),
                "Failed to create metric: Unexpected buckets found.");
    }

    // Names

    @ParameterizedTest
    @ValueSource(strings = {"", "1st", "a-b", "a b", "nereid_instances", "nv_inference_count"})
    void family_ofANameThatIsNone_isRefused(String name) {
        assertRefused(() -> one.family(name, "", Kind.GAUGE), "Failed to create metric family: ");
        assertThat(all.snapshot()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1st", "a-b", "__a", "le"})
    void metric_ofALabelThatIsNone_isRefused(String label) throws InferenceException {
        Family family = one.family("wait", "", Kind.HISTOGRAM);
        assertRefused(() -> family.metric(Map.of(label, "x"), List.of()), "Failed to create metric: the label");
    }

    // Sharing

    @Test
    void family_ofTheSameName_isTheSameAndKeepsItsDescription() throws InferenceException {
        Metric mine = one.family("hits", "first", Kind.COUNTER).metric(Map.of("a", "1"), null);
        Metric theirs = other.family("hits", "second", Kind.COUNTER).metric(Map.of("a", "1"), null);
        mine.increment(1);
        theirs.increment(2);
        assertThat(mine.value()).isEqualTo(3);
        assertThat(all.snapshot()).singleElement().satisfies(family -> {
            assertThat(family.description()).isEqualTo("first");
            assertThat(family.samples()).hasSize(1);
        });
    }

    @Test
    void family_ofAnotherKind_isRefused() throws InferenceException {
        one.family("hits", "", Kind.COUNTER);
        assertRefused(() -> other.family("hits", "", Kind.GAUGE),
                "Failed to create metric family: 'hits' is a COUNTER already, got GAUGE");
    }

    // Ends

    @Test
    void close_ofAMetric_removesItsSeriesWithTheLastHolder() throws InferenceException {
        Family family = one.family("hits", "", Kind.COUNTER);
        Metric first = family.metric(Map.of("a", "1"), null);
        Metric second = family.metric(Map.of("a", "1"), null);
        first.close();
        first.close();
        second.increment(1);
        assertThat(all.snapshot().getFirst().samples()).hasSize(1);
        second.close();
        assertThat(all.snapshot().getFirst().samples()).isEmpty();
        assertRefused(() -> second.increment(1), DELETED);
    }

    @Test
    void close_ofAFamily_endsItsMetrics() throws InferenceException {
        Family family = one.family("hits", "", Kind.COUNTER);
        Metric metric = family.metric(Map.of(), null);
        family.close();
        family.close();
        assertRefused(() -> metric.increment(1), DELETED);
        assertRefused(metric::value, DELETED);
        assertRefused(() -> family.metric(Map.of(), null), DELETED);
        metric.close();
        assertThat(all.snapshot()).isEmpty();
    }

    @Test
    void close_ofAnInstance_removesWhatNoOtherHas() throws InferenceException {
        one.family("mine", "", Kind.GAUGE).metric(Map.of(), null).set(1);
        one.family("both", "", Kind.COUNTER).metric(Map.of("who", "one"), null).increment(1);
        other.family("both", "", Kind.COUNTER).metric(Map.of("who", "other"), null).increment(1);
        one.close();
        one.close();
        assertThat(all.snapshot()).singleElement().satisfies(family -> {
            assertThat(family.name()).isEqualTo("both");
            assertThat(family.samples()).singleElement()
                    .satisfies(sample -> assertThat(sample.labels()).containsEntry("who", "other"));
        });
        assertRefused(() -> one.family("late", "", Kind.GAUGE), "Failed to create metric family: the instance");
        other.close();
        assertThat(all.snapshot()).isEmpty();
    }
}
