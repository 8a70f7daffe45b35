package io.nereid.perf.input;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ElementWriterTest {
    private static ElementWriter writer(Datatype datatype) {
        return new ElementWriter(new ModelTensor("IN", datatype, List.of(1L), false, false), 0);
    }

    private static String hex(ElementWriter writer) {
        return HexFormat.of().formatHex(writer.bytes().array());
    }

    @ParameterizedTest
    @CsvSource({"BOOL,1,01", "BOOL,0,00", "UINT8,255,ff", "UINT16,65535,ffff", "UINT32,4294967295,ffffffff",
            "UINT64,18446744073709551615,ffffffffffffffff", "INT8,-128,80", "INT16,-2,feff",
            "INT32,-2147483648,00000080",
            "INT64,-9223372036854775808,0000000000000080", "INT32,3.0,03000000", "INT32,1e3,e8030000", "FP16,1.5,003e",
            "FP16,65520,007c", "BF16,1.5,c03f", "BF16,NaN,c07f", "FP32,0.1,cdcccc3d", "FP32,NaN,0000c07f",
            "FP32,-Infinity,000080ff", "FP64,-1,000000000000f0bf"})
    void numbers_areLittleEndian(Datatype datatype, String number, String expected) throws InputException {
        ElementWriter writer = writer(datatype);
        writer.number(number);
        assertThat(hex(writer)).isEqualTo(expected);
        assertThat(writer.elements()).isEqualTo(1);
    }

    /** Of two neighbours as near, the one whose last bit is 0. */
    @ParameterizedTest
    @CsvSource({"1.00390625,803f", "1.01171875,823f", "1.0040,813f", "3.4e38,807f"})
    void bfloat16_isRoundedToTheNearest(String number, String expected) throws InputException {
        ElementWriter writer = writer(Datatype.BF16);
        writer.number(number);
        assertThat(hex(writer)).isEqualTo(expected);
    }

    /** Through a double it would be rounded twice, to the float after that. */
    @Test
    void fp32_isRoundedOnce() throws InputException {
        ElementWriter writer = writer(Datatype.FP32);
        writer.number("1.00000017881393432617187499");
        assertThat(writer.bytes().order(ByteOrder.LITTLE_ENDIAN).getFloat()).isEqualTo(Math.nextUp(1f));
    }

    @Test
    void texts_haveTheirLengthBefore() throws InputException {
        ElementWriter writer = writer(Datatype.BYTES);
        writer.text("ä");
        writer.text("");
        assertThat(hex(writer)).isEqualTo("02000000c3a400000000");
        assertThat(writer.elements()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({"UINT8,256,a whole number from 0 to 255", "UINT8,-1,a whole number from 0 to 255",
            "INT8,128,a whole number from -128 to 127", "INT64,9223372036854775808,to 9223372036854775807",
            "INT32,1.5,a whole number from", "INT32,NaN,a whole number from", "INT32,1e999999999,a whole number from",
            "BOOL,2,from 0 to 1", "BYTES,3,a text"})
    void aNumberThatDoesNotFit_isRefused(Datatype datatype, String number, String expected) {
        assertThatThrownBy(() -> writer(datatype).number(number)).isInstanceOf(InputException.class)
                .hasMessageContaining("input IN: got " + number).hasMessageContaining(expected)
                .hasMessageContaining("the type is " + datatype);
    }

    @Test
    void aTextAmongNumbers_isRefused() {
        assertThatThrownBy(() -> writer(Datatype.FP32).text("cat")).isInstanceOf(InputException.class)
                .hasMessageContaining("got \"cat\" (expected a number");
    }
}
