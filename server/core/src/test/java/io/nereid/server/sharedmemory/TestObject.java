package io.nereid.server.sharedmemory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicInteger;

/** A POSIX shared memory object of a test, as its owner sees it; unlinked when it is closed. */
public final class TestObject implements AutoCloseable {
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final String name = "nereid-test-" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet();
    private final Path file = Path.of("/dev/shm", name);

    /** An object with that content. */
    public static TestObject of(byte... content) {
        TestObject object = new TestObject(content.length);
        object.write(0, content);
        return object;
    }

    /** An object of that many bytes, all 0. */
    public TestObject(int byteSize) {
        run(() -> Files.write(file, new byte[byteSize], StandardOpenOption.CREATE_NEW));
    }

    /** Its name with a slash in front, as most clients give it. */
    public String key() {
        return "/" + name;
    }

    /** What it holds now. */
    public byte[] content() {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Puts bytes there. */
    public void write(long offset, byte... bytes) {
        run(() -> {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.wrap(bytes), offset);
            }
        });
    }

    /** Makes it shorter. */
    public void truncate(long byteSize) {
        run(() -> {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(byteSize);
            }
        });
    }

    /** Takes its name away; who has it open keeps it. */
    public void unlink() {
        run(() -> Files.deleteIfExists(file));
    }

    /** Where the system shows it. */
    public Path file() {
        return file;
    }

    @Override
    public void close() {
        unlink();
    }

    private interface Step {
        void run() throws IOException;
    }

    private static void run(Step step) {
        try {
            step.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How many descriptors this process has open of shared memory objects of tests. */
    public static long openDescriptors() {
        try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.filter(TestObject::isOfTest).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isOfTest(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().startsWith("/dev/shm/nereid-test-");
        } catch (IOException _) {
            return false; // closed since
        }
    }
}
