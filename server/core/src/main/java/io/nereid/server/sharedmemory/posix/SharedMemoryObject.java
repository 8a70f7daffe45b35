package io.nereid.server.sharedmemory.posix;

import java.lang.foreign.MemorySegment;

/**
 * An open POSIX shared memory object. It lives on in here when its name is unlinked, and may change its size at any
 * time. Thread-safe, but for {@link #close}: nobody may use it then or afterwards, for the system gives the number of a
 * closed descriptor to whatever is opened next.
 */
public final class SharedMemoryObject implements AutoCloseable {
    private final int descriptor;
    private final boolean writable;

    private SharedMemoryObject(int descriptor, boolean writable) {
        this.descriptor = descriptor;
        this.writable = writable;
    }

    /**
     * Opens the object of that name for reading and writing, or for reading only where this process may do no more.
     *
     * @param name its name: a slash, and further characters without another one
     * @throws PosixException if there is none, or it cannot be opened
     */
    public static SharedMemoryObject open(String name) throws PosixException {
        int descriptor = CLibrary.shmOpen(name, CLibrary.O_RDWR | CLibrary.O_NONBLOCK);
        if (descriptor >= 0) {
            return new SharedMemoryObject(descriptor, true);
        }
        if (descriptor == -CLibrary.EACCES) {
            descriptor = CLibrary.shmOpen(name, CLibrary.O_RDONLY | CLibrary.O_NONBLOCK);
        }
        if (descriptor < 0) {
            throw new PosixException("shm_open", -descriptor);
        }
        return new SharedMemoryObject(descriptor, false);
    }

    /** Whether it may be written to. */
    public boolean writable() {
        return writable;
    }

    /** How long it is now. */
    public long byteSize() throws PosixException {
        long size = CLibrary.lseekEnd(descriptor);
        if (size < 0) {
            throw new PosixException("lseek", (int) -size);
        }
        return size;
    }

    /**
     * Copies what lies at {@code offset} into native memory.
     *
     * @return how many bytes were copied: fewer than {@code into} has where the object ends before
     */
    public long read(long offset, MemorySegment into) throws PosixException {
        return Transfer.run("pread", into.byteSize(),
                done -> CLibrary.pread(descriptor, into.asSlice(done), offset + done));
    }

    /**
     * Copies native memory to {@code offset}. An object that ends before grows: who does not want that asks for its
     * size.
     *
     * @return how many bytes were copied: all of them, unless the system gives no reason
     */
    public long write(long offset, MemorySegment from) throws PosixException {
        return Transfer.run("pwrite", from.byteSize(),
                done -> CLibrary.pwrite(descriptor, from.asSlice(done), offset + done));
    }

    /** Closes the descriptor. What its end reports is for nobody: there is nothing left to be written. */
    @Override
    public void close() {
        CLibrary.close(descriptor);
    }
}
