package io.nereid.bench.load;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

class TemporaryFolderTest {
    @Test
    void close_folderWithFiles_leavesNothing() throws IOException {
        Path path;
        try (TemporaryFolder folder = TemporaryFolder.create()) {
            path = folder.path();
            Files.writeString(Files.createDirectories(path.resolve("a/b")).resolve("file"), "x");
        }

        assertThat(path).doesNotExist();
    }
}
