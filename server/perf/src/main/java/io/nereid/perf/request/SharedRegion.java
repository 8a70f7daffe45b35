package io.nereid.perf.request;

import io.nereid.perf.call.ServerCalls;

import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A region of system shared memory that a server has mapped, until it is closed. Tensors are placed in it one behind the
 * other, before it is shared.
 */
public final class SharedRegion implements AutoCloseable {
    /** Where Linux keeps them. */
    public static final Path FOLDER = Path.of("/dev/shm");
    private static final int ALIGNMENT = 64;

    private final Path file;
    private final FileChannel channel;
    private final String name;
    private long end;
    private boolean shared;

    private SharedRegion(Path file, FileChannel channel, String name) {
        this.file = file;
        this.channel = channel;
        this.name = name;
    }

    /**
     * An empty one.
     *
     * @param folder {@link #FOLDER} if a server is to find it
     * @param purpose a part of its name
     */
    public static SharedRegion create(Path folder, String purpose) throws IOException {
        Path file = Files.createTempFile(folder, "nereid-perf-" + purpose + "-", "");
        return new SharedRegion(file, FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE),
                String.valueOf(file.getFileName()));
    }

    /** Writes these bytes to the end of it; their buffer is not moved. */
    public MemoryRange place(ByteBuffer bytes) throws IOException {
        MemoryRange range = reserve(bytes.remaining());
        ByteBuffer left = bytes.duplicate();
        while (left.hasRemaining()) {
            channel.write(left, range.offset() + left.position() - bytes.position());
        }
        return range;
    }

    /** Leaves room for so many bytes at the end of it. */
    public MemoryRange reserve(long byteSize) {
        MemoryRange range = new MemoryRange(name, end, byteSize);
        end += (byteSize + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        return range;
    }

    /** What lies there now. */
    public byte[] read(MemoryRange range) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(range.byteSize()));
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, range.offset() + bytes.position()) < 0) {
                throw new EOFException("the region ends before " + range);
            }
        }
        return bytes.array();
    }

    /** Has the server map it, at the length that it has now. */
    public void shareWith(ServerCalls server) throws IOException {
        try (RandomAccessFile sized = new RandomAccessFile(file.toFile(), "rw")) {
            sized.setLength(Math.max(end, 1));
        }
        server.registerSharedMemory(name, "/" + file.getFileName(), Math.max(end, 1));
        shared = true;
    }

    /** Has the server forget it. */
    public void unshareWith(ServerCalls server) throws IOException {
        if (shared) {
            shared = false;
            server.unregisterSharedMemory(name);
        }
    }

    /** Takes it off the system. */
    @Override
    public void close() throws IOException {
        try (channel) {
            Files.deleteIfExists(file);
        }
    }
}
