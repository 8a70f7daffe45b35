package io.nereid.server.http.codec;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import static org.assertj.core.api.Assertions.assertThat;

/** Every code point and every beginning of a sequence, compared with the JDK's own UTF-8. */
class Utf8Test {
    private static final int[] CONTINUATIONS = {0x7F, 0x80, 0xBF, 0xC0};

    @Test
    void encode_everyCodePoint_isWhatTheJdkWrites() {
        for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
            if (codePoint < Character.MIN_SURROGATE || codePoint > Character.MAX_SURROGATE) {
                checkEncoded(codePoint, Character.toString(codePoint).getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    private static void checkEncoded(int codePoint, byte[] expected) {
        byte[] out = new byte[5];
        int length = Utf8.encode(codePoint, MemorySegment.ofArray(out), 1);
        boolean same = length == expected.length && Utf8.encodedLength(codePoint) == length
                && Arrays.equals(out, 1, 1 + length, expected, 0, length);
        if (!same) {
            assertThat(out).as("U+%04X", codePoint).isEqualTo(expected);
        }
        if (codePoint >= 0x80) {
            assertThat(Utf8.sequenceLength(MemorySegment.ofArray(out), 1, 1 + length)).isEqualTo(length);
        }
    }

    @Test
    void sequenceLength_everyTwoBytesAndAllEdgesBehind_isWellFormedAsTheJdkSays() {
        for (int first = 0x80; first <= 0xFF; first++) {
            for (int second = 0; second <= 0xFF; second++) {
                for (int third : CONTINUATIONS) {
                    for (int fourth : CONTINUATIONS) {
                        checkLength((byte) first, (byte) second, (byte) third, (byte) fourth);
                    }
                }
            }
        }
    }

    private static void checkLength(byte... bytes) {
        int expected = 0;
        for (int length = 2; length <= bytes.length && expected == 0; length++) {
            expected = isOneCharacter(bytes, length) ? length : 0;
        }
        int actual = Utf8.sequenceLength(MemorySegment.ofArray(bytes), 0, bytes.length);
        if (actual != expected) {
            assertThat(actual).as(Arrays.toString(bytes)).isEqualTo(expected);
        }
    }

    private static boolean isOneCharacter(byte[] bytes, int length) {
        boolean continued = (bytes[length - 1] & 0xC0) == 0x80;
        try {
            return continued && StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, 0, length)).toString()
                    .codePoints().count() == 1;
        } catch (CharacterCodingException _) {
            return false;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"é", "€", "😀"})
    void sequenceLength_endsBeforeTheSequenceDoes_isNone(String character) {
        byte[] bytes = character.getBytes(StandardCharsets.UTF_8);
        for (int end = 1; end < bytes.length; end++) {
            assertThat(Utf8.sequenceLength(MemorySegment.ofArray(bytes), 0, end)).isZero();
        }
        assertThat(Utf8.sequenceLength(MemorySegment.ofArray(bytes), 0, bytes.length)).isEqualTo(bytes.length);
    }
}
