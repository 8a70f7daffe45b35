package io.nereid.modelrepo.config;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

class ModelConfigTest {

    @Test
    void toJson_classifier_isByteForByteWhatTritonAnswers() {
        ModelConfig config = ModelConfigParser.parse("food_classifier_onnx", "config.pbtxt", """
                name: "food_classifier_onnx"
                backend: "onnxruntime"
                max_batch_size: 16
                input [ { name: "input" data_type: TYPE_FP32 dims: [ 3, 224, 224 ] } ]
                output [ { name: "output" data_type: TYPE_FP32 dims: [ 11 ] label_filename: "labels.txt" } ]
                instance_group [ { count: 1 kind: KIND_AUTO } ]
                """, _ -> false);
        assertThat(ModelConfigCompletion.complete(config, List.of(), List.of()).toJson())
                .isEqualTo(TestConfigs.resource("food_classifier_onnx.json").strip());
    }

    @Test
    void filledIn_completed_isWhatTheFileDoesNotSay() {
        ModelConfig read = ModelConfigParser.parse("m", "config.pbtxt", """
                backend: "identity"
                max_batch_size: 4
                input { name: "IN" data_type: TYPE_FP32 dims: [ 2 ] }
                instance_group { kind: KIND_CPU }
                parameters { key: "a" value { string_value: "b" } }
                """, _ -> false);
        ModelInput one = new ModelInput("IN", DataType.FP32, ModelInput.Format.NONE, List.of(3L), Optional.empty(),
                false, false, false, false);
        ModelConfig completed = ModelConfigCompletion.complete(read.withDynamicBatching()
                .withOutputs(List.of(new ModelOutput("OUT", DataType.FP32, List.of(2L), Optional.empty(), "", false,
                        false))),
                List.of(), List.of());

        assertThat(completed.filledIn()).contains("name", "output", "dynamic_batching", "version_policy",
                "instance_group[0].name", "instance_group[0].count")
                .noneMatch(path -> path.startsWith("input") || path.startsWith("parameters"))
                .doesNotContain("backend", "max_batch_size", "instance_group", "instance_group[0].kind");
        assertThat(read.withInputs(List.of(one, one)).filledIn()).contains("input[0].dims[0]", "input[1]");
    }

    @Test
    void filledIn_aFileThatSaysEverything_isNothing() {
        assertThat(every().filledIn()).isEmpty();
    }

    @Test
    void toJson_everyField_saysAllOfThem() {
        assertThat(every().toJson()).isEqualTo(TestConfigs.resource("every_field.json").strip());
    }

