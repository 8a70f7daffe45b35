package io.nereid.server.model.warmup;

import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.NativeMemory;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelConfigCompletion;
import io.nereid.modelrepo.config.ModelConfigParser;
import io.nereid.scheduler.instance.Batch;
import io.nereid.scheduler.instance.InstanceGroup;
import io.nereid.scheduler.instance.ModelInstance;
import io.nereid.server.model.SignatureOfConfig;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicBoolean;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@Timeout(60)
class WarmupTest {
    private static final String MODEL = """
            backend: "identity" max_batch_size: 4
            input [ { name: "IN" data_type: TYPE_FP32 dims: -1 } ]
            output [ { name: "OUT" data_type: TYPE_FP32 dims: -1 } ]
            """;

    @TempDir
    private Path directory;

    /** What an instance was given, copied: the memory is gone when the warm-up is over. */
    @SuppressWarnings("ArrayRecordComponent") // compared one by one
    private record Seen(String instance, String thread, int requests, Shape shape, byte[] data) {}

    private final List<Seen> seen = new CopyOnWriteArrayList<>();
    private final AtomicBoolean exiting = new AtomicBoolean();

    private interface Step {
        void run() throws InferenceException;
    }

    private final class Recorder implements ModelInstance {
        private final String name;
        private final Step before;

        Recorder(String name, Step before) {
            this.name = name;
            this.before = before;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public void execute(Batch batch) throws InferenceException {
            before.run();
            Tensor input = batch.request(0).inputs().getFirst();
            seen.add(new Seen(name, Thread.currentThread().getName(), batch.size(), input.shape(),
                    input.data().toArray(ValueLayout.JAVA_BYTE)));
            for (int i = 0; i < batch.size(); i++) {
                batch.respond(i, new InferenceResponse(List.of(), Map.of(), Lease.NONE));
            }
        }

        @Override
        public void close() {
            throw new AssertionError("the instances are the caller's");
        }
    }

    private Warmup warmup(String text) {
        ModelConfig config = ModelConfigCompletion
                .complete(ModelConfigParser.parse("m", "config.pbtxt", text, _ -> false), List.of(), List.of());
        return new Warmup(config, SignatureOfConfig.of(config, Map.of()), directory, NativeMemory.CHECKED,
                (_, defect) -> {
                    throw new AssertionError(defect);
                }, exiting::get);
    }

    @Test
    void run_serverIsStopped_endsWithWhatRuns() {
        Warmup warmup = warmup(
                sample("count: 10000 inputs { key: 'IN' value { data_type: TYPE_FP32 dims: 3 zero_data: true"
                        + " } }"));
        InstanceGroup.Member stopping = InstanceGroup.Member.of(new Recorder("m_0", () -> exiting.set(true)));
        assertThatThrownBy(() -> warmup.run(List.of(stopping))).hasMessageContaining("the server is exiting");
        assertThat(seen).hasSize(1);
    }

    private InstanceGroup.Member member(String name) {
        return InstanceGroup.Member.of(new Recorder(name, () -> {
        }));
    }

    private static String sample(String more) {
        return MODEL + "model_warmup { name: 'w' batch_size: 1 " + more + " }";
    }

    private void file(String name, byte[] content) throws Exception {
        Files.createDirectories(directory.resolve("warmup"));
        Files.write(directory.resolve("warmup").resolve(name), content);
    }

