package io.nereid.backend;

import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorAllocator;
import io.nereid.inference.TensorData;

import java.lang.foreign.MemorySegment;

/**
 * Tensor memory of this process that its workers map too, all of them the same file. Made when it is first asked for: a
 * server without workers has no such file. Thread-safe.
 */
public interface WorkerMemory {
    /** What gives memory of kind {@link TensorData.Kind#SHARED} in it, within the server's limits. */
    TensorAllocator allocator();

    /**
     * The descriptor of the file in this process, for {@code /proc/<pid>/fd/<descriptor>}; open until the server ends.
     * A program that is executed does not inherit it.
     *
     * @throws InferenceException UNSUPPORTED or UNAVAILABLE if the system has no such file
     */
    int descriptor() throws InferenceException;

    /** How long the file is, which never changes. */
    long byteSize();

    /**
     * What a worker is told to map, {@code <path>:<bytes>}, as long as the server runs.
     *
     * @throws InferenceException as {@link #descriptor}
     */
    default String argument() throws InferenceException {
        return "/proc/" + ProcessHandle.current().pid() + "/fd/" + descriptor() + ":" + byteSize();
    }

    /**
     * Where the data lies in the file.
     *
     * @throws IllegalArgumentException if it does not
     */
    long offsetOf(TensorData data);

    /**
     * A range of the file, which is the caller's to read or write only within memory that it has.
     *
     * @throws IndexOutOfBoundsException if it does not lie within the file
     */
    MemorySegment range(long offset, long length);
}
