package io.nereid.perf.json;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HexFormat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class MessageSchemaTest {
    private static final MessageSchema SCHEMA = new MessageSchema().text(1, "name").number(2, "count").truth(3, "on")
            .numbers(4, "dims").texts(5, "words").messages(6, "parts", new MessageSchema().number(1, "size"))
            .message(7, "empty", new MessageSchema());

    private static JsonObject read(String hex) throws IOException {
        return SCHEMA.read(ByteBuffer.wrap(HexFormat.of().parseHex(hex.replace(" ", ""))));
    }

    @Test
    void fieldsOfEachKind_areRead() throws IOException {
        JsonObject object = read(
                "0a02c3a4 10ac02 1801 220b03ffffffffffffffffff01 2005 2a0161 2a0162 32020801 320208 02 3a00");
        assertThat(object.text("name")).isEqualTo("ä");
        assertThat(object.number("count")).isEqualTo(300);
        assertThat(object.isTrue("on")).isTrue();
        assertThat(object.numbers("dims")).containsExactly(3L, -1L, 5L);
        assertThat(object.texts("words")).containsExactly("a", "b");
        assertThat(object.objects("parts")).extracting(part -> part.number("size")).containsExactly(1L, 2L);
        assertThat(object.has("empty")).isTrue();
    }

    @Test
    void otherFields_areSkipped() throws IOException {
        JsonObject object = read("7801 790102030405060708 7a0461626364 7d01020304 1007");
        assertThat(object.number("count")).isEqualTo(7);
        assertThat(object.has("name")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0a05 61", "10", "10ffffffffffffffffffff01", "0affffffff0f", "0b", "79 0102", "32020a"})
    void whatIsNoMessage_isRefused(String hex) {
        assertThatThrownBy(() -> read(hex)).isInstanceOf(IOException.class)
                .hasMessage("got something else (expected a protobuf message)");
    }
}
