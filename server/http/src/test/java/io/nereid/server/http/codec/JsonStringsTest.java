package io.nereid.server.http.codec;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.server.protocol.RequestLimits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Strings of a JSON text, in all their spellings, compared with what Jackson reads. */
class JsonStringsTest {
    private static final long SEED = 2_911;
    private static final String SHORT_ESCAPES = "\"\\/\b\f\n\r\t";
    private static final String SHORT_LETTERS = "\"\\/bfnrt";
    private static final ObjectMapper JACKSON = new ObjectMapper();

    private final Random random = new Random(SEED);

    private static JsonStrings strings(MemorySegment text, int maxString) {
        return new JsonStrings(text, text.byteSize(), new RequestLimits(1, maxString, 1 << 20));
    }

    private static String read(String json) throws InferenceException {
        return strings(Json.inMemory(json), 1 << 20).read(0);
    }

    @Test
    void read_randomTextInRandomSpelling_isWhatJacksonReads() throws Exception {
        for (int i = 0; i < 20_000; i++) {
            String text = text(random.nextInt(30));
            String json = spelled(text);
            assertThat(JACKSON.readValue(json, String.class)).isEqualTo(text);
            assertThat(read(json)).as(json).isEqualTo(text);
        }
    }

    /** Eight bytes are looked at together: no byte may hide another one, wherever it is. */
    @Test
    void read_everyAsciiByteAtEveryPlaceOfAWord_isReadOrRefused() throws InferenceException {
        for (int value = 0; value < 0x80; value++) {
            for (int at = 0; at < 20; at++) {
                String json = "\"" + "~".repeat(at) + (char) value + "\u007f".repeat(20 - at) + "\"";
                if (value == '"') {
                    assertThat(read(json)).isEqualTo("~".repeat(at));
                } else if (value < ' ' || value == '\\') {
                    assertThatThrownBy(() -> read(json)).as("%s at %s", value, at)
                            .isInstanceOf(InferenceException.class);
                } else {
                    assertThat(read(json)).isEqualTo(json.substring(1, json.length() - 1));
                }
            }
        }
    }

    @Test
    void decode_anyText_writesItsUtf8AndNothingBeside() throws InferenceException {
        for (int i = 0; i < 5_000; i++) {
            String text = text(random.nextInt(20));
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            MemorySegment json = Json.inMemory(spelled(text));
            JsonStrings strings = strings(json, 1);
            assertThat(strings.decode(0, null, 7)).isEqualTo(utf8.length);
            byte[] out = new byte[utf8.length + 4];
            out[1] = 77;
            out[utf8.length + 2] = 78;
            assertThat(strings.decode(0, MemorySegment.ofArray(out), 2)).isEqualTo(utf8.length);
            assertThat(strings.end()).isEqualTo(json.byteSize());
            assertThat(MemorySegment.ofArray(out).asSlice(2, utf8.length).toArray(ValueLayout.JAVA_BYTE))
                    .isEqualTo(utf8);
            assertThat(out[1]).isEqualTo((byte) 77);
            assertThat(out[utf8.length + 2]).isEqualTo((byte) 78);
        }
    }

    @Test
    void read_cutAnywhere_isNoString() {
        String json = "\"plain text of some length \\ud83d\\ude00\\n é€😀\"";
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        MemorySegment text = Json.inMemory(json);
        for (int length = 1; length < bytes.length; length++) {
            JsonStrings strings = new JsonStrings(text, length, RequestLimits.DEFAULT);
            assertThatThrownBy(() -> strings.read(0)).as("%s bytes", length)
                    .isInstanceOfSatisfying(InferenceException.class,
                            e -> assertThat(e.code()).isEqualTo(ErrorCode.INTERNAL));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "\"\\ud83d\"|The surrogate pair in string is invalid. at 1",
            "\"x\\ud83dx\"|The surrogate pair in string is invalid. at 2",
            "\"\\ude00\\ud83d\"|The surrogate pair in string is invalid. at 1",
            "\"\\ud83d\\u0041\"|The surrogate pair in string is invalid. at 1",
            "\"\\ud83d\\ud83d\"|The surrogate pair in string is invalid. at 1",
            "\"\\u12g4\"|Incorrect hex digit after \\u escape in string. at 1",
            "\"\\u123\"|Incorrect hex digit after \\u escape in string. at 1",
            "\"\\ud83d\\u-e00\"|Incorrect hex digit after \\u escape in string. at 1",
            "\"ab\\U0041\"|Invalid escape character in string. at 3",
            "\"ab\\|Invalid escape character in string. at 3",
            "\"open|Missing a closing quotation mark in string. at 5"})
    void read_faultyString_namesFaultAndOffset(String json, String fault) {
        assertThatThrownBy(() -> read(json)).hasMessage("failed to parse the request JSON buffer: " + fault);
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', value = {"12345678,8", "é€😀,9", "\\u00e9\\u20AC\\uD83D\\uDE00,9", "\\n\\t,2"})
    void read_limit_countsTheDecodedBytes(String text, int bytes) throws InferenceException {
        MemorySegment json = Json.inMemory("\"" + text + "\"");
        strings(json, bytes).read(0);
        assertThatThrownBy(() -> strings(json, bytes - 1).read(0))
                .isInstanceOfSatisfying(InferenceException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG))
                .hasMessageStartingWith("request has a name, id, key or string parameter of " + bytes + " bytes ");
    }

    @Test
    void read_commonName_makesNoNewString() throws InferenceException {
        assertThat(read("\"datatype\"")).isSameAs(read("\"datatype\"")).isEqualTo("datatype");
        assertThat(read("\"datatypf\"")).isEqualTo("datatypf");
    }

    private String text(int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.appendCodePoint(switch (random.nextInt(5)) {
                case 0 -> random.nextInt(0x20);
                case 1 -> SHORT_ESCAPES.charAt(random.nextInt(SHORT_ESCAPES.length()));
                case 2 -> 0x80 + random.nextInt(0xD800 - 0x80);
                case 3 -> 0x10000 + random.nextInt(0x100000);
                default -> 0x20 + random.nextInt(0x5F);
            });
        }
        return text.toString();
    }

    /** The text as a JSON string, each character written in one of the ways in which it may be. */
    private String spelled(String text) {
        StringBuilder json = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            int escape = SHORT_ESCAPES.indexOf(c);
            boolean mustEscape = c < ' ' || c == '"' || c == '\\';
            if (escape >= 0 && random.nextBoolean()) {
                json.append('\\').append(SHORT_LETTERS.charAt(escape));
            } else if (mustEscape || (!Character.isSurrogate(c) && random.nextInt(4) == 0)) {
                String hex = String.format(random.nextBoolean() ? "%04x" : "%04X", (int) c);
                json.append("\\u").append(hex);
            } else {
                json.append(c);
            }
        }
        return json.append('"').toString();
    }
}
