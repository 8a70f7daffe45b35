package io.nereid.backend.image.decode;

import io.nereid.backend.image.TestImages;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

final class Base64TextTest {
    private static final byte POISON = (byte) 0xA5;

    private final Random random = new Random(5);

    @Test
    void decode_everyLength_isWhatWasEncoded() {
        for (int length = 0; length <= 300; length++) {
            byte[] bytes = randomBytes(length);
            assertThat(decoded(Base64.getEncoder().encode(bytes))).isEqualTo(bytes);
            assertThat(decoded(Base64.getEncoder().withoutPadding().encode(bytes))).isEqualTo(bytes);
        }
    }

    /** Lines of every length, also such that a group of four letters or what is decoded at a time ends within. */
    @ParameterizedTest
    @ValueSource(ints = {4, 64, 76, 8_188, 8_192, 8_196, 16_384})
    void decode_lines_areOneText(int lineLength) {
        for (int length : new int[]{6_143, 6_144, 6_145, 20_000, 20_001, 20_002}) {
            byte[] bytes = randomBytes(length);
            for (String end : new String[]{"\n", "\r\n", " ", "\t\t\t"}) {
                byte[] separator = end.getBytes(StandardCharsets.US_ASCII);
                assertThat(decoded(Base64.getMimeEncoder(lineLength, separator).encode(bytes))).isEqualTo(bytes);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 7, 8_191, 8_193})
    void decode_linesThatPartGroups_areOneText(int lineLength) {
        byte[] bytes = randomBytes(20_000);
        String text = Base64.getEncoder().encodeToString(bytes).replaceAll("(.{" + lineLength + "})", "$1\n");

        assertThat(decoded(text.getBytes(StandardCharsets.US_ASCII))).isEqualTo(bytes);
    }

    @ParameterizedTest
    @CsvSource({"YWJj, abc", "YWI=, ab", "YWI, ab", "YQ==, a", "YQ, a", "Y, ''", "'', ''", "=, ''", "YWJj=YWJj, abc",
            "YQ==YQ==, a", "Y W\tJ\u0000j, abc", "YW-_Jj, abc", "YWJj\u00e9, abc"})
    void decode_whatIsNoLetter_isPassedOverAndTheEndIsTheFirstPadding(String text, String expected) {
        assertThat(decoded(text.getBytes(StandardCharsets.ISO_8859_1)))
                .isEqualTo(expected.getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void is_eachFormatEncoded_isBase64AndTheFormatItselfIsNot() {
        for (String name : TestImages.images("").filter(name -> !name.startsWith("resize/")).toList()) {
            byte[] file = TestImages.file(name);
            assertThat(Base64Text.is(TestImages.memory(Base64.getEncoder().encode(file)))).as(name).isTrue();
            assertThat(Base64Text.is(TestImages.memory(file))).as(name).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Q", "/9j", "iVBORw0KG", "UklG", "hello", " /9j/", "_9j_",
            "data:image/jpeg;base64,/9j/"})
    void is_anythingElse_isNot(String text) {
        assertThat(Base64Text.is(TestImages.memory(text.getBytes(StandardCharsets.US_ASCII)))).isFalse();
    }

    private byte[] randomBytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Into as much memory as is said to be enough, behind which nothing is written. */
    private static byte[] decoded(byte[] text) {
        long most = Base64Text.maxBytes(text.length);
        MemorySegment target = TestImages.memory(new byte[(int) most + 64]).fill(POISON);

        long length = Base64Text.decode(TestImages.memory(text), target.asSlice(0, most));

        byte[] behind = target.asSlice(length).toArray(ValueLayout.JAVA_BYTE);
        byte[] untouched = new byte[behind.length];
        Arrays.fill(untouched, POISON);
        assertThat(behind).isEqualTo(untouched);
        return target.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    }
}
