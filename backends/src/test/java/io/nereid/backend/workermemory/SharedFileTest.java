package io.nereid.backend.workermemory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@EnabledOnOs(OS.LINUX)
class SharedFileTest {
    private static final long LENGTH = 1 << 20;

    @TempDir
    Path folder;

    @Test
    void anotherMapping_ofTheDescriptor_seesWhatIsWritten() throws IOException {
        try (SharedFile file = SharedFile.open(LENGTH, folder); Arena arena = Arena.ofConfined()) {
            MemorySegment block = file.allocate(128, 64);
            block.fill((byte) 7);
            MemorySegment other = mapped(file, arena);
            assertThat(other.byteSize()).isEqualTo(LENGTH);
            assertThat(other.asSlice(block.address() - file.whole().address(), 128).mismatch(block)).isEqualTo(-1);
            file.free(block);
        }
    }

    private static MemorySegment mapped(SharedFile file, Arena arena) throws IOException {
        try (FileChannel channel = FileChannel.open(Path.of("/proc/self/fd/" + file.descriptor()),
                StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size(), arena);
        }
    }

    @Test
    void itsLength_cannotBeChangedByWhoeverOpensIt() throws IOException {
        try (SharedFile file = SharedFile.open(LENGTH, folder);
                FileChannel channel = FileChannel.open(Path.of("/proc/self/fd/" + file.descriptor()),
                        StandardOpenOption.WRITE)) {
            assertThatThrownBy(() -> channel.truncate(0)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void free_ofWholePages_givesThemBack() throws IOException {
        try (SharedFile file = SharedFile.open(LENGTH, folder)) {
            assertPagesGoBack(file);
        }
    }

    @Test
    void free_ofWholePagesOnDisk_givesThemBack() throws IOException {
        try (SharedFile file = SharedFile.onDisk(new FileCalls(), LENGTH, folder)) {
            assertPagesGoBack(file);
        }
    }

    /** A page that went back reads as zero. */
    private static void assertPagesGoBack(SharedFile file) {
        MemorySegment first = file.allocate(6 * 1024, 64);
        MemorySegment second = file.allocate(6 * 1024, 64);
        MemorySegment third = file.allocate(64, 64);
        MemorySegment both = file.whole().asSlice(0, 12 * 1024).fill((byte) 7);
        file.free(first);
        assertThat(both.get(JAVA_BYTE, 0)).isZero();
        assertThat(both.get(JAVA_BYTE, 4096)).isEqualTo((byte) 7); // the second block is on this page too
        file.free(second);
        assertThat(both.get(JAVA_BYTE, 4096)).isZero();
        assertThat(both.get(JAVA_BYTE, 12 * 1024 - 1)).isZero();
        file.free(third);
    }

    @Test
    void allocate_ofMoreThanIsFree_isOutOfMemory() throws IOException {
        try (SharedFile file = SharedFile.open(LENGTH, folder)) {
            MemorySegment block = file.allocate(LENGTH / 2 + 64, 64);
            assertThatThrownBy(() -> file.allocate(LENGTH / 2, 64)).isInstanceOf(OutOfMemoryError.class)
                    .hasMessage("no free range of 524288 bytes in shared memory");
            file.free(block);
            file.free(file.allocate(LENGTH, 64));
        }
    }

    @Test
    void onDisk_hasNoNameInTheFolder() throws IOException {
        try (SharedFile file = SharedFile.onDisk(new FileCalls(), LENGTH, folder)) {
            MemorySegment block = file.allocate(LENGTH, 64);
            block.fill((byte) 1);
            assertThat(folder).isEmptyDirectory();
            file.free(block);
        }
    }

    @Test
    void close_closesTheDescriptor() throws IOException {
        SharedFile file = SharedFile.open(LENGTH, folder);
        String target = target(file);
        assertThat(target).contains("nereid-tensors");
        file.close();
        file.close();
        assertThat(isOpen(file.descriptor(), target)).isFalse();
    }

    private static String target(SharedFile file) throws IOException {
        return Files.readSymbolicLink(Path.of("/proc/self/fd/" + file.descriptor())).toString();
    }

    private static boolean isOpen(int descriptor, String target) throws IOException {
        Path link = Path.of("/proc/self/fd/" + descriptor);
        return Files.isSymbolicLink(link) && Files.readSymbolicLink(link).toString().equals(target);
    }

    @Test
    void close_withABlockHeld_leavesItUsableUntilItIsFreed() throws IOException {
        SharedFile file = SharedFile.open(LENGTH, folder);
        MemorySegment block = file.allocate(LENGTH / 2, 64);
        file.close();
        block.fill((byte) 3);
        assertThat(block.get(JAVA_BYTE, LENGTH / 2 - 1)).isEqualTo((byte) 3);
        file.free(block);
        assertThat(mappings(block.address())).isZero();
    }

    private static long mappings(long address) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/maps")).stream()
                .filter(line -> line.startsWith(Long.toHexString(address))).filter(line -> line.contains("nereid"))
                .count();
    }
}
