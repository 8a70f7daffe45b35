package io.nereid.server.contract;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.ParameterValue;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.model.ServedModel;
import io.nereid.server.model.control.TestRepository;
import io.nereid.statistics.BatchStatistic;
import io.nereid.statistics.DurationStatistic;
import io.nereid.statistics.StatisticsSnapshot;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The same requests through every protocol, each to a server of its own. What a program in the same process is told is
 * the measure for the others.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class InferenceContractTest {
    private final List<ContractClient> clients = new ArrayList<>();

    @BeforeAll
    void open(@TempDir Path folder) throws Exception {
        new TestRepository(folder).withIdentity("bytes", "TYPE_STRING", "-1", "")
                .withIdentity("floats", "TYPE_FP32", "-1", "dynamic_batching { }")
                .withIdentity("bools", "TYPE_BOOL", "2, -1", "").withModel("two", """
                        backend: "identity"
                        input { name: "A" data_type: TYPE_INT8 dims: [ 2 ] }
                        input { name: "B" data_type: TYPE_FP64 dims: [ -1 ] optional: true }
                        output { name: "X" data_type: TYPE_INT8 dims: [ 2 ] }
                        output { name: "Y" data_type: TYPE_FP64 dims: [ -1 ] }
                        """).withModel("many", """
                        backend: "square"
                        input { name: "IN" data_type: TYPE_INT32 dims: [ 1 ] }
                        output { name: "OUT" data_type: TYPE_INT32 dims: [ 1 ] }
                        model_transaction_policy { decoupled: true }
                        """);
        for (String model : List.of("bytes", "floats", "bools", "two", "many")) {
            Files.createDirectories(folder.resolve(model).resolve("2"));
        }
        Files.writeString(folder.resolve("floats/config.pbtxt"),
                Files.readString(folder.resolve("floats/config.pbtxt")) + "version_policy { all { } }\n");
        clients.add(new InProcessContractClient(folder));
        clients.add(new HttpContractClient(folder));
        clients.add(new GrpcContractClient(folder));
    }

    @AfterAll
    void close() {
        clients.forEach(ContractClient::close);
    }

    static List<Ask> answered() {
        byte[] large = new byte[400_000];
        new Random(1).nextBytes(large);
        byte[] values = floats(3, -1, 7, 7);
        return List.of(Ask.of("one row", "floats").input("IN", "FP32", values, 1, 4).id("a name"),
                Ask.of("several rows", "floats").input("IN", "FP32", values, 4, 1),
                Ask.of("no element", "floats").input("IN", "FP32", new byte[0], 1, 0),
                Ask.of("a version", "floats").version("1").input("IN", "FP32", values, 1, 4),
                Ask.of("a large tensor", "floats").input("IN", "FP32", large, 2, 50_000),
                Ask.of("strings", "bytes").input("IN", "BYTES", strings("", "Größe", "\0\1"), 1, 3),
                Ask.of("classes", "floats").input("IN", "FP32", values, 1, 4).output("OUT", 2),
                Ask.of("classes of rows", "floats").input("IN", "FP32", values, 2, 2).output("OUT", 5),
                Ask.of("two inputs", "two").input("A", "INT8", new byte[]{1, 2}, 2).input("B", "FP64", new byte[16], 2),
                Ask.of("inputs the other way round", "two").input("B", "FP64", new byte[8], 1)
                        .input("A", "INT8", new byte[]{1, 2}, 2),
                Ask.of("one output of two", "two").input("A", "INT8", new byte[]{1, 2}, 2)
                        .input("B", "FP64", new byte[8], 1).output("Y", 0),
                Ask.of("an optional input left out", "two").input("A", "INT8", new byte[]{1, 2}, 2),
                Ask.of("priority and timeout", "floats").input("IN", "FP32", values, 1, 4)
                        .parameter("priority", new ParameterValue.Int(3))
                        .parameter("timeout", new ParameterValue.Int(1_000_000)),
                Ask.of("custom parameters", "floats").input("IN", "FP32", values, 1, 4)
                        .parameter("text", new ParameterValue.Text("x"))
                        .parameter("flag", new ParameterValue.Flag(true))
                        .parameter("real", new ParameterValue.Real(0.5)));
    }

    static List<Ask> refused() {
        byte[] one = new byte[4];
        return List.of(Ask.of("unknown model", "none"), Ask.of("unknown version", "floats").version("9"),
                Ask.of("version that is no number", "floats").version("99999999999999999999"),
                Ask.of("no input", "floats").id("with a name"),
                Ask.of("unknown input", "floats").input("OTHER", "FP32", one, 1, 1),
                Ask.of("too many inputs", "floats").input("IN", "FP32", one, 1, 1).input("B", "FP32", one, 1, 1),
                Ask.of("unknown output", "floats").input("IN", "FP32", one, 1, 1).output("OTHER", 0),
                Ask.of("wrong datatype", "floats").input("IN", "INT32", one, 1, 1),
                Ask.of("wrong rank", "floats").input("IN", "FP32", one, 1, 1, 1),
                Ask.of("wrong dimension", "two").input("A", "INT8", new byte[3], 3),
                Ask.of("no batch dimension", "floats").input("IN", "FP32", one),
                Ask.of("too many rows", "floats").input("IN", "FP32", new byte[36], 9, 1),
                Ask.of("no row", "floats").input("IN", "FP32", new byte[0], 0, 4),
                Ask.of("too few bytes", "floats").input("IN", "FP32", new byte[3], 1, 1).id("z"),
                Ask.of("too many bytes", "floats").input("IN", "FP32", new byte[8], 1, 1),
                Ask.of("strings cut short", "bytes").input("IN", "BYTES", new byte[]{5, 0, 0, 0, 1}, 1, 1),
                Ask.of("too few strings", "bytes").input("IN", "BYTES", strings("a"), 1, 2),
                Ask.of("too many elements to count", "floats").input("IN", "FP32", one, 1, Long.MAX_VALUE),
                Ask.of("classes of booleans", "bools").input("IN", "BOOL", new byte[2], 1, 2, 1).output("OUT", 1));
    }

    @ParameterizedTest
    @MethodSource("answered")
    void ask_requestThatFits_isAnsweredTheSameWay(Ask ask) throws Exception {
        Answer expected = clients.getFirst().ask(ask);
        assertThat(expected).isInstanceOf(Answer.Response.class);
        for (ContractClient client : clients) {
            assertThat(client.ask(ask)).as(client.getClass().getSimpleName()).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @MethodSource("refused")
    void ask_requestThatDoesNotFit_failsTheSameWay(Ask ask) throws Exception {
        Answer.Failure expected = (Answer.Failure) clients.getFirst().ask(ask);
        ErrorCode code = ErrorCode.valueOf(expected.code());
        for (ContractClient client : clients) {
            assertThat(client.ask(ask)).as(client.getClass().getSimpleName())
                    .isEqualTo(new Answer.Failure(client.spelled(code), expected.text()));
        }
    }

    @Test
    void ask_everyKindOfRequest_countsTheSame() throws Exception {
        List<Map<String, Counts>> before = new ArrayList<>();
        for (ContractClient client : clients) {
            before.add(counts(client));
            for (Ask ask : answered()) {
                client.ask(ask);
            }
            for (Ask ask : refused()) {
                client.ask(ask);
            }
        }
        Map<String, Counts> expected = difference(before.getFirst(), counts(clients.getFirst()));
        assertThat(Objects.requireNonNull(expected.get("floats 2")).success()).isGreaterThan(5);
        for (int i = 0; i < clients.size(); i++) {
            assertThat(difference(before.get(i), counts(clients.get(i)))).as(clients.get(i).getClass().getSimpleName())
                    .isEqualTo(expected);
        }
    }

    /** What a model has done, without the times. */
    private record Counts(long success, long fail, long queue, long computeInfer, long inferences, long executions,
            Map<Long, Long> batches) {
        Counts minus(Counts other) {
            Map<Long, Long> more = new LinkedHashMap<>(batches);
            other.batches.forEach((size, count) -> more.merge(size, -count, Long::sum));
            more.values().removeIf(count -> count == 0);
            return new Counts(success - other.success, fail - other.fail, queue - other.queue,
                    computeInfer - other.computeInfer, inferences - other.inferences, executions - other.executions,
                    more);
        }
    }

    private static Map<String, Counts> difference(Map<String, Counts> before, Map<String, Counts> after) {
        Map<String, Counts> difference = new LinkedHashMap<>();
        after.forEach((model, counts) -> difference.put(model, counts.minus(before.getOrDefault(model, counts))));
        return difference;
    }

    private static Map<String, Counts> counts(ContractClient client) {
        Map<String, Counts> counts = new LinkedHashMap<>();
        for (ModelHandle<ServedModel> model : client.server.inference().models().acquireAll()) {
            StatisticsSnapshot snapshot = model.model().statistics().snapshot();
            Map<Long, Long> batches = new LinkedHashMap<>();
            for (BatchStatistic batch : snapshot.batches()) {
                batches.put(batch.batchSize(), batch.computeInfer().count());
            }
            counts.put(model.name() + " " + model.version(),
                    new Counts(count(snapshot.success()), count(snapshot.fail()),
                            count(snapshot.queue()), count(snapshot.computeInfer()), snapshot.inferenceCount(),
                            snapshot.executionCount(), batches));
            model.release();
        }
        return counts;
    }

    private static long count(DurationStatistic statistic) {
        return statistic.count();
    }

    private static byte[] floats(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return bytes.array();
    }

    private static byte[] strings(String... values) {
        ByteBuffer bytes = ByteBuffer.allocate(1000).order(ByteOrder.LITTLE_ENDIAN);
        for (String value : values) {
            byte[] text = value.getBytes(StandardCharsets.UTF_8);
            bytes.putInt(text.length).put(text);
        }
        byte[] all = new byte[bytes.position()];
        bytes.flip().get(all);
        return all;
    }
}
