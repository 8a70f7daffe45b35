package io.nereid.server.http.codec;

import io.nereid.inference.InferenceException;
import io.nereid.inference.InputMemory;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;
import io.nereid.server.protocol.RequestLimits;
import io.nereid.server.sharedmemory.SharedMemory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/** What a client receives that sends something else than a JSON object. */
class BodyKindTest {
    static Stream<Arguments> bodies() {
        return Stream.of(
                Arguments.of("\u00FF\u00D8\u00FF\u00E0\u0000", "looks like a JPEG image"),
                Arguments.of("\u0089PNG\r\n", "looks like a PNG image"),
                Arguments.of("\u0093NUMPY\u0001", "looks like a NumPy file"),
                Arguments.of("PK\u0003\u0004", "looks like a ZIP file"),
                Arguments.of("\u001F\u008B\u0008", "looks like gzip, which a header Content-Encoding has to say"),
                Arguments.of("\u00EF\u00BB\u00BF{}", "begins with a byte order mark, which JSON does not have"),
                Arguments.of("--boundary", "looks like a multipart form"),
                Arguments.of("a=1&b=2", "looks like a form"),
                Arguments.of("image=%FF%D8", "looks like a form"),
                Arguments.of("<html>", "looks like HTML or XML"),
                Arguments.of("hello = world", "looks like plain text"),
                Arguments.of("hello world", "looks like plain text"),
                Arguments.of("\u0000\u0001\u0002", "looks like binary data"),
                Arguments.of("[1,2]", "is a JSON array"),
                Arguments.of("\"text\"", "is a JSON string"),
                Arguments.of("{'inputs':[]}", "has names in single quotes; JSON takes double ones"),
                Arguments.of("", "is empty"));
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void infer_bodyThatIsNoObject_saysWhatItLooksLikeAndWhatToSend(String body, String kind) throws Exception {
        assertThat(failure(body).text()).contains(": the body " + kind + " (expected {\"inputs\":[{\"name\":...");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "{}", " \n{\"inputs\":3}"})
    void infer_objectThatIsNoRequest_saysNothingOfIt(String body) throws Exception {
        assertThat(failure(body).text()).doesNotContain("the body");
    }

    @ParameterizedTest
    @ValueSource(strings = {"hello", "[]", ""})
    void settingsAndRegions_bodyThatIsNoObject_sayTheSame(String body) {
        MemorySegment bytes = MemorySegment.ofArray(body.getBytes(StandardCharsets.ISO_8859_1));
        assertThat(catchThrowableOfType(InferenceException.class, () -> LogSettingsReader.read(bytes)).text())
                .endsWith("(expected a JSON object of settings)");
        assertThat(catchThrowableOfType(InferenceException.class, () -> TraceSettingsReader.read(bytes)).text())
                .endsWith("(expected a JSON object of settings)");
        assertThat(catchThrowableOfType(InferenceException.class, () -> RegionRequestReader.readSystem(bytes)).text())
                .contains(": the body ").contains("(expected {\"key\":");
        assertThat(catchThrowableOfType(InferenceException.class, () -> RegionRequestReader.readCuda(bytes)).text())
                .contains(": the body ").contains("(expected {\"raw_handle\":");
    }

    private static InferenceException failure(String text) throws InferenceException {
        TensorMemory memory = Bodies.memory();
        TensorBuffer body = Bodies.of(memory, text.getBytes(StandardCharsets.ISO_8859_1));
        InferRequestReader reader = new InferRequestReader(new SharedMemory(false), 1 << 20, RequestLimits.DEFAULT);
        try {
            return catchThrowableOfType(InferenceException.class,
                    () -> reader.read("m", InputMemory.of(memory), body, body.segment().byteSize()));
        } finally {
            body.release();
            memory.close();
        }
    }
}
