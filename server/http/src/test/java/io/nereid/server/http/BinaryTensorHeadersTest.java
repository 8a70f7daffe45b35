package io.nereid.server.http;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class BinaryTensorHeadersTest {
    private final HttpHeaders headers = new DefaultHttpHeaders();

    @Test
    void hintOfJsonLength_absent_isNotThatOfARawRequest() {
        assertThat(JsonLength.IN_A_HEADER.hint(headers)).isEqualTo(-1);
        headers.set(BinaryTensorHeaders.JSON_LENGTH, "0");
        assertThat(JsonLength.IN_A_HEADER.hint(headers)).isEqualTo(JsonLength.RAW);
    }

    @ParameterizedTest
    @CsvSource({"17, 17", "-5, -1", "x, -1", "99999999999, -1"})
    void hintOfJsonLength_said_isThatUnlessItIsNonsense(String said, long hint) {
        headers.set(BinaryTensorHeaders.JSON_LENGTH, said);
        assertThat(JsonLength.IN_A_HEADER.hint(headers)).isEqualTo(hint);
    }
}
