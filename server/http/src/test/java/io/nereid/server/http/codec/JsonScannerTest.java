package io.nereid.server.http.codec;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.server.protocol.RequestLimits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Random documents, and what becomes of them when they are damaged, compared with what Jackson makes of them. */
class JsonScannerTest {
    private static final long SEED = 29_11_2026;
    private static final ObjectMapper JACKSON = new ObjectMapper()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final String[] STRINGS = {"", "name", "a\"b", "\\", "tab\t", "é€😀", "long enough for two words",
            "\u0001"};
    private static final String DAMAGE = "{}[]:,\"\\0123456789.eE+-truefalsn ux/";

    private final Random random = new Random(SEED);

    @Test
    void walk_randomDocuments_findsWhatJacksonFinds() throws Exception {
        for (int i = 0; i < 5_000; i++) {
            String text = spaced(document(4));
            JsonScanner scanner = Json.scanner(text);
            JsonNode walked = walk(scanner);
            scanner.expectEnd();
            assertThat(walked).as(text).isEqualTo(JACKSON.readTree(text));
        }
    }

    @Test
    void skip_randomDocuments_endsWhereTheDocumentEnds() throws InferenceException {
        for (int i = 0; i < 5_000; i++) {
            String text = document(4).toString();
            JsonScanner scanner = Json.scanner(text + " ");
            scanner.skip();
            assertThat(scanner.position()).as(text).isEqualTo(text.getBytes(StandardCharsets.UTF_8).length);
            assertThat(scanner.remaining()).isOne();
            scanner.expectEnd();
        }
    }

    @Test
    void skip_damagedDocuments_acceptsWhatJacksonAccepts() throws IOException {
        int accepted = 0;
        int refused = 0;
        for (int i = 0; i < 40_000; i++) {
            String text = damaged(document(3).toString());
            boolean valid = isJson(text);
            assertThat(isAccepted(text)).as(text).isEqualTo(valid);
            accepted += valid ? 1 : 0;
            refused += valid ? 0 : 1;
        }
        assertThat(accepted).isGreaterThan(1_000);
        assertThat(refused).isGreaterThan(1_000);
    }

    @Test
    void skip_documentCutAnywhere_isNoJson() {
        String text = "{\"a\":[true,false,null,\"x\\u00e9\\n\",{\"b\":{}}],\"c\":[[],[-1.5e-3]]}";
        for (int length = 0; length < text.length(); length++) {
            String cut = text.substring(0, length);
            assertThatThrownBy(() -> skipAll(Json.scanner(cut))).as(cut)
                    .isInstanceOfSatisfying(InferenceException.class,
                            e -> assertThat(e.code()).isEqualTo(ErrorCode.INTERNAL));
        }
    }

    @Test
    void scanner_textBehindItsLength_isNotRead() {
        for (String text : new String[]{"[1,23]", "\"abc\"", "true", "[null]", "{\"a\":1}"}) {
            MemorySegment segment = Json.inMemory(text);
            JsonScanner scanner = new JsonScanner(segment, text.length() - 1, RequestLimits.DEFAULT);
            assertThatThrownBy(() -> skipAll(scanner)).as(text).isInstanceOf(InferenceException.class);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"``|The document is empty. at 0",
            "{} {}|The document root must not be followed by other values. at 3", "x|Invalid value. at 0",
            "trux|Invalid value. at 3", "nul|Invalid value. at 3", "[1,]|Invalid value. at 3",
            "{1:2}|Missing a name for object member. at 1", "{\"a\":1,}|Missing a name for object member. at 7",
            "{\"a\" 1}|Missing a colon after a name of object member. at 5",
            "{\"a\":1 \"b\"}|Missing a comma or '}' after an object member. at 7",
            "[1 2]|Missing a comma or ']' after an array element. at 3",
            "[\"a|Missing a closing quotation mark in string. at 3", "[1.]|Miss fraction part in number. at 3",
            "[1e+]|Miss exponent in number. at 4", "[\"\\x\"]|Invalid escape character in string. at 2"})
    void skip_notJson_namesFaultAndOffset(String json, String fault) {
        assertThatThrownBy(() -> skipAll(Json.scanner(json)))
                .hasMessage("failed to parse the request JSON buffer: " + fault);
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', value = {"[,]", "{\"a\":,}"})
    void skip_nestingUpToTheLimit_isAccepted(String open, String close) throws InferenceException {
        int deepest = JsonScanner.MAX_DEPTH - 1;
        skipAll(Json.scanner(open.repeat(deepest) + 1 + close.repeat(deepest)));
        assertThatThrownBy(() -> skipAll(Json.scanner(open.repeat(deepest + 1))))
                .isInstanceOfSatisfying(InferenceException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG))
                .hasMessage("JSON nesting depth exceeds maximum allowed limit (100)");
    }

    @Test
    void read_valueOfAnotherKind_saysWhatWasAskedFor() {
        String text = "attempt to access JSON ";
        assertThatThrownBy(() -> Json.scanner("1").string("")).hasMessage(text + "non-string as string");
        assertThatThrownBy(() -> Json.scanner("1").bool("B")).hasMessage("B: " + text + "non-boolean as boolean");
        assertThatThrownBy(() -> Json.scanner("null").number("N")).hasMessage("N: " + text + "non-number as double");
        assertThatThrownBy(() -> Json.scanner("-1").unsigned(""))
                .hasMessage(text + "non-unsigned-integer as unsigned-integer");
        assertThatThrownBy(() -> Json.scanner("1e0").signed(""))
                .hasMessage(text + "non-signed-integer as signed-integer");
        assertThatThrownBy(() -> Json.scanner("[]").stringBytes("S", null, 0))
                .hasMessage("S: " + text + "non-string as string");
    }

