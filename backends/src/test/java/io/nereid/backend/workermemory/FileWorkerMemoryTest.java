package io.nereid.backend.workermemory;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorData;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@EnabledOnOs(OS.LINUX)
class FileWorkerMemoryTest {
    @TempDir
    private static Path folder;

    private final FileWorkerMemory memory = new FileWorkerMemory(1 << 20, 0, folder, "raise --max-inflight-bytes");

    @AfterEach
    void everythingIsGivenBack() {
        assertThat(memory.memory().bytesInUse()).isZero();
        memory.close();
    }

    @Test
    void theFile_isOpenedWithTheFirstBuffer() throws IOException, InferenceException {
        long before = openFiles();
        FileWorkerMemory unused = new FileWorkerMemory(1 << 20, 0, folder, "");
        assertThat(openFiles()).isEqualTo(before);
        TensorBuffer buffer = unused.allocator().allocate(100);
        assertThat(openFiles()).isEqualTo(before + 1);
        buffer.release();
        unused.close();
        assertThat(openFiles()).isEqualTo(before);
    }

    private static long openFiles() throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            return all.filter(FileWorkerMemoryTest::isOfWorkers).count();
        }
    }

    private static boolean isOfWorkers(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().contains("nereid-tensors");
        } catch (IOException _) {
            return false; // that of the listing itself
        }
    }

    @Test
    void aBuffer_isOfKindSharedAndFoundByItsOffset() throws InferenceException {
        TensorBuffer first = memory.allocator().allocate(1000);
        TensorBuffer second = memory.allocator().allocate(1000);
        assertThat(second.kind()).isEqualTo(TensorData.Kind.SHARED);
        second.segment().fill((byte) 5);
        TensorData part = second.data(10, 20);
        MemorySegment same = memory.range(memory.offsetOf(part), 20);
        assertThat(same.address()).isEqualTo(part.address());
        assertThat(memory.offsetOf(first.data())).isNotEqualTo(memory.offsetOf(second.data()));
        first.release();
        second.release();
    }

    @Test
    void offsetOf_otherMemory_isRefused() throws InferenceException {
        TensorBuffer buffer = memory.allocator().allocate(1);
        TensorData pooled = TensorData.pooled(buffer.segment());
        assertThatThrownBy(() -> memory.offsetOf(pooled)).isInstanceOf(IllegalArgumentException.class);
        TensorData outside = TensorData.host(TensorData.Kind.SHARED,
                MemorySegment.ofAddress(64).reinterpret(1));
        assertThatThrownBy(() -> memory.offsetOf(outside)).isInstanceOf(IllegalArgumentException.class);
        buffer.release();
    }

    @Test
    void range_outsideTheFile_isRefused() throws InferenceException {
        assertThatThrownBy(() -> memory.range(0, 1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(memory.descriptor()).isPositive();
        assertThat(memory.range(0, memory.byteSize()).byteSize()).isEqualTo(memory.byteSize());
        assertThatThrownBy(() -> memory.range(memory.byteSize(), 1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> memory.range(-1, 1)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void allocate_beyondTheLimit_namesWhatIsWantedWhatIsFreeAndTheFlag() throws InferenceException {
        TensorBuffer most = memory.allocator().allocate(3 << 18);
        assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> memory.allocator().allocate(400_000))
                .withMessage("no tensor memory left for 400000 bytes: all requests together may hold 1048576, 262144"
                        + " of them are free; try again later, or raise --max-inflight-bytes")
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE));
        most.release();
        memory.allocator().allocate(1 << 20).release();
    }

    @Test
    void anything_afterItsEnd_isAnError() {
        memory.close();
        assertThatExceptionOfType(InferenceException.class).isThrownBy(memory::descriptor)
                .withMessage("memory for workers could not be opened: the server has ended");
        assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> memory.allocator().allocate(1))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE));
    }

    @Test
    void aHugeLimit_isOneThatAProcessCanMap() throws InferenceException {
        try (FileWorkerMemory huge = new FileWorkerMemory(Long.MAX_VALUE, 0, folder, "")) {
            huge.allocator().allocate(1).release();
            assertThat(huge.memory().maxBytes()).isEqualTo(huge.byteSize() / 4);
        }
    }
}
