package io.nereid.modelrepo.config;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What is reported about files that are wrong. */
class ConfigProblemsTest {

    @Test
    void message_severalProblems_showsEachWithItsLineAndACaret() {
        assertThatThrownBy(() -> ModelConfigParser.parse("food", "/models/food/config.pbtxt", """
                max_batchsize: 3
                input { nme: "x" data_type: FP32 dims: [ 1, 0 ] }
                \tmax_batch_size: "a"
                dynamic_batching { preferred_batch_size: [ 4, -1 ] }
                """, _ -> false)).isInstanceOf(ModelConfigException.class).hasMessage(
                """
                        model configuration of 'food' has 6 problems:
                        /models/food/config.pbtxt:1:1: unknown field 'max_batchsize' in ModelConfig (did you mean \
                        'max_batch_size'?)
                            max_batchsize: 3
                            ^
                        /models/food/config.pbtxt:2:9: unknown field 'nme' in ModelInput (did you mean 'name'?)
                            input { nme: "x" data_type: FP32 dims: [ 1, 0 ] }
                                    ^
                        /models/food/config.pbtxt:2:29: unknown value 'FP32' for 'data_type' (did you mean 'TYPE_FP32'?)
                            input { nme: "x" data_type: FP32 dims: [ 1, 0 ] }
                                                        ^
                        /models/food/config.pbtxt:2:45: model input '' dimension must be integer >= 1, or -1 to \
                        indicate\
                         a variable-size dimension for food, got 0
                            input { nme: "x" data_type: FP32 dims: [ 1, 0 ] }
                                                                        ^
                        /models/food/config.pbtxt:3:18: expected an int32 for 'max_batch_size', got "a"
                            \tmax_batch_size: "a"
                            \t                ^
                        /models/food/config.pbtxt:4:47: dynamic batching preferred size must be positive for food, \
                        got -1
                            dynamic_batching { preferred_batch_size: [ 4, -1 ] }
                                                                          ^""");
    }

