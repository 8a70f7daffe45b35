package io.nereid.server.grpc;

import io.grpc.Status;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.util.Objects;

import static org.assertj.core.api.Assertions.assertThat;

class GrpcStatusTest {
    private static final int CLIENTS_LIMIT = 8192;

    @ParameterizedTest
    @ValueSource(strings = {"a", "%", "\n", "\u00fc", "\u6d77", "\ud83d\udc1a"})
    void of_longText_isCutBeforeItIsTooLongForClients(String character) {
        Status status = GrpcStatus.of(new InferenceException(ErrorCode.INTERNAL, character.repeat(20_000)));

        String text = Objects.requireNonNull(status.getDescription());
        assertThat(onTheWire(text)).isLessThan(CLIENTS_LIMIT);
        assertThat(text).startsWith(character).endsWith("...");
    }

    @Test
    void of_shortText_isLeftAlone() {
        assertThat(GrpcStatus.of(new InferenceException(ErrorCode.NOT_FOUND, "no 100 % \u00fc")).getDescription())
                .isEqualTo("no 100 % \u00fc");
    }

    /** Bytes that gRPC sends for it: what is no plain ASCII is percent-encoded. */
    private static int onTheWire(String text) {
        int bytes = 0;
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            bytes += b >= ' ' && b <= '~' && b != '%' ? 1 : 3;
        }
        return bytes;
    }
}
