package io.nereid.backend.python;

import io.nereid.backend.ModelCall;
import io.nereid.backend.ModelMetrics;
import io.nereid.backend.ModelServices;
import io.nereid.backend.worker.message.FrameReader;
import io.nereid.backend.worker.message.FrameWriter;
import io.nereid.backend.worker.message.MalformedFrameException;
import io.nereid.backend.worker.message.MessageType;
import io.nereid.backend.worker.process.ReplyChannel;
import io.nereid.inference.Cancellation;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.ResponseListener;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Metrics by the numbers that a worker calls them. */
class MetricCallsTest {
    private static final int GAUGE = 1;
    private static final int HISTOGRAM = 2;
    private static final int SET = 1;
    private static final int OBSERVE = 2;

    private final List<String> done = new ArrayList<>();
    private final MetricCalls calls = new MetricCalls(new Services());
    private ReplyChannel channel;

    /** Metrics that write down what is done to them; one whose value is negative refuses it. */
    private final class Recorded implements ModelMetrics {
        @Override
        public Family family(String name, String description, Kind kind) throws InferenceException {
            if (name.startsWith("nv_")) {
                throw new InferenceException(ErrorCode.INVALID_ARG, name + " is the server's");
            }
            done.add("family " + name + " " + kind + " " + description);
            return new RecordedFamily(name);
        }

        @Override
        public void close() {
            done.add("close");
        }
    }

    private final class RecordedFamily implements ModelMetrics.Family {
        private final String name;

        private RecordedFamily(String name) {
            this.name = name;
        }

        @Override
        public ModelMetrics.Metric metric(Map<String, String> labels, @Nullable List<Double> buckets) {
            done.add("metric " + name + labels + " " + buckets);
            return new RecordedMetric(name + labels);
        }

        @Override
        public void close() {
            done.add("close " + name);
        }
    }

    private final class RecordedMetric implements ModelMetrics.Metric {
        private final String name;
        private double value;

        private RecordedMetric(String name) {
            this.name = name;
        }

        @Override
        public void increment(double by) throws InferenceException {
            if (by < 0) {
                throw new InferenceException(ErrorCode.INVALID_ARG, "a counter only rises");
            }
            value += by;
        }

        @Override
        public void set(double given) {
            value = given;
        }

        @Override
        public void observe(double observed) {
            done.add("observe " + observed);
        }

        @Override
        public double value() {
            return value;
        }

        @Override
        public void close() {
            done.add("close " + name);
        }
    }

    /** A server that has metrics only. */
    private final class Services implements ModelServices {
        @Override
        public Cancellation infer(ModelCall call, ResponseListener listener) {
            throw new AssertionError("nobody calls a model");
        }

        @Override
        public void load(String waiting, String model, String config, Map<String, MemorySegment> files) {
            throw new AssertionError("nobody loads a model");
        }

        @Override
        public void unload(String model, boolean dependents) {
            throw new AssertionError("nobody unloads a model");
        }

        @Override
        public boolean isReady(String model, String version) {
            throw new AssertionError("nobody asks for a model");
        }

        @Override
        public ModelMetrics openMetrics() {
            done.add("open");
            return new Recorded();
        }
    }

    @BeforeEach
    void open() throws IOException {
        channel = new ReplyChannel();
    }

    @AfterEach
    void close() throws IOException {
        channel.close();
    }

    private static FrameWriter fields() {
        return new FrameWriter(64).begin(1);
    }

    private static FrameReader read(FrameWriter writer) throws MalformedFrameException {
        return FrameReader.of(Arrays.copyOf(writer.end().bytes(), writer.size()));
    }

    private long family(long call, String name, int kind) throws IOException {
        calls.family(call, read(fields().str(name).str("what it is").u8(kind)), channel.replies());
        return channel.next(MessageType.ID, call).i64();
    }

