package io.nereid.backend.workermemory;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.NativeMemory;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;

/** A {@link SharedFile} that is opened when it is first needed. Thread-safe. */
final class LazySharedFile implements NativeMemory, AutoCloseable {
    private final long byteSize;
    private final Path temporaryFolder;
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private boolean closed;
    /** Written once, under the lock. */
    private volatile @Nullable SharedFile file;

    /**
     * Not opened yet.
     *
     * @param temporaryFolder where the file is if the system has none in memory
     */
    LazySharedFile(long byteSize, Path temporaryFolder) {
        this.byteSize = byteSize;
        this.temporaryFolder = temporaryFolder;
    }

    /** The file if it was opened. */
    @Nullable
    SharedFile current() {
        return file;
    }

    /**
     * The file, opened.
     *
     * @throws IOException if the system gives none
     * @throws UnsupportedOperationException if the system is not Linux
     */
    SharedFile open() throws IOException {
        SharedFile opened = file;
        return opened == null ? openFirst() : opened;
    }

    private SharedFile openFirst() throws IOException {
        lock.lock();
        try {
            SharedFile opened = file;
            if (opened == null) {
                if (closed) {
                    throw new IOException("the server has ended");
                }
                opened = SharedFile.open(byteSize, temporaryFolder);
                file = opened;
            }
            return opened;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public MemorySegment allocate(long wanted, long byteAlignment) {
        try {
            return open().allocate(wanted, byteAlignment);
        } catch (IOException | UnsupportedOperationException e) {
            throw new OutOfMemoryError("memory for workers could not be opened: " + e.getMessage());
        }
    }

    @Override
    public void free(MemorySegment block) {
        SharedFile opened = file;
        if (opened == null) {
            throw new IllegalStateException("freed a block that is not held: " + block);
        }
        opened.free(block);
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            SharedFile opened = file;
            if (opened != null) {
                opened.close();
            }
        } finally {
            lock.unlock();
        }
    }
}
