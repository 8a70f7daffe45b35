package io.nereid.server.cli;

import io.nereid.backend.device.CudaDevices;
import io.nereid.server.model.control.TestRepository;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

class ValidateCommandTest {
    @TempDir
    private Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final AtomicLong nanos = new AtomicLong();
    private long step;

    private int run(String... arguments) {
        return new ValidateCommand("nereid", new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8),
                false,
                () -> nanos.getAndAdd(step)).run(List.of(arguments));
    }

    private TestRepository repository() {
        return new TestRepository(folder).withIdentity("good", "TYPE_FP32", "4", """
                model_warmup { name: "w" batch_size: 2
                  inputs { key: "IN" value { data_type: TYPE_FP32 dims: 4 random_data: true } } }
                """);
    }

    @Test
    void run_soundRepository_saysSoAndExitsZero() {
        repository();
        assertThat(run(folder.toString())).isZero();
        assertThat(out.toString(UTF_8)).isEqualTo("ok    good\n1 model checked, no problem found\n");
        assertThat(err.toString(UTF_8)).isEmpty();
    }

    @Test
    void run_brokenModels_listsEveryProblemOfEachAndExitsOne() throws Exception {
        repository().withModel("syntax", "backend: \"identity\"\nmax_batchsize: 4\ninput { dims: x }\n")
                .withIdentity("files", "TYPE_FP32", "4", """
                        version_policy { specific { versions: [ 1, 7 ] } }
                        model_warmup { name: "a" batch_size: 9 }
                        model_warmup { name: "b" batch_size: 1
                          inputs { key: "IN" value { data_type: TYPE_FP32 dims: 4 input_data_file: "none" } } }
                        """)
                .withModel("noonnx", "backend: \"onnxruntime\"")
                .withModel("nobackend", "backend: \"unheard_of\"");
        Path labels = folder.resolve("files/config.pbtxt");
        Files.writeString(labels, Files.readString(labels).replace("output { name: \"OUT\"",
                "output { label_filename: \"missing.txt\" name: \"OUT\""));
        assertThat(run(folder.toString())).isEqualTo(1);
        String text = out.toString(UTF_8);
        assertThat(text)
                .contains("ok    good\n", "FAIL  syntax\n", "FAIL  files\n", "FAIL  noonnx\n", "FAIL  nobackend\n")
                .endsWith("5 models checked, 4 with problems\n");
        assertThat(text).contains("config.pbtxt:2:1: unknown field 'max_batchsize'").contains("config.pbtxt:3:15:")
                .contains("          max_batchsize: 4\n          ^\n");
        assertThat(text).contains("version 7 is in version_policy, but there is no directory '7'")
                .contains("output 'OUT': failed to open text file for read")
                .contains("warmup sample 'a' of model 'files' cannot be used: batch_size is 9")
                .contains("warmup sample 'b' of model 'files' cannot be used: failed to open text file for read");
        assertThat(text).contains("unable to find backend library for backend 'unheard_of'").contains("model.onnx");
    }

    @Test
    void run_whatTheServerWouldPassOver_isAWarningAndNoProblem() throws Exception {
        repository().withIdentity("odd", "TYPE_FP32", "4", "response_cache { enable: true }");
        Files.createDirectories(folder.resolve("odd/003"));
        Files.createDirectories(folder.resolve("odd/v1"));
        assertThat(run(folder.toString(), "--model=good", "--model=odd")).isZero();
        assertThat(out.toString(UTF_8)).isEqualTo(
                """
                        ok    good
                        ok    odd
                              warning: ignore version directory '003' which contains leading zeros in its directory name;\
                         rename it to '3' if it is a version
                              warning: ignore version directory 'v1' which fails to convert to integral number; name it by a\
                         number if it is a version
                              warning: response_cache is enabled, and the server has no cache (--cache-config): every request runs
                        2 models checked, no problem found, 3 warnings
                        """);
    }

    @Test
    void run_featuresThatAreNotBuilt_areProblemsByName() {
        repository().withIdentity("agent", "TYPE_FP32", "4", "model_repository_agents { agents { name: 'decrypt' } }")
                .withModel("dali", "backend: \"dali\"");
        assertThat(run(folder.toString())).isEqualTo(1);
        assertThat(out.toString(UTF_8))
                .contains("unable to find the repository agent 'decrypt', which model_repository_agents asks for")
                .contains("unable to find backend library for backend 'dali': DALI pipelines are not built into this"
                        + " server yet");
    }

    @Test
    void run_ensembles_areHeldAgainstTheirModels() {
        repository().withModel("fits", ensemble("good", "TYPE_FP32")).withModel("wrong", ensemble("good", "TYPE_INT32"))
                .withModel("outer", ensemble("wrong", "TYPE_INT32")).withModel("lost", ensemble("none", "TYPE_FP32"))
                .withModel("circle", ensemble("circle", "TYPE_FP32"));
        assertThat(run(folder.toString())).isEqualTo(1);
        assertThat(out.toString(UTF_8)).contains("ok    fits\n")
                .contains("FAIL  wrong\n      in ensemble wrong, ensemble tensor IN: inconsistent data type: TYPE_INT32"
                        + " is inferred from model wrong while TYPE_FP32 is inferred from model good")
                .contains("FAIL  outer\n      in ensemble wrong, ")
                .contains("FAIL  lost\n      ensemble lost contains models that are not available or ambiguous: none\n")
                .contains("FAIL  circle\n      circular dependency between ensembles: circle -> circle\n");
    }

    private static String ensemble(String model, String dataType) {
        return """
                platform: "ensemble"
                max_batch_size: 8
                input { name: "IN" data_type: %s dims: -1 }
                output { name: "OUT" data_type: %s dims: -1 }
                ensemble_scheduling { step { model_name: "%s" model_version: -1
                  input_map { key: "IN" value: "IN" } output_map { key: "OUT" value: "OUT" } } }
                """.formatted(dataType, dataType, model);
    }

    @Test
    void run_modelForGpusOnAMachineWithoutAny_runsOnTheCpuIfThatIsAllowed() {
        repository().withIdentity("gpu", "TYPE_FP32", "4", "instance_group { kind: KIND_GPU count: 2 }")
                .withIdentity("listed", "TYPE_FP32", "4", "instance_group { gpus: [ 999 ] }");
        assumeThat(CudaDevices.find().count()).as("GPUs of this machine").isZero();
        assertThat(run(folder.toString())).isEqualTo(1);
        assertThat(out.toString(UTF_8)).contains("FAIL  gpu\n", "FAIL  listed\n",
                "has kind KIND_GPU but no GPUs are available: ", "; write kind: KIND_CPU, or KIND_AUTO",
                "specifies one or more GPUs but no GPUs are available", "--gpu-fallback=cpu")
                .doesNotContain("has kind KIND_CPU");
        out.reset();
        assertThat(run(folder.toString(), "--gpu-fallback=cpu")).isZero();
        assertThat(out.toString(UTF_8)).contains("ok    gpu\n      warning: instance group 'gpu_0' asks for GPUs and"
                + " runs on the CPU, since there are none (--gpu-fallback=cpu)\n", "ok    listed\n",
                "3 models checked, no problem found, 2 warnings");
    }

    @Test
    void run_repositoryWithoutModels_isAProblem() {
        assertThat(run(folder.toString())).isEqualTo(1);
        assertThat(out.toString(UTF_8)).isEqualTo("FAIL  model repository '" + folder
                + "' has no model: found nothing (expected one folder per model, as 'resnet/1/model.onnx')\n"
                + "0 models checked, 1 repository without models\n");
    }

    @Test
    void run_modelFilesThatAreNone_sayWhatTheyAre() throws Exception {
        repository().withModel("empty", "backend: \"onnxruntime\"").withModel("pointer", "backend: \"onnxruntime\"")
                .withModel("other", "backend: \"onnxruntime\"");
        Files.writeString(folder.resolve("empty/1/model.onnx"), "");
        Files.writeString(folder.resolve("pointer/1/model.onnx"),
                "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
        Files.writeString(folder.resolve("other/1/resnet.onnx"), "x");
        assertThat(run(folder.toString())).isEqualTo(1);
        assertThat(out.toString(UTF_8))
                .contains("1/model.onnx' is empty (0 bytes): copy it again")
                .contains("1/model.onnx' is a Git LFS pointer of 63 bytes, not the file itself: run 'git lfs pull'")
                .contains("for model 'other', version 1: folder '1' has 'resnet.onnx' (expected 'model.onnx'): rename"
                        + " it, or write default_model_filename: \"resnet.onnx\" into config.pbtxt");
    }

    @Test
    void run_modelNamed_looksAtNoOther() {
        repository().withModel("syntax", "x");
        assertThat(run(folder.toString(), "--model", "good")).isZero();
        assertThat(out.toString(UTF_8)).doesNotContain("syntax");
        assertThat(run(folder.toString(), "--model=good", "--model=none")).isEqualTo(1);
        assertThat(out.toString(UTF_8)).contains("no repository has a model of that name; there are good, syntax");
    }

    @Test
    void run_takesLongerThanTwoSeconds_saysWhereItIs() {
        repository().withIdentity("more", "TYPE_FP32", "4", "");
        step = 1_500_000_000;
        assertThat(run(folder.toString())).isZero();
        assertThat(err.toString(UTF_8)).isEqualTo("checking more (2 of 2)\n");
    }

    @Test
    void run_writtenWrong_exitsTwoAndPointsToTheHelp() {
        for (String[] wrong : List.of(new String[]{}, new String[]{folder.resolve("none").toString()},
                new String[]{folder.toString(), "--no-such"}, new String[]{folder.toString(), "--model"},
                new String[]{"hdfs://x/y"})) {
            err.reset();
            assertThat(run(wrong)).isEqualTo(2);
            assertThat(err.toString(UTF_8)).startsWith("nereid validate: ").endsWith("Try nereid validate --help\n");
        }
    }

    @Test
    void run_help_teaches() {
        assertThat(run("--help")).isZero();
        assertThat(out.toString(UTF_8)).startsWith("Usage: nereid validate REPOSITORY").contains("Examples:");
    }
}