    private long metric(long call, long family) throws IOException {
        calls.metric(call, read(fields().u64(family).u32(1).str("k").str("v").flag(false)), channel.replies());
        return channel.next(MessageType.ID, call).i64();
    }

    private void operate(long call, long metric, int operation, double value) throws IOException {
        calls.operate(call, read(fields().u64(metric).u8(operation).f64(value)), channel.replies());
    }

    private double value(long call, long metric) throws IOException {
        calls.value(call, read(fields().u64(metric)), channel.replies());
        return channel.next(MessageType.VALUE, call).f64();
    }

    private InferenceException error(long call) throws IOException {
        return channel.next(MessageType.ERROR, call).error();
    }

    @Test
    void metric_setAndIncremented_hasThatValue() throws Exception {
        long metric = metric(2, family(1, "requests", GAUGE));

        operate(3, metric, SET, 4);
        operate(4, metric, 0, 0.5);
        channel.next(MessageType.DONE, 3).end();
        channel.next(MessageType.DONE, 4).end();

        assertThat(value(5, metric)).isEqualTo(4.5);
        assertThat(done).containsExactly("open", "family requests GAUGE what it is", "metric requests{k=v} null");
    }

    @Test
    void operate_withoutANumberToReply_isDoneSilently() throws Exception {
        long metric = metric(2, family(1, "sizes", HISTOGRAM));

        operate(0, metric, OBSERVE, 1);

        assertThat(value(3, metric)).isZero();
        assertThat(done).contains("observe 1.0");
    }

    @Test
    void metric_buckets_areHandedOn() throws Exception {
        long family = family(1, "sizes", HISTOGRAM);

        calls.metric(2, read(fields().u64(family).u32(0).flag(true).u32(2).f64(0.1).f64(1)), channel.replies());

        channel.next(MessageType.ID, 2);
        assertThat(done).contains("metric sizes{} [0.1, 1.0]");
    }

    @Test
    void errors_ofTheServer_areReplied() throws Exception {
        calls.family(1, read(fields().str("nv_x").str("").u8(0)), channel.replies());
        assertThat(error(1).text()).isEqualTo("nv_x is the server's");

        long metric = metric(3, family(2, "requests", 0));
        operate(4, metric, 0, -1);
        assertThat(error(4).text()).isEqualTo("a counter only rises");
    }

    @Test
    void deleted_isUnknownFromThenOn() throws Exception {
        long family = family(1, "requests", GAUGE);
        long metric = metric(2, family);

        calls.metricDeleted(metric);
        calls.metricDeleted(metric);
        calls.familyDeleted(family);
        operate(3, metric, SET, 1);
        assertThat(error(3).text()).contains("has been deleted");
        calls.metric(4, read(fields().u64(family).u32(0).flag(false)), channel.replies());
        assertThat(error(4).text()).contains("has been deleted");

        assertThat(done).endsWith("close requests{k=v}", "close requests");
    }

    @Test
    void close_workerIsGone_closesAllAndOpensNoMore() throws Exception {
        long metric = metric(2, family(1, "requests", GAUGE));

        calls.close();
        calls.value(3, read(fields().u64(metric)), channel.replies());
        assertThat(error(3).text()).contains("has been deleted");
        calls.family(4, read(fields().str("more").str("").u8(GAUGE)), channel.replies());

        assertThat(error(4).code()).isEqualTo(ErrorCode.UNAVAILABLE);
        assertThat(done).endsWith("close").doesNotContain("family more GAUGE ");
    }

    @Test
    void whatNoWorkerSends_isMalformed() throws Exception {
        long metric = metric(2, family(1, "requests", GAUGE));

        assertThatThrownBy(() -> family(3, "x", 7)).isInstanceOf(MalformedFrameException.class)
                .hasMessageContaining("kind 7");
        assertThatThrownBy(() -> operate(4, metric, 7, 0)).isInstanceOf(MalformedFrameException.class)
                .hasMessageContaining("operation 7");
    }
}
