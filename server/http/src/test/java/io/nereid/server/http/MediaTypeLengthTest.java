package io.nereid.server.http;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.nereid.server.http.codec.EncodedResponse;
import io.nereid.server.http.connection.HttpReply;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.MemorySegment;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class MediaTypeLengthTest {
    private static final String PREFIX = "application/vnd.x.binary+json;json-header-size=";
    private static final int BODY_BYTES = 100;

    private final MediaTypeLength length = new MediaTypeLength(PREFIX, true);

    private static HttpHeaders headers(String type) {
        return new DefaultHttpHeaders().set(HttpHeaderNames.CONTENT_TYPE, type);
    }

    @ParameterizedTest
    @CsvSource({"17, 17", "0, 0", "100, 100", "'17; charset=utf-8', 17"})
    void of_number_isThat(String said, long expected) throws Exception {
        HttpHeaders headers = headers(PREFIX + said);
        assertThat(length.isSaid(headers)).isTrue();
        assertThat(length.of(headers, BODY_BYTES)).isEqualTo(length.hint(headers)).isEqualTo(expected);
    }

    @Test
    void of_letterCaseOfTheType_makesNoDifference() throws Exception {
        assertThat(length.of(headers("Application/Vnd.X.Binary+JSON;json-header-size=5"), BODY_BYTES)).isEqualTo(5);
    }

    @ParameterizedTest
    @CsvSource({"application/json", "application/octet-stream", "application/vnd.x.binary+json"})
    void of_otherType_isTheWholeBody(String type) throws Exception {
        assertThat(length.isSaid(headers(type))).isFalse();
        assertThat(length.of(headers(type), BODY_BYTES)).isEqualTo(BODY_BYTES);
        assertThat(length.hint(headers(type))).isEqualTo(-1);
        assertThat(length.of(new DefaultHttpHeaders(), BODY_BYTES)).isEqualTo(BODY_BYTES);
    }

    @ParameterizedTest
    @CsvSource({"101, 'inference header size should be in range (0, 100), got: 101'",
            "-3, 'inference header size should be in range (0, 100), got: -3'",
            "99999999999, 'Unable to parse inference header size, got: 99999999999'",
            "abc, 'Unable to parse inference header size, got: abc'",
            "'', 'Unable to parse inference header size, got: '"})
    void of_nonsense_saysWhatWasWrong(String said, String text) {
        assertThatThrownBy(() -> length.of(headers(PREFIX + said), BODY_BYTES))
                .isInstanceOfSatisfying(InferenceException.class, error -> {
                    assertThat(error.code()).isEqualTo(ErrorCode.INVALID_ARG);
                    assertThat(error.text()).isEqualTo(text);
                });
    }

    @Test
    void of_typeWithSomethingBefore_isRefused() {
        assertThatThrownBy(() -> length.of(headers("x " + PREFIX + "3"), BODY_BYTES))
                .hasMessage("expect MIME type for binary data starts with '" + PREFIX + "', got: x " + PREFIX + "3");
    }

    @Test
    void answer_saysItAsItShall() {
        EncodedResponse encoded = new EncodedResponse(5, List.of(MemorySegment.ofArray(new byte[2])));
        HttpReply inType = length.answer(encoded, Unpooled.EMPTY_BUFFER, Lease.NONE);
        assertThat(inType.contentType()).isEqualTo(PREFIX + "5");
        assertThat(inType.headers()).isEmpty();
        HttpReply inHeader = new MediaTypeLength(PREFIX, false).answer(encoded, Unpooled.EMPTY_BUFFER, Lease.NONE);
        assertThat(inHeader.contentType()).isEqualTo("application/octet-stream");
        assertThat(inHeader.headers())
                .containsExactly(new HttpReply.Header("Inference-Header-Content-Length", "5"));
    }
}
