package io.nereid.backend.workermemory;

import io.nereid.backend.WorkerMemory;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorAllocator;
import io.nereid.inference.TensorData;
import io.nereid.inference.TensorMemory;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * Worker memory over one {@link SharedFile}, which is opened when it is first needed. The file is four times as long as
 * what may be in use, so that no fragmentation keeps a buffer from being given. Thread-safe.
 */
public final class FileWorkerMemory implements WorkerMemory, AutoCloseable {
    private static final long PAGE_SIZE = 4096;
    private static final long SMALLEST = 1L << 30;
    /** What a process may well map; a limit above a quarter of it is this quarter. */
    private static final long LARGEST = 1L << 42;

    private final long byteSize;
    private final LazySharedFile file;
    private final TensorMemory memory;

    /**
     * Not opened yet.
     *
     * @param maxBytes the most that may be in use
     * @param maxPooledBytes how much of what was released is kept at hand
     * @param temporaryFolder where the file is if the system has none in memory
     * @param advice how to have more, for people who read that there is none left
     */
    public FileWorkerMemory(long maxBytes, long maxPooledBytes, Path temporaryFolder, String advice) {
        this.byteSize = byteSize(maxBytes);
        this.file = new LazySharedFile(byteSize, temporaryFolder);
        this.memory = new TensorMemory(TensorData.Kind.SHARED, Math.min(maxBytes, byteSize / 4), maxPooledBytes, file,
                advice);
    }

    private static long byteSize(long maxBytes) {
        long wanted = maxBytes > LARGEST / 4 ? LARGEST : Math.max(SMALLEST, 4 * maxBytes);
        return (wanted + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;
    }

    @Override
    public TensorAllocator allocator() {
        return memory;
    }

    /** The same with its counts. */
    public TensorMemory memory() {
        return memory;
    }

    @Override
    public int descriptor() throws InferenceException {
        try {
            return file.open().descriptor();
        } catch (IOException e) {
            throw new InferenceException(ErrorCode.UNAVAILABLE, "memory for workers could not be opened: "
                    + e.getMessage(), e);
        } catch (UnsupportedOperationException e) {
            throw new InferenceException(ErrorCode.UNSUPPORTED, "models in worker processes need Linux: "
                    + e.getMessage(), e);
        }
    }

    @Override
    public long byteSize() {
        return byteSize;
    }

    @Override
    public long offsetOf(TensorData data) {
        SharedFile opened = file.current();
        long offset = opened == null || data.kind() != TensorData.Kind.SHARED ? -1
                : data.address() - opened.whole().address();
        if (offset < 0 || offset > byteSize - data.length()) {
            throw new IllegalArgumentException(data + " does not lie in the memory of workers");
        }
        return offset;
    }

    @Override
    public MemorySegment range(long offset, long length) {
        SharedFile opened = file.current();
        if (opened == null) {
            throw new IndexOutOfBoundsException("no memory of workers is open");
        }
        return opened.whole().asSlice(offset, length);
    }

    /** Closes the file; memory that is still held stays mapped. After all workers have ended. */
    @Override
    public void close() {
        memory.close();
        file.close();
    }
}