    @Test
    void run_everyInstance_hasAThreadOfItsOwnAndRunsAtTheSameTime() throws Exception {
        CyclicBarrier together = new CyclicBarrier(2);
        Step meet = () -> {
            try {
                together.await();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        };
        warmup(sample("inputs { key: 'IN' value { data_type: TYPE_FP32 dims: 3 zero_data: true } }"))
                .run(List.of(InstanceGroup.Member.of(new Recorder("m_0", meet)),
                        InstanceGroup.Member.of(new Recorder("m_1", meet)),
                        new InstanceGroup.Member(new Recorder("idle", meet), null, true, null)));
        assertThat(seen).extracting(Seen::instance).containsExactlyInAnyOrder("m_0", "m_1");
        assertThat(seen).allMatch(run -> run.thread().equals(run.instance()));
        assertThat(seen).allMatch(run -> run.shape().equals(Shape.of(1, 3)));
        assertThat(seen.getFirst().data()).isEqualTo(new byte[12]);
    }

    @Test
    void run_batchSizeAndCount_runsThatManyRequestsThatOften() throws Exception {
        warmup(MODEL + """
                model_warmup { name: 'a' batch_size: 3 count: 2
                  inputs { key: 'IN' value { data_type: TYPE_FP32 dims: 1 zero_data: true } } }
                model_warmup { name: 'b' batch_size: 4
                  inputs { key: 'IN' value { data_type: TYPE_FP32 dims: 2 } } }
                """).run(List.of(member("m_0")));
        assertThat(seen).extracting(Seen::requests).containsExactly(3, 3, 4);
    }

    @Test
    void run_batchSizeZero_passesOverTheSampleWhateverItSays() throws Exception {
        Warmup warmup = warmup(MODEL + """
                model_warmup { name: 'no such input' inputs { key: 'NO' value { data_type: TYPE_FP32 dims: 1 } } }
                model_warmup { name: 'b' batch_size: 4
                  inputs { key: 'IN' value { data_type: TYPE_FP32 dims: 2 } } }
                """);
        assertThat(warmup.problems()).isEmpty();
        warmup.run(List.of(member("m_0")));
        assertThat(seen).extracting(Seen::requests).containsExactly(4);
    }

    @Test
    void run_noWarmup_startsNothing() throws Exception {
        warmup(MODEL).run(List.of(member("m_0")));
        assertThat(seen).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(DataType.class)
    void run_randomData_isTheSameEachTimeAndHasSeveralValues(DataType dataType) throws Exception {
        String type = "TYPE_" + (dataType == DataType.BYTES ? "STRING" : dataType.name());
        Warmup warmup = warmup(sample("inputs { key: 'IN' value { data_type: " + type
                + " dims: [ 8, 8 ] random_data: true } }").replace("TYPE_FP32 dims: -1", type + " dims: [ 8, -1 ]"));
        warmup.run(List.of(member("m_0")));
        warmup.run(List.of(member("m_0")));
        byte[] data = seen.getFirst().data();
        assertThat(data).isEqualTo(seen.getLast().data()).isNotEqualTo(new byte[data.length])
                .hasSize(64 * (dataType == DataType.BYTES ? 12 : dataType.byteSize()));
    }

    @Test
    void run_file_givesItsBytes() throws Exception {
        file("x.bin", new byte[]{1, 2, 3, 4, 5, 6, 7, 8, 9});
        warmup(sample("inputs { key: 'IN' value { data_type: TYPE_FP32 dims: 2 input_data_file: 'x.bin' } }"))
                .run(List.of(member("m_0")));
        assertThat(seen.getFirst().data()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
    }

    @Test
    void run_fileOfStrings_isReadWhole() throws Exception {
        byte[] strings = {2, 0, 0, 0, 'h', 'i', 0, 0, 0, 0};
        file("s.bin", strings);
        String text = sample("inputs { key: 'IN' value { data_type: TYPE_STRING dims: 2 input_data_file: 's.bin' } }")
                .replace("TYPE_FP32", "TYPE_STRING");
        warmup(text).run(List.of(member("m_0")));
        assertThat(seen.getFirst().data()).isEqualTo(strings);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "dims: 2 input_data_file: 'x.bin' | warmup setting expects 8 bytes, but the data provided from x.bin has 3"
                    + " bytes (input 'IN')",
            "dims: 2 input_data_file: 'y.bin' | y.bin: No such file or directory (the model_warmup's input 'IN' names"
                    + " it)",
            "dims: 2 input_data_file: 'link' | warm-up file 'warmup/link' of model directory",
            "dims: -1 zero_data: true | has no element count",
            "dims: [ 4611686018427387904, 4 ] zero_data: true | overflow",
            "dims: [ 2, 2 ] zero_data: true | unexpected shape for input 'IN' for model 'm'. Expected [-1,-1], got"
                    + " [1,2,2]"})
    void problems_sampleThatCannotBeMade_saysWhyAndNamesTheSample(String input, String reason) throws Exception {
        file("x.bin", new byte[3]);
        Files.createSymbolicLink(directory.resolve("warmup/link"), Path.of("/etc/hostname"));
        Warmup warmup = warmup(sample("inputs { key: 'IN' value { data_type: TYPE_FP32 " + input + " } }"));
        assertThat(warmup.problems()).singleElement(InstanceOfAssertFactories.THROWABLE)
                .hasMessageStartingWith("warmup sample 'w' of model 'm' cannot be used: ").hasMessageContaining(reason);
        assertThatThrownBy(() -> warmup.run(List.of(member("m_0")))).hasMessageContaining(reason);
        assertThat(seen).isEmpty();
    }

    @Test
    void problems_inputsThatDoNotFit_areReportedAsToAClient() {
        assertThat(warmup(sample("") + "model_warmup { name: 'v' batch_size: 5 }"
                + "model_warmup { name: 'u' batch_size: 1 inputs { key: 'X' value { data_type: TYPE_FP32 dims: 1 } } }"
                + "model_warmup { name: 't' batch_size: 1 inputs { key: 'IN' value { data_type: TYPE_INT8 dims: 1"
                + " } } }")
                .problems()).extracting(InferenceException::text).satisfiesExactly(
                        text -> assertThat(text).contains("expected 1 inputs but got 0 inputs"),
                        text -> assertThat(text).contains("batch_size is 5 (expected 1 to 4"),
                        text -> assertThat(text).contains("unexpected inference input 'X'"),
                        text -> assertThat(text).contains("data-type is 'INT8'"));
    }

    @Test
    void run_instanceFails_namesSampleAndInstanceAndRunsNoMore() {
        Step failing = () -> {
            throw new IllegalStateException("out of device memory");
        };
        Warmup warmup = warmup(sample("count: 9 inputs { key: 'IN' value { data_type: TYPE_FP32 dims: 3 } }"));
        assertThatThrownBy(() -> warmup.run(List.of(InstanceGroup.Member.of(new Recorder("m_0", failing)))))
                .isInstanceOf(InferenceException.class)
                .hasMessageStartingWith("failed to run warmup sample 'w' of model 'm' on instance 'm_0': ")
                .hasMessageContaining("out of device memory");
        assertThat(seen).isEmpty();
    }

    @Test
    void samples_inputs_keepTheirNames() throws Exception {
        InferenceRequest[] request = new InferenceRequest[1];
        ModelInstance instance = new ModelInstance() {
            @Override
            public String name() {
                return "m_0";
            }

            @Override
            public void execute(Batch batch) {
                request[0] = batch.request(0);
                batch.respond(0, new InferenceResponse(List.of(), Map.of(), Lease.NONE));
            }

            @Override
            public void close() {}
        };
        warmup(sample("inputs { key: 'IN' value { data_type: TYPE_FP32 dims: 3 } }"))
                .run(List.of(InstanceGroup.Member.of(instance)));
        assertThat(Objects.requireNonNull(request[0].input("IN")).dataType()).isEqualTo(DataType.FP32);
        assertThat(request[0].id()).isEqualTo("w");
    }
}
