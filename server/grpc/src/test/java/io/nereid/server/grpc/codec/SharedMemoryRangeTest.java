package io.nereid.server.grpc.codec;

import io.nereid.server.grpc.codec.Parameter.Choice;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static io.nereid.server.grpc.codec.ParameterTest.int64;
import static io.nereid.server.grpc.codec.ParameterTest.refused;
import static org.assertj.core.api.Assertions.assertThat;

class SharedMemoryRangeTest {
    @Test
    void take_allThreeParameters_areTheRange() throws Exception {
        SharedMemoryRange range = new SharedMemoryRange();
        assertThat(range.take(int64("shared_memory_offset", Long.MIN_VALUE), "A")).isTrue();
        assertThat(range.take(int64("shared_memory_byte_size", Long.MAX_VALUE), "A")).isTrue();
        assertThat(range.take(new Parameter("shared_memory_region", Choice.STRING, 0, "r"), "A")).isTrue();
        assertThat(range.take(int64("classification", 3), "A")).isFalse();
        assertThat(range.region("A")).isEqualTo("r");
        assertThat(range.offset()).isEqualTo(Long.MIN_VALUE);
        assertThat(range.byteSize()).isEqualTo(Long.MAX_VALUE);
        assertThat(new SharedMemoryRange().region("A")).isNull();
    }

    @Test
    void region_withoutASize_isRefused() throws Exception {
        SharedMemoryRange range = new SharedMemoryRange();
        range.take(new Parameter("shared_memory_region", Choice.STRING, 0, "r"), "A");
        refused(() -> range.region("A"), "'shared_memory_byte_size' must be specified along with "
                + "'shared_memory_region' parameter for tensor 'A'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"shared_memory_offset", "shared_memory_byte_size"})
    void region_partWithoutIt_isRefusedByTheName(String part) throws Exception {
        SharedMemoryRange range = new SharedMemoryRange();
        range.take(int64(part, 0), "A");
        refused(() -> range.region("A"),
                "'" + part + "' can not be specified without 'shared_memory_region' parameter for tensor 'A'");
        refused(() -> range.take(new Parameter(part, Choice.UINT64, 1, ""), "A"),
                "invalid value type for '" + part + "' parameter for tensor 'A', expected int64_param.");
    }
}
