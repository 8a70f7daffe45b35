package io.nereid.server.http.codec;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

import static org.assertj.core.api.Assertions.assertThat;

class DecimalTextTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            12       | 12e0
            -12      | 12e0
            0.0012   | 12e-4
            12.5e3   | 125e2
            12e-7    | 12e-7
            12E+7    | 12e7
            12345    | 12341e0
            123401   | 12341e1
            123400   | 1234e2
            1.23456  | 12341e-4
            1e99999999999999 | 1e1099511627776
            """)
    void of_atMostFourDigits_hasTheSameValueOrOneThatRoundsTheSameWay(String number, String expected) {
        byte[] text = ('[' + number + ']').getBytes(StandardCharsets.US_ASCII);
        assertThat(DecimalText.of(MemorySegment.ofArray(text), 1, text.length - 1, 4)).isEqualTo(expected);
    }
}
