package io.nereid.server.http.sagemaker;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class PlatformErrorsTest {
    @ParameterizedTest
    @CsvSource({"INTERNAL, Failed to allocate memory for requested buffer of size 4, 507, 507",
            "INVALID_ARG, failed to load 'm': MemoryError, 507, 507", "UNAVAILABLE, CUDA out of memory, 507, 507",
            "NOT_FOUND, Request for unknown model: 'm' is not found, 400, 400", "INTERNAL, bad thing, 400, 400",
            "ALREADY_EXISTS, model repository 'm' has already been registered, 400, 409",
            "UNSUPPORTED, Unsupported compression type, 415, 415", "UNSUPPORTED, decoupled, 400, 400"})
    void status_error_isWhatThePlatformGoesBy(ErrorCode code, String text, int invocation, int control) {
        InferenceException error = new InferenceException(code, text);
        assertThat(PlatformErrors.OF_INVOCATIONS.of(error).code()).isEqualTo(invocation);
        assertThat(PlatformErrors.ofControl(error).code()).isEqualTo(control);
    }

    @Test
    void status_serverThatAsksToComeAgain_saysSo() {
        InferenceException full = new InferenceException(ErrorCode.UNAVAILABLE, "full").withRetryAfter(1);
        assertThat(PlatformErrors.OF_INVOCATIONS.of(full).code()).isEqualTo(503);
    }
}
