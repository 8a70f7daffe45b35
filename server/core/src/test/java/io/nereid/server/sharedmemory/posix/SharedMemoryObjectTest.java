package io.nereid.server.sharedmemory.posix;

import io.nereid.server.sharedmemory.TestObject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@Timeout(30)
final class SharedMemoryObjectTest {
    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void close() {
        arena.close();
        assertThat(TestObject.openDescriptors()).isZero();
    }

    private MemorySegment memory(int byteSize) {
        return arena.allocate(byteSize).fill((byte) 99);
    }

    private MemorySegment memoryOf(byte... bytes) {
        return arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
    }

    @Test
    void read_partOfObject_isCopied() throws PosixException {
        try (TestObject owner = TestObject.of((byte) 1, (byte) 2, (byte) 3, (byte) 4);
                SharedMemoryObject object = SharedMemoryObject.open(owner.key())) {
            MemorySegment into = memory(2);
            assertThat(object.byteSize()).isEqualTo(4);
            assertThat(object.read(1, into)).isEqualTo(2);
            assertThat(into.toArray(ValueLayout.JAVA_BYTE)).containsExactly(2, 3);
        }
    }

    @Test
    void read_ownerWritesAfterOpen_isSeen() throws PosixException {
        try (TestObject owner = new TestObject(4); SharedMemoryObject object = SharedMemoryObject.open(owner.key())) {
            owner.write(0, (byte) 7, (byte) 8);
            MemorySegment into = memory(2);
            object.read(0, into);
            assertThat(into.toArray(ValueLayout.JAVA_BYTE)).containsExactly(7, 8);
        }
    }

    @Test
    void read_ownerTruncated_isShort() throws PosixException {
        try (TestObject owner = new TestObject(10_000);
                SharedMemoryObject object = SharedMemoryObject.open(owner.key())) {
            owner.truncate(4_097);
            MemorySegment into = memory(10_000);
            assertThat(object.read(0, into)).isEqualTo(4_097);
            assertThat(into.get(ValueLayout.JAVA_BYTE, 4_096)).isZero();
            assertThat(into.get(ValueLayout.JAVA_BYTE, 4_097)).isEqualTo((byte) 99);
            assertThat(object.read(5_000, into)).isZero();
            assertThat(object.byteSize()).isEqualTo(4_097);
        }
    }

    @Test
    void write_partOfObject_isSeenByOwner() throws PosixException {
        try (TestObject owner = new TestObject(4); SharedMemoryObject object = SharedMemoryObject.open(owner.key())) {
            assertThat(object.write(1, memoryOf((byte) 5, (byte) 6))).isEqualTo(2);
            assertThat(owner.content()).containsExactly(0, 5, 6, 0);
        }
    }

    @Test
    void open_unlinkedAfterwards_livesOn() throws PosixException {
        try (TestObject owner = TestObject.of((byte) 1);
                SharedMemoryObject object = SharedMemoryObject.open(owner.key())) {
            owner.unlink();
            MemorySegment into = memory(1);
            assertThat(object.read(0, into)).isEqualTo(1);
            assertThat(into.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 1);
        }
    }

    @Test
    void open_unknown_saysSo() {
        assertThatThrownBy(() -> SharedMemoryObject.open("/nereid-test-there-is-none"))
                .isInstanceOfSatisfying(PosixException.class,
                        e -> assertThat(e.reason()).isEqualTo("No such file or directory"));
    }

    @Test
    void open_symbolicLink_isRefused() throws IOException {
        try (TestObject link = new TestObject(1)) {
            link.unlink();
            Files.createSymbolicLink(link.file(), Path.of("/etc/passwd"));
            assertThatThrownBy(() -> SharedMemoryObject.open(link.key())).isInstanceOf(PosixException.class);
        }
    }

    /** A pipe that nobody writes to would hold up who opens it, for ever. */
    @Test
    void open_pipe_returnsAndHasNoSize() throws Exception {
        try (TestObject pipe = new TestObject(1)) {
            pipe.unlink();
            assertThat(new ProcessBuilder("mkfifo", pipe.file().toString()).start().waitFor()).isZero();
            try (SharedMemoryObject object = SharedMemoryObject.open(pipe.key())) {
                assertThatThrownBy(object::byteSize).isInstanceOf(PosixException.class).hasMessageStartingWith("lseek");
            }
        }
    }
}
