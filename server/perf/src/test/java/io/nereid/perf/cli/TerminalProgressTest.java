package io.nereid.perf.cli;

import io.nereid.perf.client.Latencies;
import io.nereid.perf.measure.Load;
import io.nereid.perf.measure.LoadLevel;
import io.nereid.perf.measure.Protocol;
import io.nereid.perf.measure.SharedMemory;
import io.nereid.perf.measure.Slice;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.LongStream;

import static org.assertj.core.api.Assertions.assertThat;

class TerminalProgressTest {
    private static final LoadLevel LEVEL = new LoadLevel(new Load.Concurrency(4), Protocol.HTTP, SharedMemory.NONE);
    private static final Slice SLICE = new Slice(2, 0.5,
            Latencies.of(LongStream.rangeClosed(1, 100).map(micros -> micros * 1000)), 0);

    private final ByteArrayOutputStream written = new ByteArrayOutputStream();

    private TerminalProgress progress(String... more) throws UsageException {
        String[] arguments = new String[2 + more.length];
        arguments[0] = "-m";
        arguments[1] = "m";
        System.arraycopy(more, 0, arguments, 2, more.length);
        return new TerminalProgress(new PrintStream(written, true, StandardCharsets.UTF_8),
                PerfOptionsTest.parse(arguments));
    }

    @Test
    void line_saysWhatTheSliceIsPartOf() throws UsageException {
        String figures = ", 3 s: 200 requests/s, p50 0.050 ms, p99 0.099 ms";
        Slice slice = new Slice(2.6, 0.5, SLICE.latencies(), 0);
        assertThat(progress().line(LEVEL, 2, slice)).isEqualTo("concurrency 4, window 2 of at most 10" + figures);
        assertThat(progress().line(LEVEL, 0, slice)).isEqualTo("concurrency 4, warm-up" + figures);
        assertThat(progress("--request-count", "50").line(LEVEL, 1, slice))
                .isEqualTo("concurrency 4, 50 requests" + figures);
    }

    @Test
    void line_ofAnOpenLoop_hasItsRate_andFailures() throws UsageException {
        LoadLevel level = new LoadLevel(new Load.RequestRate(12.5, Load.Distribution.CONSTANT), Protocol.GRPC,
                SharedMemory.NONE);
        assertThat(progress().line(level, 1, new Slice(0, 1, Latencies.NONE, 7)))
                .startsWith("12.5 requests/s, window 1").endsWith(", 7 failed");
    }

    @Test
    void lines_areWrittenOverEachOther_andTakenAwayOnce() throws UsageException {
        TerminalProgress progress = progress();
        progress.clear();
        assertThat(written.toString(StandardCharsets.UTF_8)).isEmpty();
        progress.onSlice(LEVEL, 1, SLICE);
        progress.onSlice(LEVEL, 2, SLICE);
        progress.clear();
        progress.clear();
        assertThat(written.toString(StandardCharsets.UTF_8)).isEqualTo(
                "\r\u001b[K" + progress.line(LEVEL, 1, SLICE) + "\r\u001b[K" + progress.line(LEVEL, 2, SLICE)
                        + "\r\u001b[K");
    }
}
