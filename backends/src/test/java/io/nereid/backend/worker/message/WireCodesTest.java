package io.nereid.backend.worker.message;

import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.HashSet;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class WireCodesTest {
    @ParameterizedTest
    @EnumSource(DataType.class)
    void dataType_ofEveryTypesCode_isTheType(DataType type) throws Exception {
        assertThat(WireCodes.dataType(WireCodes.of(type))).isEqualTo(type);
    }

    @ParameterizedTest
    @EnumSource(ErrorCode.class)
    void errorCode_ofEveryErrorsCode_isTheError(ErrorCode code) throws Exception {
        assertThat(WireCodes.errorCode(WireCodes.of(code))).isEqualTo(code);
    }

    @Test
    void of_allTypes_isTritonsCount() {
        Set<Integer> codes = new HashSet<>();
        for (DataType type : DataType.values()) {
            codes.add(WireCodes.of(type));
        }
        assertThat(codes).containsExactlyInAnyOrder(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 15, 255})
    void dataType_ofNoCode_isMalformed(int code) {
        assertThatExceptionOfType(MalformedFrameException.class).isThrownBy(() -> WireCodes.dataType(code))
                .withMessage("data type " + code);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 8, 255})
    void errorCode_ofNoCode_isMalformed(int code) {
        assertThatExceptionOfType(MalformedFrameException.class).isThrownBy(() -> WireCodes.errorCode(code))
                .withMessage("error code " + code);
    }
}