    @Test
    void records_everyField_sayAllOfThem() {
        ModelConfig config = every();
        assertThat(config.name()).isEqualTo("every");
        assertThat(config.platform()).isEqualTo("onnxruntime_onnx");
        assertThat(config.backend()).isEqualTo("onnxruntime");
        assertThat(config.runtime()).isEqualTo("libtriton_onnxruntime.so");
        assertThat(config.versionPolicy()).isEqualTo(new VersionPolicy.Specific(List.of(1L, 3L)));
        assertThat(config.maxBatchSize()).isEqualTo(16);
        assertThat(config.inputs()).containsExactly(
                new ModelInput("image", DataType.FP32, ModelInput.Format.NCHW, List.of(3L, 224L, -1L),
                        Optional.of(List.of(1L, 3L, 224L, -1L)), false, true, false, false),
                new ModelInput("scalar", DataType.INT64, ModelInput.Format.NONE, List.of(1L), Optional.of(List.of()),
                        false, false, true, false));
        assertThat(config.outputs()).containsExactly(new ModelOutput("label", DataType.STRING, List.of(11L),
                Optional.of(List.of(11L)), "labels.txt", false, false));
        assertThat(config.batchInputs()).containsExactly(
                new BatchInputConfig(BatchInputConfig.Kind.ACCUMULATED_ELEMENT_COUNT_WITH_ZERO, List.of("INDEX"),
                        DataType.INT32, List.of("image")));
        assertThat(config.batchOutputs()).containsExactly(new BatchOutputConfig(List.of("label"),
                BatchOutputConfig.Kind.SCATTER_WITH_INPUT_SHAPE, List.of("image")));
        assertThat(config.optimization()).isEqualTo(new OptimizationConfig(-1, OptimizationConfig.Priority.MAX,
                new OptimizationConfig.Cuda(true, List.of(2)),
                List.of(new OptimizationConfig.Accelerator("tensorrt", Map.of("precision_mode", "FP16"))),
                List.of(new OptimizationConfig.Accelerator("openvino", Map.of())), false, true, 4294967295L, true));
        assertThat(config.defaultModelFilename()).isEqualTo("m.onnx");
        assertThat(config.ccModelFilenames()).isEqualTo(Map.of("7.5", "m75.onnx"));
        assertThat(config.metricTags()).isEqualTo(Map.of("team", "über\t\"x\"\u0001"));
        assertThat(config.parameters()).isEqualTo(Map.of("intra_op_thread_count", "2"));
        assertThat(config.warmups()).containsExactly(new WarmupConfig("w", 3, Map.of("image",
                new WarmupConfig.Input(DataType.FP32, List.of(3L, 224L, 224L), new WarmupConfig.RandomData())), 5));
        assertThat(config.opLibraryFilenames()).containsExactly("a.so", "b.so");
        assertThat(config.decoupled()).isTrue();
        assertThat(config.repositoryAgents())
                .containsExactly(new RepositoryAgentConfig("checksum", Map.of("MD5:1/m.onnx", "00")));
        assertThat(config.responseCacheEnabled()).isFalse();
        assertThat(config.metricControls()).containsExactly(new MetricControlConfig(
                "nv_inference_first_response_histogram_ms", List.of(0.5, 100.0, 1000.0, 0.25)));
    }

    @Test
    void scheduling_everyDynamicBatchingField_isRead() {
        QueuePolicyConfig normal = new QueuePolicyConfig(QueuePolicyConfig.TimeoutAction.DELAY,
                Duration.ofSeconds(5000), true, 7);
        QueuePolicyConfig first = new QueuePolicyConfig(QueuePolicyConfig.TimeoutAction.REJECT, Duration.ZERO, false,
                3);
        DynamicBatchingConfig batching = new DynamicBatchingConfig(List.of(4, 8), Duration.ofNanos(100_000), false, -1,
                2, normal, Map.of(1L, first));
        assertThat(every().scheduling()).isEqualTo(batching);
        assertThat(batching.queuePolicy(1)).isEqualTo(first);
        assertThat(batching.queuePolicy(2)).isEqualTo(normal);
    }

    @Test
    void instanceGroups_everyField_isReadAndSurvivesCompletion() {
        InstanceGroupConfig group = new InstanceGroupConfig("pair", InstanceGroupConfig.Kind.CPU, 2,
                Optional.of(new RateLimiterConfig(List.of(new RateLimiterConfig.Resource("R1", true, 4)), 2)),
                List.of(),
                List.of(new InstanceGroupConfig.SecondaryDevice(9007199254740993L)), List.of(), true, "policy_0");
        assertThat(every().instanceGroups()).containsExactly(group);
        assertThat(ModelConfigCompletion.complete(every(), List.of(), List.of()).instanceGroups())
                .containsExactly(group);
    }

