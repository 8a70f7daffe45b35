package io.nereid.server.http;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class InferenceHeadersTest {
    private final HttpHeaders headers = new DefaultHttpHeaders();

    @Test
    void hintOfJsonLength_absent_isNotThatOfARawRequest() {
        assertThat(InferenceHeaders.hintOfJsonLength(headers)).isEqualTo(-1);
        headers.set(InferenceHeaders.JSON_LENGTH, "0");
        assertThat(InferenceHeaders.hintOfJsonLength(headers)).isEqualTo(InferenceHeaders.RAW);
    }

    @ParameterizedTest
    @CsvSource({"17, 17", "-5, -1", "x, -1", "99999999999, -1"})
    void hintOfJsonLength_said_isThatUnlessItIsNonsense(String said, long hint) {
        headers.set(InferenceHeaders.JSON_LENGTH, said);
        assertThat(InferenceHeaders.hintOfJsonLength(headers)).isEqualTo(hint);
    }
}