    @Test
    void message_problemWithoutPlace_namesTheFileOnly() {
        assertThatThrownBy(() -> ModelConfigParser.parse("food", "/models/food/config.pbtxt", "", _ -> false))
                .hasMessage(
                        "model configuration of 'food' has 1 problem:\n/models/food/config.pbtxt: Invalid model name:"
                                + " Could not determine backend for model 'food' with no backend in model"
                                + " configuration. Expected model name of the form 'model.<backend_name>'.");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            name 'x'                             | 1:6 expected ':' after 'name', got "x"
            name: x                              | 1:7 expected a quoted string for 'name', got 'x'
            name: 'x                             | 1:7 string is not closed on its line
            name: '\\q'                          | 1:7 unknown escape '\\q' in string
            name: 'm' name: 'm'                  | 1:11 'name' is given more than once
            max_batch_size: 2147483648           | 1:17 expected an int32 for 'max_batch_size', got '2147483648'
            max_batch_size: [ 1 ]                | 1:17 'max_batch_size' takes one value, got a list
            max_batch_size: -'1'                 | 1:17 expected an int32 for 'max_batch_size', got '-1'
            instance_group { kind: GPU }         | 1:24 unknown value 'GPU' for 'kind' (did you mean 'KIND_GPU'?)
            instance_group { kind: KIND_TPU }    | 1:24 unknown value 'KIND_TPU' for 'kind' (did you mean 'KIND_GPU'?)
            instance_group { kind: 7 }           | 1:24 expected a name for 'kind', got '7'
            instance_groups { kind: 7 }          | \
            1:1 unknown field 'instance_groups' in ModelConfig (did you mean 'instance_group'?)
            completely_different: 1              | 1:1 unknown field 'completely_different' in ModelConfig
            input: 'x'                           | 1:8 expected a block in { } for 'input', got "x"
            input { dims: [ 1 2 ] }              | 1:19 expected ',' or ']', got '2'
            input [ { dims: 1 ]                  | 1:9 '{' is never closed, got ']' in line 1
            input {                              | 1:7 '{' is never closed
            input { }}                           | 1:10 expected a field name, got '}'
            dynamic_batching { } ensemble_scheduling { } | \
            1:22 'ensemble_scheduling' cannot stand beside 'dynamic_batching': only one of them may be given
            """)
    void problems_wrongSyntax_areReportedOnce(String text, String problem) {
        assertThat(TestConfigs.problems(text)).containsExactly(problem);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            name: 'other'                        | \
            4:7 unexpected directory name 'm' for model 'other', directory name must equal model name
            max_batch_size: -1                   | 4:17 'max_batch_size' must be non-negative value for m, got -1
            platform: 'onnxruntime_onnx'         | \
            4:11 unexpected 'platform' and 'backend' pair for m, got 'onnxruntime_onnx' and 'identity'
            platform: 'ensemble'                 | \
            4:11 ensemble scheduling must be set for ensemble m whose platform is ensemble
            max_batch_size: 4 dynamic_batching { preferred_batch_size: [ 4, 5 ] } | \
            4:65 dynamic batching preferred size must be <= max batch size for m, got 5 with max_batch_size 4
            dynamic_batching { preferred_batch_size: 1 } | \
            4:42 dynamic batching preferred size must be <= max batch size for m, got 1 with max_batch_size 0
            dynamic_batching { priority_levels: 2 } | 4:37 default priority level must be in range [1, 2] for m, got 0
            dynamic_batching { priority_levels: 2 default_priority_level: 3 } | \
            4:63 default priority level must be in range [1, 2] for m, got 3
            dynamic_batching { priority_levels: 1 default_priority_level: 1 priority_queue_policy { key: 2 value { } \
            } } | \
            4:65 priority queue policy must have priority level in range [1, 1] for m, got 2
            dynamic_batching { preserve_ordering: true priority_levels: 2 default_priority_level: 1 } | \
            4:39 Only one priority level is allowed when 'preserve_ordering' is true for m
            dynamic_batching { preserve_ordering: true default_queue_policy { timeout_action: DELAY \
            default_timeout_microseconds: 1 } } | \
            4:39 Queue policy can not have DELAY as timeout action when 'preserve_ordering' is true for m
            response_cache { enable: true } model_transaction_policy { decoupled: true } | \
            4:1 Response Cache does not currently support model m with 'decoupled' transaction policy. Please \
            disable the response cache.
            response_cache { enable: true } sequence_batching { } | \
            4:1 Response Cache does not currently support model m with sequence batching scheduler. Please disable \
            the response cache.
            sequence_batching { direct { minimum_slot_utilization: 1.5 } } | \
            4:56 sequence batching minimum slot utilization must be in range (0.0, 1.0] for m, got 1.5
            max_batch_size: 2 sequence_batching { oldest { preferred_batch_size: 3 } } | \
            4:70 sequence batching preferred batch size must be <= max batch size for m, got 3 with max_batch_size 2
            sequence_batching { control_input { name: 'C' control { kind: CONTROL_SEQUENCE_CORRID data_type: \
            TYPE_FP32 } } } | \
            4:98 unexpected data type for control CONTROL_SEQUENCE_CORRID for m. Allowed data types are TYPE_UINT64, \
            TYPE_INT64, TYPE_UINT32, TYPE_INT32 and TYPE_STRING, got TYPE_FP32 for tensor 'C'
            sequence_batching { control_input { name: 'C' control { kind: CONTROL_SEQUENCE_START int32_false_true: 1 \
            } } } | \
            4:104 sequence batching control 'int32_false_true' must have exactly 2 entries for \
            CONTROL_SEQUENCE_START for m, got 1
            sequence_batching { control_input { name: 'C' control { } } } | \
            4:47 sequence batching must specify either 'int32_false_true', 'fp32_false_true' or 'bool_false_true' \
            for CONTROL_SEQUENCE_START for m
            model_warmup { name: 'w' batch_size: 1 inputs { key: 'I' value { data_type: TYPE_FP32 input_data_file: \
            '../x' } } } | \
            4:1 model warmup 'w' for m input 'I' must name a file inside the directory 'warmup', got '../x'
            instance_group { kind: KIND_GPU }    | \
            4:24 instance group m_0 of model m has kind KIND_GPU but no GPUs are available; write kind: KIND_CPU, or \
            KIND_AUTO to run it on whatever there is, or start the server with --gpu-fallback=cpu
            instance_group { kind: KIND_AUTO gpus: 0 } | \
            4:40 instance group m_0 of model m specifies one or more GPUs but no GPUs are available; leave out \
            'gpus' to run it on whatever there is, or start the server with --gpu-fallback=cpu
            instance_group { gpus: [ 0, 1 ] }    | \
            4:26 instance group m_0 of model m specifies one or more GPUs but no GPUs are available; leave out \
            'gpus' to run it on whatever there is, or start the server with --gpu-fallback=cpu
            instance_group { kind: KIND_MODEL gpus: 0 } | \
            4:41 instance group m_0 of model m has kind KIND_MODEL but specifies one or more GPUs; leave out 'gpus', \
            or write kind: KIND_GPU
            instance_group { kind: KIND_CPU gpus: 0 } | \
            4:39 instance group m_0 of model m has kind KIND_CPU but specifies one or more GPUs; leave out 'gpus', \
            or write kind: KIND_GPU
            instance_group { profile: 'p' }      | \
            4:27 instance group m_0 of model m and platform  specifies profile field which is only supported for \
            TensorRT models
            dynamic_batching { preserve_ordering: true priority_levels: 1 default_priority_level: 1 \
            priority_queue_policy { key: 1 value { timeout_action: DELAY default_timeout_microseconds: 5 } } } | \
            4:39 Queue policy can not have DELAY as timeout action when 'preserve_ordering' is true for m
            dynamic_batching { priority_levels: 18446744073709551614 default_priority_level: 18446744073709551615 } | \
            4:82 default priority level must be in range [1, 18446744073709551614] for m, got 18446744073709551615
            batch_input { target_name: 'T' data_type: TYPE_INT64 source_input: 'IN' } | \
            4:43 batch input data type must be TYPE_INT32 or TYPE_FP32 for m, got TYPE_INT64
            batch_input { target_name: 'T' data_type: TYPE_INT32 source_input: 'X' } | \
            4:68 unknown source input name 'X' for m
            batch_input { target_name: 'T' data_type: TYPE_INT32 } | \
            4:1 batch input kind 'BATCH_ELEMENT_COUNT' expects 1 source input, got 0 for m
            batch_input { kind: BATCH_ITEM_SHAPE target_name: 'T' data_type: TYPE_FP32 source_input: ['IN', 'IN'] } | \
            4:1 batch input kind 'BATCH_ITEM_SHAPE' expects 1 source input, got 2 for m
            batch_input { data_type: TYPE_INT32 source_input: 'IN' } | 4:1 batch input must specify 'target_name' for m
            batch_input { target_name: ['T', 'T'] data_type: TYPE_INT32 source_input: 'IN' } | \
            4:34 target input name 'T' can only be specified once for m
            batch_input { target_name: 'IN' data_type: TYPE_INT32 source_input: 'IN' } | \
            4:28 target input name 'IN' of a batch input is also an input for m (expected a name that requests do \
            not give)
            batch_output { target_name: 'OUT' }  | \
            4:1 batch output kind 'BATCH_SCATTER_WITH_INPUT_SHAPE' expects 1 source input, got 0 for m
            batch_output { target_name: 'OUT' source_input: 'X' } | 4:49 unknown source input name 'X' for m
            batch_output { target_name: 'X' source_input: 'IN' } | 4:29 unknown target output name 'X' for m
            batch_output { source_input: 'IN' } | 4:1 batch output must specify 'target_name' for m
            batch_output { target_name: ['OUT', 'OUT'] source_input: 'IN' } | \
            4:37 target output name 'OUT' can only be specified once for m
            batch_output [ { target_name: 'OUT' source_input: 'IN' }, { target_name: 'OUT' source_input: 'IN' } ] | \
            4:74 target output name 'OUT' can only be specified once for m
            model_metrics { metric_control { metric_identifier { family: 'f' } } } | \
            4:17 metric control must specify 'histogram_options.buckets' for m
            parameters { key: 'TRITON_BATCH_STRATEGY_PATH' value { string_value: 'x.so' } } | \
            4:1 parameter 'TRITON_BATCH_STRATEGY_PATH' of m names a native batching library, which this server does \
            not load; remove the parameter
            """)
    void problems_wrongValues_areReportedOnce(String text, String problem) {
        assertThat(TestConfigs.problems(TestConfigs.SOUND + text)).containsExactly(problem);
    }

    @ParameterizedTest
    @ValueSource(strings = {"input { name: 'R' data_type: TYPE_FP32 dims: -1 optional: true allow_ragged_batch: true }",
            "model_warmup { name: 'w' }", "model_warmup { }", "model_warmup { name: 'w' count: 4294967295 }",
            "model_warmup { batch_size: 0 inputs { key: 'NOPE' value { input_data_file: '../x' } } }",
            "dynamic_batching { preserve_ordering: true default_queue_policy { timeout_action: DELAY } }",
            "dynamic_batching { preserve_ordering: true"
                    + " default_queue_policy { timeout_action: DELAY allow_timeout_override: true } }",
            "dynamic_batching { preserve_ordering: true priority_levels: 1 default_priority_level: 1"
                    + " priority_queue_policy { key: 1 value { timeout_action: DELAY } } }",
            "dynamic_batching { priority_levels: 18446744073709551615 default_priority_level: 18446744073709551615"
                    + " priority_queue_policy { key: 18446744073709551615 value { max_queue_size: 1 } } }",
            "dynamic_batching { priority_levels: 0x8000000000000000 default_priority_level: 1 }",
            "dynamic_batching { default_priority_level: 3 priority_queue_policy { key: 1 value { } } }",
            "instance_group { kind: 2 }", "instance_group { count: -1 }",
            "version_policy { specific { versions: [ 1, -2 ] } }"})
    void problems_whatTritonTakes_areNone(String text) {
        assertThat(TestConfigs.problems("max_batch_size: 4 " + TestConfigs.SOUND + text)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            data_type: TYPE_FP32 dims: 1         | model input must specify 'name' for m
            name: 'I' dims: 1                    | model input 'I' must specify 'data_type' for m
            name: 'I' data_type: TYPE_FP32       | model input 'I' must specify 'dims' for m
            name: 'I' data_type: TYPE_FP32 dims: -2 | \
            model input 'I' dimension must be integer >= 1, or -1 to indicate a variable-size dimension for m, got -2
            name: 'I' data_type: TYPE_FP32 dims: 1 reshape { } | \
            model input 'I' cannot have empty reshape for non-batching model as scalar tensors are not supported for m
            name: 'I' data_type: TYPE_FP32 dims: [2,3] reshape { shape: 5 } | \
            model input 'I' has different size for dims and reshape for m, got dims [2, 3] and reshape [5]
            name: 'I' data_type: TYPE_FP32 dims: [2,-1,3] reshape { shape: [3,-1,2] } | \
            model input 'I' has different size for dims and reshape for m, got dims [2, -1, 3] and reshape [3, -1, 2]
            name: 'I' data_type: TYPE_FP32 dims: [-1,2] reshape { shape: [2] } | \
            model input 'I' has different size for dims and reshape for m, got dims [-1, 2] and reshape [2] with \
            another number of variable-size dimensions
            name: 'I' data_type: TYPE_FP32 dims: 1 reshape { shape: 0 } | \
            model input 'I' reshape dimension must be integer >= 1, or -1 to indicate a variable-size dimension for \
            m, got 0
            name: 'I' data_type: TYPE_FP32 dims: 1 format: FORMAT_NHWC | \
            model input NHWC/NCHW require 3 dims for m, got [1] for input 'I'
            name: 'I' data_type: TYPE_FP32 dims: 1 is_shape_tensor: true | \
            shape tensors are only supported for TensorRT platform for m, got model input 'I'
            name: 'I' data_type: TYPE_FP32 dims: 1 is_non_linear_format_io: true | \
            Non-linear IO format is only supported for the TensorRT platform for m, got model input 'I'
            name: 'IN' data_type: TYPE_FP32 dims: 1 | model input 'IN' is specified more than once for m
            """)
    void problems_wrongInput_areReportedOnce(String input, String problem) {
        assertThat(TestConfigs.problems(TestConfigs.SOUND + "input { " + input + " }")).singleElement().asString()
                .startsWith("4:").endsWith(" " + problem);
    }

    @Test
    void problems_raggedAndOptionalInput_areNone() {
        assertThat(TestConfigs.problems(TestConfigs.SOUND
                + "input { name: 'I' data_type: TYPE_FP32 dims: -1 allow_ragged_batch: true optional: true }"))
                .isEmpty();
    }

    @Test
    void problems_validReshapes_areNone() {
        assertThat(TestConfigs.problems("""
                backend: "identity"
                max_batch_size: 2
                input { name: "A" data_type: TYPE_FP32 dims: [ 2, 4, -1, 6 ] reshape { shape: [ 8, -1, 1, 6 ] } }
                output { name: "B" data_type: TYPE_FP32 dims: 1 reshape { shape: [ ] } }
                """)).isEmpty();
    }

    @Test
    void problems_labelFileOutside_isReported() {
        assertThat(TestConfigs.problems("""
                backend: "identity"
                input { name: "A" data_type: TYPE_FP32 dims: 1 }
                output { name: "B" data_type: TYPE_FP32 dims: 1 label_filename: "../../etc/passwd" }
                """)).containsExactly("3:65 label file of output 'B' of m must be inside the model's directory, got"
                + " '../../etc/passwd'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../model.onnx", "../../other/1/model.onnx", "/etc/passwd", "a/../../b", ".."})
    void problems_modelFileOutsideItsVersion_isReported(String name) {
        assertThat(TestConfigs.problems(TestConfigs.SOUND + "default_model_filename: '" + name + "'"))
                .containsExactly(
                        "4:25 'default_model_filename' of m must name a file inside the version's directory, got '"
                                + name + "'");
        assertThat(TestConfigs.problems(TestConfigs.SOUND + "cc_model_filenames { key: '9.0' value: '" + name + "' }"))
                .singleElement().asString()
                .endsWith("'cc_model_filenames' of m must name a file inside the version's directory, got '" + name
                        + "'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"model.onnx", "onnx/model.onnx", "..model", "a/../model.onnx"})
    void problems_modelFileInsideItsVersion_areNone(String name) {
        assertThat(TestConfigs.problems(TestConfigs.SOUND + "default_model_filename: '" + name + "'")).isEmpty();
    }

    @Test
    void problems_nothingToServe_areReportedAfterTheBackend() {
        assertThat(TestConfigs.problems("backend: \"identity\""))
                .containsExactly("0:0 model configuration must specify at least one 'output' for m");
    }

    @Test
    void problems_noInput_areNone() {
        assertThat(TestConfigs.problems("""
                backend: "onnxruntime"
                output { name: "y" data_type: TYPE_FP32 dims: 1 }""")).isEmpty();
    }

    @Test
    void problems_ensemble_areAllTold() {
        assertThat(TestConfigs.problems("""
                platform: "ensemble"
                input { name: "IN" data_type: TYPE_FP32 dims: 4 }
                output { name: "OUT" data_type: TYPE_FP32 dims: 4 }
                instance_group { }
                optimization { }
                model_warmup { batch_size: 1 }
                backend: "x"
                ensemble_scheduling {
                  step { input_map { key: "X" value: "LOST" } output_map { key: "Y" value: "SPARE" } }
                  step { model_name: "b" output_map { key: "Y" value: "SPARE" } }
                }
                """)).containsExactly("2:1 ensemble input 'IN' for ensemble m' is not used: no step takes it",
                "3:1 ensemble output 'OUT' for ensemble m' is not used: no step gives it",
                "4:1 instance group should not be specified for ensemble 'm': its models have their own",
                "5:1 optimization should not be specified for ensemble 'm': its models have their own",
                "6:1 model_warmup can not be specified for ensemble 'm': its models have their own",
                "7:10 Ensemble model 'm' must have platform type 'ensemble' and empty backend type: its models have"
                        + " their own",
                "8:1 ensemble tensor 'LOST' of ensemble 'm' is used but not produced by any step",
                "8:1 ensemble tensor 'SPARE' is unused in ensemble 'm': no step takes it, and it is no output",
                "9:3 must specify 'model_name' in step 0 of ensemble 'm'",
                "10:3 must specify 'input_map' in step 1 of ensemble 'm'",
                "10:26 ensemble tensor 'SPARE' can appear in an output map only once for ensemble 'm' step 1, it is"
                        + " also the output 'Y' of 'b'");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            input_map { key: 'X' value: 'IN' } output_map [ { key: 'Y' value: 'IN' }, { key: 'Z' value: 'OUT' } ] | \
            ensemble tensor 'IN' can appear in an output map only once for ensemble 'm' step 0, it is also the \
            output 'Y' of 'a'
            model_version: -2 input_map { key: 'X' value: 'IN' } output_map { key: 'Y' value: 'OUT' } | \
            'model_version' in step 0 of ensemble 'm' must be -1 for the latest or a version, got -2
            input_map [ { key: 'X' value: 'IN' }, { key: 'W' value: 'OUT' } ] output_map { key: 'Y' value: 'OUT' } | \
            step 0 of ensemble 'm' waits for tensors that depend on its own outputs
            """)
    void problems_stepThatCannotRun_areReportedOnce(String step, String problem) {
        assertThat(TestConfigs.problemsBeforeTheBackend("""
                input { name: "IN" data_type: TYPE_FP32 dims: 4 }
                output { name: "OUT" data_type: TYPE_FP32 dims: 4 }
                ensemble_scheduling { step { model_name: 'a' %s } }
                """.formatted(step))).containsExactly(problem);
    }

    @Test
    void problems_stepsInAnyOrder_areNone() {
        assertThat(TestConfigs.problemsBeforeTheBackend("""
                input { name: "IN" data_type: TYPE_FP32 dims: 4 }
                output { name: "OUT" data_type: TYPE_FP32 dims: 4 }
                ensemble_scheduling {
                  step { model_name: "c" input_map { key: "X" value: "B" } output_map { key: "Y" value: "OUT" } }
                  step { model_name: "b" input_map { key: "X" value: "A" } output_map { key: "Y" value: "B" } }
                  step { model_name: "a" input_map { key: "X" value: "IN" } output_map { key: "Y" value: "A" } }
                }
                """)).isEmpty();
    }
}
