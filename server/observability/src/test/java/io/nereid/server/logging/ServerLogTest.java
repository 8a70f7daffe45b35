package io.nereid.server.logging;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.Logger;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class ServerLogTest {
    private static final Instant NOW = Instant.parse("2026-11-23T03:07:09.123456789Z");

    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final ServerLog log = new ServerLog(InstantSource.fixed(NOW), 77, err);
    private final ServerLoggers loggers = new ServerLoggers(log);
    private final Logger logger = loggers.getLogger("io.nereid.server.model.ServedModels");
    @TempDir
    private Path folder;

    @BeforeEach
    void defaults() throws Exception {
        log.configure(LoggingConfig.DEFAULT);
    }

    @Test
    void line_defaultFormat_isTritons() {
        logger.error("model '{}' failed", "m");
        logger.warn("b");
        logger.info("c");
        assertThat(text()).isEqualTo("""
                E1123 03:07:09.123456 77 ServedModels] model 'm' failed
                W1123 03:07:09.123456 77 ServedModels] b
                I1123 03:07:09.123456 77 ServedModels] c
                """);
    }

    @Test
    void line_iso8601_hasTheLevelBehindTheTime() {
        log.update(settings -> settings.withFormat(LoggingConfig.Format.ISO8601).withVerbose(1));
        logger.warn("a");
        logger.debug("b");
        assertThat(text()).isEqualTo("""
                2026-11-23T03:07:09.123456Z W 77 ServedModels] a
                2026-11-23T03:07:09.123456Z V 77 ServedModels] b
                """);
    }

    @ParameterizedTest
    @CsvSource({"true,true,true,EWI", "true,false,true,EI", "false,true,true,WI", "true,true,false,EW",
            "false,false,true,I", "true,false,false,E", "false,true,false,W", "false,false,false,''"})
    void switches_eachLevel_isOnItsOwn(boolean error, boolean warning, boolean info, String written) {
        log.update(settings -> settings.withError(error).withWarning(warning).withInfo(info));
        logger.error("x");
        logger.warn("x");
        logger.info("x");
        logger.debug("x");
        assertThat(letters()).isEqualTo(written);
    }

    @ParameterizedTest
    @CsvSource({"io.nereid.server.X,0,EWI", "io.nereid.server.X,1,EWIV", "io.nereid.server.X,2,EWIVV",
            "io.netty.X,1,EWI", "io.netty.X,2,EWIV", "io.netty.X,3,EWIVV", "io.grpc.X,0,E", "io.grpc.X,1,EWI",
            "io.opentelemetry.X,0,EWI"})
    void verbose_librariesAreQuieterThanTheServer(String name, int verbose, String written) {
        log.update(settings -> settings.withVerbose(verbose));
        Logger asked = loggers.getLogger(name);
        asked.error("x");
        asked.warn("x");
        asked.info("x");
        asked.debug("x");
        asked.trace("x");
        assertThat(letters()).isEqualTo(written);
    }

    @Test
    void configure_file_isAppendedToAndSurvivesTruncation() throws Exception {
        Path file = folder.resolve("log");
        Files.writeString(file, "before\n");
        log.configure(LoggingConfig.DEFAULT.withFile(Optional.of(file)));
        logger.info("a");
        assertThat(Files.readString(file)).startsWith("before\n").endsWith("] a\n");
        Files.newByteChannel(file, java.nio.file.StandardOpenOption.WRITE).truncate(0).close();
        logger.info("b");
        assertThat(Files.readString(file)).startsWith("I1123").endsWith("] b\n").hasLineCount(1);
        assertThat(text()).isEmpty();
    }

    @Test
    void update_file_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> log.update(settings -> settings.withFile(Optional.of(folder.resolve("x")))));
    }

    @Test
    void write_manyThreads_everyLineIsWhole() throws Exception {
        int threads = 8;
        int lines = 500;
        List<Thread> all = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            String mine = "t" + i + "-" + "x".repeat(200 + i) + ".";
            all.add(Thread.ofPlatform().start(() -> {
                for (int line = 0; line < lines; line++) {
                    logger.info("{}", mine);
                }
            }));
        }
        for (Thread thread : all) {
            thread.join();
        }
        assertThat(text().lines()).hasSize(threads * lines)
                .allMatch(line -> line.matches("I1123 03:07:09\\.123456 77 ServedModels\\] t(\\d)-x{200,207}\\."));
    }

    private String text() {
        return err.toString(StandardCharsets.UTF_8);
    }

    private String letters() {
        StringBuilder letters = new StringBuilder();
        text().lines().forEach(line -> letters.append(line.charAt(0)));
        return letters.toString();
    }
}
