package io.nereid.server.ensemble;

import io.nereid.inference.Shape;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Arrays;

import static org.assertj.core.api.Assertions.assertThat;

class BatchBridgeTest {
    @ParameterizedTest(name = "{0} to {1}, batching {2}: {3}")
    @CsvSource({
            "16, 16, true, 1 16",
            "16, -1, true, 1 16",
            "4 16, 16, true, 4 16",
            "4 16, 4 16, true, 1 4 16",
            "3, 16, true, 3",
            "1 16, 16, false, 16",
            "1 16, -1, false, 16",
            "1 16, 1 16, false, 1 16",
            "1 16, -1 16, false, 1 16",
            "2 16, 16, false, 2 16",
            "1 3, 16, false, 1 3"})
    void fit(String shape, String dims, boolean batches, String fitted) {
        assertThat(new BatchBridge(shape(dims), batches).fit(shape(shape))).isEqualTo(shape(fitted));
    }

    private static Shape shape(String text) {
        return Shape.of(Arrays.stream(text.split(" ")).mapToLong(Long::parseLong).toArray());
    }
}
