package io.nereid.server.http.codec;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

import static org.assertj.core.api.Assertions.assertThat;

class EightCharactersTest {
    private static long eight(String text) {
        return EightCharacters.at(MemorySegment.ofArray(text.getBytes(StandardCharsets.ISO_8859_1)), 0);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            12345678 | 8 | 0
            00012345 | 8 | 3
            00000000 | 8 | 8
            1234567, | 7 | 0
            1.234567 | 1 | 0
            0.234567 | 1 | 1
            ,1234567 | 0 | 0
            -1234567 | 0 | 0
            """)
    void ahead_isCountedFromTheFirst(String text, int digits, int zeros) {
        assertThat(EightCharacters.digitsAhead(eight(text))).isEqualTo(digits);
        assertThat(EightCharacters.areDigits(eight(text))).isEqualTo(digits == 8);
        assertThat(EightCharacters.zerosAhead(eight(text))).isEqualTo(zeros);
    }

    /** Every byte that is no digit, at every place. */
    @Test
    void areDigits_anythingElse_isFound() {
        for (int place = 0; place < 8; place++) {
            for (int character = 0; character < 256; character++) {
                char[] text = "99999999".toCharArray();
                text[place] = (char) character;
                boolean digit = character >= '0' && character <= '9';
                long eight = eight(new String(text));
                assertThat(EightCharacters.areDigits(eight)).as("%d at %d", character, place).isEqualTo(digit);
                assertThat(EightCharacters.digitsAhead(eight)).isEqualTo(digit ? 8 : place);
            }
        }
    }

    @Test
    void valueOf_isThatOfTheDigits() {
        long eight = eight("98765432");
        assertThat(EightCharacters.valueOf(eight)).isEqualTo(98_765_432);
        int value = 0;
        for (int count = 1; count <= 7; count++) {
            value = value * 10 + 10 - count;
            assertThat(EightCharacters.valueOf(eight, count)).isEqualTo(value);
        }
        assertThat(EightCharacters.valueOf(eight, 0)).isZero();
    }
}
