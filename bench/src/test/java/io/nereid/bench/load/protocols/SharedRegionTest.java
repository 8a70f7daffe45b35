package io.nereid.bench.load.protocols;

import io.nereid.bench.load.SharedMemoryRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SharedRegionTest {
    private static final byte[] DATA = {1, 2, 3, 4};

    @TempDir
    private Path folder;

    @Test
    void create_clients_givesEachTheInputAndRoomForItsOutput() throws IOException {
        try (SharedRegion region = SharedRegion.create(folder, DATA, 2)) {
            assertThat(region.byteSize()).isEqualTo(16);
            assertThat(region.read(region.input(0))).isEqualTo(DATA);
            assertThat(region.read(region.output(0))).containsOnly(0).hasSize(4);
            assertThat(region.read(region.input(1))).isEqualTo(DATA);
            assertThat(region.read(region.output(1))).containsOnly(0).hasSize(4);
            assertThat(region.output(1)).isEqualTo(new SharedMemoryRange("bench", 12, 4));
        }
    }

    @Test
    void read_beyondTheEnd_isRefused() throws IOException {
        try (SharedRegion region = SharedRegion.create(folder, DATA, 1)) {
            assertThatThrownBy(() -> region.read(new SharedMemoryRange("bench", 6, 4)))
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void close_region_leavesNoFile() throws IOException {
        try (SharedRegion region = SharedRegion.create(folder, DATA, 2)) {
            assertThat(region.byteSize()).isPositive();
            assertThat(folder).isNotEmptyDirectory();
        }

        assertThat(folder).isEmptyDirectory();
    }
}
