package io.nereid.perf.statistics;

import io.nereid.perf.json.GrpcAnswers;
import io.nereid.perf.json.JsonObject;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

import static org.assertj.core.api.Assertions.assertThat;

/** With answers recorded from Nereid 0.1 and from Triton 2.51.0. */
class StatisticsSnapshotTest {
    private static final List<String> ENSEMBLE = List.of("pair", "identity", "cached");

    private static JsonObject recorded(String file) throws IOException {
        return JsonObject.parse(bytes(file + ".json"));
    }

    private static byte[] bytes(String file) throws IOException {
        try (InputStream stream = Objects.requireNonNull(StatisticsSnapshotTest.class.getResourceAsStream(file),
                file)) {
            return stream.readAllBytes();
        }
    }

    private static JsonObject json(String text) throws IOException {
        return JsonObject.parse(text.getBytes(StandardCharsets.UTF_8));
    }

    private static StatisticsSnapshot snapshot(String server, String when, List<String> models) {
        return StatisticsSnapshot.take(model -> recorded(server + "-" + model + "-stats-" + when), models);
    }

    private static StatisticsSnapshot answered(String answer) {
        return StatisticsSnapshot.take(_ -> json(answer), List.of("m"));
    }

    @Test
    void anEnsembleOfTriton_isCountedWithTheModelsThatItCalls() {
        ServerStatistics between = snapshot("triton", "after", ENSEMBLE).since(snapshot("triton", "before", ENSEMBLE));
        assertThat(between.isKnown()).isTrue();
        assertThat(between.models()).extracting(ModelStatistics::model).isEqualTo(ENSEMBLE);

        ModelStatistics pair = between.models().getFirst();
        assertThat(pair.success().count()).isEqualTo(4);
        assertThat(pair.inferences()).isEqualTo(4);
        assertThat(pair.batches().keySet()).containsExactly(1L);
        assertThat(pair.batches().values()).extracting(batch -> batch.computeInfer().count()).containsExactly(4L);

        ModelStatistics cached = between.models().getLast();
        assertThat(cached.cacheHit().count()).isEqualTo(1);
        assertThat(cached.cacheMiss().count()).isEqualTo(3);
        assertThat(cached.executions()).isEqualTo(3);
        assertThat(cached.success().count()).isEqualTo(4);
        assertThat(cached.nanosPerRequest(cached.computeInfer())).isEqualTo(cached.computeInfer().totalNanos() / 4.0);
    }

    @Test
    void answersOverGrpc_sayTheSame() {
        List<String> models = List.of("pair", "identity");
        StatisticsSnapshot overGrpc = StatisticsSnapshot.take(
                model -> GrpcAnswers.modelStatistics(ByteBuffer.wrap(bytes("triton-" + model + "-grpc.bin"))), models);
        assertThat(overGrpc.models()).hasSize(2);
        assertThat(overGrpc)
                .isEqualTo(StatisticsSnapshot.take(model -> recorded("triton-" + model + "-grpc"), models));
    }

    @Test
    void partsOfARequestOfNereid_areNoMoreThanTheRequest() {
        List<String> models = List.of("food_classifier_onnx");
        ModelStatistics model = snapshot("nereid", "after", models).since(snapshot("nereid", "before", models)).models()
                .getFirst();
        assertThat(model.executions()).isEqualTo(122);
        assertThat(model.meanBatchSize()).isEqualTo(1);
        double parts = model.queue().meanNanos() + model.computeInput().meanNanos() + model.computeInfer().meanNanos()
                + model.computeOutput().meanNanos();
        assertThat(parts).isPositive().isLessThanOrEqualTo(model.success().meanNanos());
    }

    @Test
    void nothingBetween_isZeroAndHasNoBatches() {
        StatisticsSnapshot snapshot = snapshot("triton", "after", ENSEMBLE);
        ModelStatistics model = snapshot.since(snapshot).models().getFirst();
        assertThat(model.inferences()).isZero();
        assertThat(model.batches()).isEmpty();
        assertThat(model.nanosPerRequest(model.queue())).isZero();
        assertThat(model.meanBatchSize()).isZero();
    }

    @Test
    void versions_areCountedTogether_alsoWithNumbersAsTexts() {
        StatisticsSnapshot snapshot = answered("""
                {"model_stats": [
                 {"name": "m", "version": "1", "inference_count": "3", "execution_count": "2",
                  "inference_stats": {"success": {"count": "3", "ns": "30"}},
                  "batch_stats": [{"batch_size": "1", "compute_infer": {"count": "1", "ns": "5"}},
                                  {"batch_size": "2", "compute_infer": {"count": "1", "ns": "6"}}]},
                 {"name": "m", "version": "2", "inference_count": 4, "execution_count": 4,
                  "inference_stats": {"success": {"count": 4, "ns": 40}, "fail": {"count": 1, "ns": 1}},
                  "batch_stats": [{"batch_size": 1, "compute_infer": {"count": 4, "ns": 20}}]}]}""");
        ModelStatistics model = snapshot.models().getFirst();
        assertThat(model.inferences()).isEqualTo(7);
        assertThat(model.success()).isEqualTo(new Durations(7, 70));
        assertThat(model.fail()).isEqualTo(new Durations(1, 1));
        assertThat(model.batches().keySet()).containsExactly(1L, 2L);
        assertThat(model.batches().values()).extracting(BatchDurations::computeInfer)
                .containsExactly(new Durations(5, 25), new Durations(1, 6));
    }

    @Test
    void aServerThatGivesNone_saysWhy() {
        StatisticsSnapshot none = StatisticsSnapshot.take(_ -> {
            throw new IOException("status 404");
        }, List.of("m"));
        assertThat(none.missing()).isEqualTo("the server gives no statistics of the model m: status 404");
        ServerStatistics between = none.since(none);
        assertThat(between.isKnown()).isFalse();
        assertThat(between.missing()).isEqualTo(none.missing());
        StatisticsSnapshot some = answered("{\"model_stats\": [{\"name\": \"m\"}]}");
        assertThat(some.since(none).missing()).isEqualTo(none.missing());
        assertThat(none.since(some).missing()).isEqualTo(none.missing());
    }

    @Test
    void anAnswerWithoutTheModel_isNone() {
        assertThat(answered("{\"model_stats\": [{\"name\": \"other\"}]}").missing())
                .endsWith("m: its answer does not name the model");
        assertThat(answered("<html>").missing()).startsWith("the server gives no statistics of the model m: ");
    }

    @Test
    void countersThatBeganAnew_areNoDifference() {
        String answer = "{\"model_stats\": [{\"name\": \"m\", \"inference_count\": %s}]}";
        assertThat(answered(answer.formatted(2)).since(answered(answer.formatted(5))).missing())
                .startsWith("the counters of the model m began anew");
    }

    @Test
    void composingModels_areFoundThroughEnsembles_eachOnce() throws IOException {
        assertThat(ComposingModels.withCaller("pair", StatisticsSnapshotTest::configuration)).isEqualTo(ENSEMBLE);
        assertThat(ComposingModels.withCaller("outer", model -> model.equals("outer")
                ? json("{\"ensemble_scheduling\": {\"step\": [{\"model_name\": \"pair\"}, {\"model_name\": \"cached\"}]}}")
                : configuration(model))).containsExactly("outer", "pair", "identity", "cached");
    }

    private static JsonObject configuration(String model) throws IOException {
        if (model.equals("identity")) {
            throw new IOException("status 404"); // a model whose configuration is not given calls none
        }
        return recorded("triton-" + model + "-config");
    }
}