    @Test
    void resume_anOffsetOfBefore_readsTheSameAgain() throws InferenceException {
        JsonScanner scanner = Json.scanner("[ 1, \"two\" ]");
        scanner.enterArray();
        long start = scanner.position();
        for (int i = 0; i < 3; i++) {
            scanner.resume(start);
            assertThat(scanner.signed("")).isOne();
            assertThat(scanner.nextElement()).isTrue();
            assertThat(scanner.string("")).isEqualTo("two");
            assertThat(scanner.nextElement()).isFalse();
        }
        scanner.expectEnd();
    }

    @Test
    void head_exactlyTheLimit_isAcceptedAndDataDoesNotCount() throws InferenceException {
        String json = "[\"data data data\",\"head\"]";
        int head = json.length() - "\"data data data\"".length();
        assertThat(readFirstAsData(json, head)).isEqualTo("head");
        assertThatThrownBy(() -> readFirstAsData(json, head - 1))
                .hasMessage("request has " + head + " or more bytes that are no tensor's data (expected at most "
                        + (head - 1) + " bytes). Use --max-request-head-size to increase the limit.");
    }

    private static String readFirstAsData(String json, int maxHead) throws InferenceException {
        JsonScanner scanner = new JsonScanner(Json.inMemory(json), json.length(), new RequestLimits(1, 100, maxHead));
        scanner.enterArray();
        scanner.readData(() -> scanner.string(""));
        scanner.nextElement();
        String second = scanner.string("");
        scanner.nextElement();
        scanner.expectEnd();
        return second;
    }

    private static void skipAll(JsonScanner scanner) throws InferenceException {
        scanner.peekRoot();
        scanner.skip();
        scanner.expectEnd();
    }

    private static boolean isAccepted(String text) {
        try {
            skipAll(Json.scanner(text));
            return true;
        } catch (InferenceException _) {
            return false;
        }
    }

    private static boolean isJson(String text) throws IOException {
        try {
            return !JACKSON.readTree(text).isMissingNode();
        } catch (JsonProcessingException _) {
            return false;
        }
    }

    private static JsonNode walk(JsonScanner scanner) throws InferenceException {
        return switch (scanner.peek()) {
            case OBJECT -> walkObject(scanner);
            case ARRAY -> walkArray(scanner);
            case STRING -> NODES.textNode(scanner.string(""));
            case BOOLEAN -> NODES.booleanNode(scanner.bool(""));
            case NUMBER -> walkNumber(scanner.number(""));
            case NULL -> {
                scanner.skip();
                yield NODES.nullNode();
            }
        };
    }

    private static JsonNode walkObject(JsonScanner scanner) throws InferenceException {
        ObjectNode object = NODES.objectNode();
        for (boolean more = scanner.enterObject(); more; more = scanner.nextMember()) {
            object.set(scanner.name(), walk(scanner));
        }
        return object;
    }

    private static JsonNode walkArray(JsonScanner scanner) throws InferenceException {
        ArrayNode array = NODES.arrayNode();
        for (boolean more = scanner.enterArray(); more; more = scanner.nextElement()) {
            array.add(walk(scanner));
        }
        return array;
    }

    private static JsonNode walkNumber(JsonNumber number) throws InferenceException {
        if (!number.isSigned()) {
            return NODES.numberNode(DecimalFloat.toDouble(number));
        }
        long value = number.toLong();
        return value == (int) value ? NODES.numberNode((int) value) : NODES.numberNode(value);
    }

    private JsonNode document(int depth) {
        return switch (random.nextInt(depth == 0 ? 5 : 7)) {
            case 0 -> NODES.textNode(STRINGS[random.nextInt(STRINGS.length)]);
            case 1 -> NODES.booleanNode(random.nextBoolean());
            case 2 -> NODES.nullNode();
            case 3 -> NODES.numberNode(random.nextLong() >> random.nextInt(64));
            case 4 -> NODES.numberNode(random.nextGaussian() * Math.pow(10, random.nextInt(40) - 20));
            case 5 -> {
                ObjectNode object = NODES.objectNode();
                random.ints(random.nextInt(4), 0, STRINGS.length)
                        .forEach(k -> object.set(STRINGS[k], document(depth - 1)));
                yield object;
            }
            default -> {
                ArrayNode array = NODES.arrayNode();
                random.ints(random.nextInt(4)).forEach(_ -> array.add(document(depth - 1)));
                yield array;
            }
        };
    }

    /** White space where it may be; the strings that documents are made of contain none of these characters. */
    private String spaced(JsonNode document) {
        StringBuilder spaced = new StringBuilder();
        String text = document.toString();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean token = "{}[]:,".indexOf(c) >= 0;
            spaced.append(token ? " \t\r\n".substring(random.nextInt(5)) : "").append(c)
                    .append(token ? "\n".repeat(random.nextInt(2)) : "");
        }
        return spaced.toString();
    }

    private String damaged(String text) {
        StringBuilder damaged = new StringBuilder(text);
        for (int changes = 1 + random.nextInt(2); changes > 0; changes--) {
            int at = random.nextInt(damaged.length() + 1);
            char with = DAMAGE.charAt(random.nextInt(DAMAGE.length()));
            switch (random.nextInt(3)) {
                case 0 -> damaged.insert(at, with);
                case 1 -> damaged.replace(at, Math.min(damaged.length(), at + 1), "" + with);
                default -> damaged.delete(at, Math.min(damaged.length(), at + 1));
            }
        }
        return damaged.toString();
    }
}