    @Test
    void scheduling_everySequenceBatchingField_isRead() {
        SequenceBatchingConfig batching = (SequenceBatchingConfig) TestConfigs
                .complete(TestConfigs.resource("sequence.pbtxt")).scheduling();
        assertThat(batching.strategy())
                .isEqualTo(new SequenceBatchingConfig.Oldest(4, List.of(8), Duration.ofNanos(50_000), true));
        assertThat(batching.maxSequenceIdle()).isEqualTo(Duration.ofSeconds(1));
        assertThat(batching.iterative()).isTrue();
        assertThat(batching.controlInputs()).containsExactly(
                control("START", new SequenceBatchingConfig.Control(SequenceBatchingConfig.Control.Kind.START,
                        List.of(), List.of(0.0, 1.0), List.of(), DataType.INVALID)),
                control("READY", new SequenceBatchingConfig.Control(SequenceBatchingConfig.Control.Kind.READY,
                        List.of(0, 1), List.of(), List.of(), DataType.INVALID)),
                control("END", new SequenceBatchingConfig.Control(SequenceBatchingConfig.Control.Kind.END, List.of(),
                        List.of(), List.of(false, true), DataType.INVALID)),
                control("ID", new SequenceBatchingConfig.Control(SequenceBatchingConfig.Control.Kind.CORRID, List.of(),
                        List.of(), List.of(), DataType.UINT64)));
        assertThat(batching.states()).containsExactly(new SequenceBatchingConfig.State("S_IN", "S_OUT", DataType.INT32,
                List.of(-1L),
                List.of(new SequenceBatchingConfig.InitialState("zeros", DataType.INT32, List.of(4L), ""),
                        new SequenceBatchingConfig.InitialState("file", DataType.INT32, List.of(4L), "state.bin")),
                true, true));
    }

    private static SequenceBatchingConfig.ControlInput control(String name, SequenceBatchingConfig.Control control) {
        return new SequenceBatchingConfig.ControlInput(name, List.of(control));
    }

    @Test
    void toJson_sequenceBatching_hasNumbersAndStringsWhereTritonHas() {
        assertThat(TestConfigs.complete(TestConfigs.resource("sequence.pbtxt")).toJson())
                .contains("\"max_queue_delay_microseconds\":50,\"preserve_ordering\":true},"
                        + "\"max_sequence_idle_microseconds\":1000000,")
                .contains("\"data_type\":\"TYPE_INT32\",\"dims\":[-1],\"initial_state\":[{\"data_type\":\"TYPE_INT32\","
                        + "\"dims\":[\"4\"],\"zero_data\":true,\"name\":\"zeros\"}");
    }

    @Test
    void scheduling_ensemble_isReadAndHasNoInstances() {
        ModelConfig config = TestConfigs.complete("""
                platform: "ensemble"
                input { name: "IN" data_type: TYPE_FP32 dims: 4 }
                output { name: "OUT" data_type: TYPE_FP32 dims: 4 }
                ensemble_scheduling {
                  max_inflight_requests: 9
                  step {
                    model_name: "a" model_version: -1
                    input_map { key: "X" value: "IN" } output_map { key: "Y" value: "OUT" }
                  }
                }
                """);
        assertThat(config.isEnsemble()).isTrue();
        assertThat(config.scheduling()).isEqualTo(new EnsembleConfig(
                List.of(new EnsembleConfig.Step("a", -1, Map.of("X", "IN"), Map.of("Y", "OUT"))), 9));
        assertThat(config.instanceGroups()).isEmpty();
        assertThat(config.toJson()).contains("\"model_version\":-1,").doesNotContain("optimization");
    }

    @Test
    void defaults_nothingSaid_areTritons() {
        ModelConfig config = ModelConfigParser.parse("x.mine", "config.pbtxt", "", _ -> false);
        assertThat(config.name()).isEqualTo("x.mine");
        assertThat(config.backend()).isEqualTo("mine");
        assertThat(config.platform()).isEmpty();
        assertThat(config.runtime()).isEmpty();
        assertThat(config.versionPolicy()).isEqualTo(new VersionPolicy.Latest(1));
        assertThat(config.maxBatchSize()).isZero();
        assertThat(config.inputs()).isEmpty();
        assertThat(config.outputs()).isEmpty();
        assertThat(config.batchInputs()).isEmpty();
        assertThat(config.batchOutputs()).isEmpty();
        assertThat(config.scheduling()).isEqualTo(new SchedulingConfig.DefaultScheduling());
        assertThat(config.isEnsemble()).isFalse();
        assertThat(config.instanceGroups()).isEmpty();
        assertThat(config.optimization()).isEqualTo(new OptimizationConfig(0, OptimizationConfig.Priority.DEFAULT,
                OptimizationConfig.Cuda.DEFAULT, List.of(), List.of(), true, true, 0, false));
        assertThat(config.defaultModelFilename()).isEqualTo("model.mine");
        assertThat(config.ccModelFilenames()).isEmpty();
        assertThat(config.metricTags()).isEmpty();
        assertThat(config.parameters()).isEmpty();
        assertThat(config.warmups()).isEmpty();
        assertThat(config.opLibraryFilenames()).isEmpty();
        assertThat(config.decoupled()).isFalse();
        assertThat(config.repositoryAgents()).isEmpty();
        assertThat(config.responseCacheEnabled()).isFalse();
        assertThat(config.metricControls()).isEmpty();
    }

