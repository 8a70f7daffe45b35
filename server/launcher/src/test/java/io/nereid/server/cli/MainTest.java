package io.nereid.server.cli;

import io.nereid.server.ServerConfig;
import io.nereid.server.StartException;
import io.nereid.server.http.HttpConfig;
import io.nereid.server.metrics.MetricsConfig;
import io.nereid.server.protocol.Version;
import io.nereid.server.signals.StopSignal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class MainTest {
    @TempDir
    private Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final List<String> events = new ArrayList<>();
    private boolean drainsInTime = true;
    private final StopSignal signal = new StopSignal() {
        @Override
        public String await() {
            events.add("signal");
            return "SIGTERM";
        }

        @Override
        public boolean awaitAgain(Duration grace) {
            events.add("grace " + grace);
            return false;
        }
    };

    @ParameterizedTest
    @ValueSource(strings = {"help", "--help", "-h", "--hel", "--nonsense --help", "--http-port=x -h"})
    void run_help_printsItWhateverElseIsAsked(String arguments) throws Exception {
        assertThat(run(arguments.split(" "))).isZero();
        assertThat(text(out)).startsWith("Usage: nereid");
        assertThat(events).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"version", "--version", "-v", "--vers", "--nonsense -v"})
    void run_version_printsIt(String arguments) throws Exception {
        assertThat(run(arguments.split(" "))).isZero();
        assertThat(text(out)).startsWith("nereid " + Version.current() + " (Java ").hasLineCount(1);
        assertThat(Version.current()).matches("[0-9].*");
    }

    @Test
    void run_wrongFlag_exitsOneWithOneLine() throws Exception {
        assertThat(run("--http-prt=1")).isEqualTo(1);
        assertThat(text(err)).isEqualTo(
                "nereid: unknown flag --http-prt (did you mean '--http-port'?); --help lists all flags" + "\n");
        assertThat(events).isEmpty();
    }

    @Test
    void run_startFails_exitsOneWithOneLine() throws Exception {
        Main main = new Main("nereid", stream(out), stream(err), _ -> {
            throw new StartException("--http-port=8000 is in use");
        }, () -> signal);
        assertThat(main.run(List.of("--model-repository=" + folder))).isEqualTo(1);
        assertThat(text(err)).isEqualTo("nereid: --http-port=8000 is in use\n");
    }

    @Test
    void run_startMeetsADefect_exitsOne() throws Exception {
        Main main = new Main("nereid", stream(out), stream(err), _ -> {
            throw new StackOverflowError();
        }, () -> signal);
        assertThat(main.run(List.of("--model-repository=" + folder))).isEqualTo(1);
    }

    @Test
    void run_toldToStop_drainsAndExitsZero() throws Exception {
        assertThat(run("--model-repository=" + folder, "--exit-timeout-secs=7", "--http-port=0")).isZero();
        ServerConfig config = ServerConfig.of(folder).withExitTimeout(Duration.ofSeconds(7))
                .withHttp(HttpConfig.DEFAULT.withPort(0)).withMetrics(MetricsConfig.DEFAULT);
        assertThat(events).containsExactly("start " + config, "signal", "grace PT0S", "stop PT7S");
        assertThat(text(err)).isEmpty();
    }

    @Test
    void run_toldToStopWithAGrace_servesUnreadyFirst() throws Exception {
        assertThat(run("--model-repository=" + folder, "--drain-grace-secs=9")).isZero();
        assertThat(events.subList(1, events.size())).containsExactly("signal", "drain", "grace PT9S", "stop PT30S");
    }

    @Test
    void run_requestsStillInFlightAfterTheTimeout_exitsOne() throws Exception {
        drainsInTime = false;
        assertThat(run("--model-repository=" + folder)).isEqualTo(1);
        assertThat(events).last().isEqualTo("stop PT30S");
    }

    private int run(String... arguments) throws InterruptedException {
        return new Main("nereid", stream(out), stream(err), this::start, () -> signal).run(List.of(arguments));
    }

    private StartedServer start(ServerConfig config) {
        events.add("start " + config);
        return new StartedServer() {
            @Override
            public List<ModelStatus> models() {
                return List.of(new ModelStatus("m", "1", true, ""));
            }

            @Override
            public List<Endpoint> endpoints() {
                return List.of(new Endpoint("HTTPService", "0.0.0.0", 8000));
            }

            @Override
            public void beginDrain() {
                events.add("drain");
            }

            @Override
            public boolean stop(Duration timeout) {
                events.add("stop " + timeout);
                return drainsInTime;
            }
        };
    }

    private static PrintStream stream(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }

    private static String text(ByteArrayOutputStream bytes) {
        return bytes.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
    }
}
