package io.nereid.server.http;

import com.sun.management.ThreadMXBean;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.ModelFiles;
import io.nereid.modelrepo.OverrideFiles;
import io.nereid.server.model.control.LoadOverride;
import io.nereid.server.model.control.UnloadRequest;
import io.nereid.server.protocol.RequestLimits;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Objects;
import java.util.OptionalLong;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Files in a load request: what the rest of it means is told over HTTP, by the server's tests. */
class RepositoryRequestReaderTest {
    private static final String BEFORE = "{\"parameters\":{\"config\":\"{}\",\"file:1/weights\":\"";
    private static final String AFTER = "\"}}";
    private static final int SHORT = 4 << 10;
    private static final int LONG = 32 << 20;
    private static final long A_FEW_PIECES = 1 << 20;

    private final ThreadMXBean threads = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);

    @Test
    void load_longFile_isNeverWholeOnTheHeap() throws Exception {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment longBody = body(arena, LONG);
            load(body(arena, SHORT)); // what is loaded with the first request

            long before = threads.getCurrentThreadAllocatedBytes();
            long fileBytes = load(longBody);
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;

            assertThat(fileBytes).isEqualTo(LONG / 4 * 3);
            assertThat(allocated).isLessThan(A_FEW_PIECES);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"3\"", "3"})
    void version_textOrNumber_isTaken(String value) throws Exception {
        String request = "{\"parameters\":{\"version\":" + value + "}}";
        try (Arena arena = Arena.ofConfined()) {
            assertThat(RepositoryRequestReader.load(body(arena, request), "m", RequestLimits.DEFAULT).version())
                    .hasValue(3);
            assertThat(RepositoryRequestReader.unload(body(arena, request), RequestLimits.DEFAULT))
                    .isEqualTo(new UnloadRequest(OptionalLong.of(3), false));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "{\"parameters\":null}|INTERNAL|attempt to get members for non-object",
            "{\"parameters\":[]}|INTERNAL|attempt to get members for non-object",
            "{\"parameters\":{\"file:1/m\":\"!!\"}}|INVALID_ARG|Unable to parse parameter 'file:1/m': no valid base64",
            "{|INTERNAL|failed to parse the request JSON buffer: Unexpected end-of-input: expected close marker for "
                    + "Object at 1"})
    void load_faultyBody_saysWhy(String request, ErrorCode code, String text) {
        try (Arena arena = Arena.ofConfined()) {
            assertThatExceptionOfType(InferenceException.class)
                    .isThrownBy(() -> RepositoryRequestReader.load(body(arena, request), "m", RequestLimits.DEFAULT))
                    .withMessageStartingWith(text).satisfies(e -> assertThat(e.code()).isEqualTo(code));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"true", "null", "1.5", "{}", "\"\"", "\"-1\"", "-1", "\"03\"", "\"x\"",
            "99999999999999999999", "\"9999999999999999999\""})
    void version_noNumber_isRefused(String value) {
        String request = "{\"parameters\":{\"version\":" + value + "}}";
        try (Arena arena = Arena.ofConfined()) {
            assertRefused(() -> RepositoryRequestReader.load(body(arena, request), "m", RequestLimits.DEFAULT));
            assertRefused(() -> RepositoryRequestReader.unload(body(arena, request), RequestLimits.DEFAULT));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"!!!!", "e", "eA=", "eA==x", "e\\u0000A="})
    void load_fileThatIsNoBase64_isRefusedAndSaysWhich(String file) {
        String request = "{\"parameters\":{\"config\":\"{}\",\"file:1/weights\":\"" + file + "\"}}";
        try (Arena arena = Arena.ofConfined()) {
            assertThatThrownBy(() -> RepositoryRequestReader.load(body(arena, request), "m", RequestLimits.DEFAULT))
                    .isInstanceOfSatisfying(InferenceException.class, e -> {
                        assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG);
                        assertThat(e.text()).contains("'file:1/weights'")
                                .contains("expected the bytes of the file in base64");
                    });
        }
    }

    private static void assertRefused(ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(InferenceException.class, e -> {
            assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG);
            assertThat(e.text()).contains("'version'").contains("expected the number of a version");
        });
    }

    private static MemorySegment body(Arena arena, String text) {
        MemorySegment body = arena.allocate(text.length());
        write(body, 0, text);
        return body;
    }

    /** A request with a file of so many characters in base64. */
    private static MemorySegment body(Arena arena, int characters) {
        MemorySegment body = arena.allocate(BEFORE.length() + (long) characters + AFTER.length());
        body.fill((byte) 'A');
        write(body, 0, BEFORE);
        write(body, BEFORE.length() + (long) characters, AFTER);
        return body;
    }

    private static void write(MemorySegment body, long at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        MemorySegment.copy(bytes, 0, body, ValueLayout.JAVA_BYTE, at, bytes.length);
    }

    /** Reads the request; the size of its file. */
    private static long load(MemorySegment body) throws Exception {
        LoadOverride override = RepositoryRequestReader.load(body, "m", RequestLimits.DEFAULT);
        OverrideFiles brought = Objects.requireNonNull(override.files());
        ModelFiles files = brought.take("m");
        try {
            return Files.size(files.directory().path().resolve("1/weights"));
        } finally {
            files.release();
        }
    }
}