    @Test
    void defaults_dynamicBatching_preferTheLargestBatch() {
        ModelConfig config = TestConfigs.parse(TestConfigs.SOUND + "max_batch_size: 8 dynamic_batching { }");
        assertThat(config.scheduling()).isEqualTo(new DynamicBatchingConfig(List.of(8), Duration.ZERO, false, 0, 0,
                QueuePolicyConfig.DEFAULT, Map.of()));
    }

    @Test
    void defaults_dynamicBatchingBeforeMaxBatchSizeIsKnown_areFilledInLater() {
        ModelConfig config = TestConfigs.parse(TestConfigs.SOUND + "dynamic_batching { }").withMaxBatchSize(4);
        ModelConfig complete = ModelConfigCompletion.complete(config, List.of(), List.of());
        assertThat(((DynamicBatchingConfig) complete.scheduling()).preferredBatchSizes()).containsExactly(4);
    }

    @Test
    void withParameter_givenAlready_isLeft() {
        ModelConfig config = TestConfigs.parse(
                TestConfigs.SOUND + "parameters { key: \"a\" value { string_value: \"1\" } }");
        assertThat(config.withParameter("a", "2").parameters()).containsExactly(entry("a", "1"));
        assertThat(config.withParameter("b", "2").parameters()).containsOnly(entry("a", "1"), entry("b", "2"));
        assertThat(config.parameters()).containsOnlyKeys("a");
    }

    @Test
    void defaults_latestWithoutNumber_isOne() {
        assertThat(TestConfigs.parse(TestConfigs.SOUND + "version_policy { latest { } }").versionPolicy())
                .isEqualTo(new VersionPolicy.Latest(1));
    }

    @Test
    void with_backendCompletesModel_changesOnlyTheCopy() {
        ModelConfig before = TestConfigs.parse("backend: \"onnxruntime\" parameters { key: \"a\" value { } }");
        ModelInput input = ModelInput.of("IN", DataType.FP16, List.of(-1L)).withReshape(List.of(1L, -1L));
        ModelOutput output = ModelOutput.of("OUT", DataType.BOOL, List.of(1L)).withReshape(List.of());
        ModelConfig after = before.withInputs(List.of(input)).withOutputs(List.of(output)).withMaxBatchSize(4)
                .withDynamicBatching().withDecoupled(true);
        assertThat(after.inputs()).containsExactly(input);
        assertThat(after.input("IN")).isEqualTo(input);
        assertThat(after.output("OUT")).isEqualTo(output);
        assertThat(after.output("IN")).isNull();
        assertThat(((DynamicBatchingConfig) after.scheduling()).preferredBatchSizes()).containsExactly(4);
        assertThat(after.decoupled()).isTrue();
        assertThat(after.parameters()).containsOnlyKeys("a");
        assertThat(before).isEqualTo(TestConfigs.parse("backend: \"onnxruntime\" parameters { key: \"a\" value { } }"))
                .isNotEqualTo(after);
    }

    private static ModelConfig every() {
        return ModelConfigParser.parse("every", "config.pbtxt", TestConfigs.resource("every_field.pbtxt"), _ -> false);
    }
}
