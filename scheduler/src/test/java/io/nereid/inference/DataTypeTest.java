package io.nereid.inference;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Objects;

import static org.assertj.core.api.Assertions.assertThat;

class DataTypeTest {
    @ParameterizedTest
    @CsvSource({"BOOL,1", "UINT8,1", "UINT16,2", "UINT32,4", "UINT64,8", "INT8,1", "INT16,2", "INT32,4", "INT64,8",
            "FP16,2", "FP32,4", "FP64,8", "BYTES,0", "BF16,2"})
    void named_wireName_hasItsElementSize(String name, int byteSize) {
        DataType type = Objects.requireNonNull(DataType.named(name));
        assertThat(type).hasToString(name);
        assertThat(type.byteSize()).isEqualTo(byteSize);
        assertThat(type.isFixedSize()).isEqualTo(byteSize > 0);
    }

    @Test
    void values_areTheFourteenOfTheProtocol() {
        assertThat(DataType.values()).hasSize(14);
    }

    @ParameterizedTest
    @CsvSource({"fp32", "TYPE_FP32", "STRING", "''"})
    void named_otherSpelling_isNull(String name) {
        assertThat(DataType.named(name)).isNull();
    }
}
