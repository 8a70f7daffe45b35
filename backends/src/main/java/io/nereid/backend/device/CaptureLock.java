package io.nereid.backend.device;

import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Keeps everything else from the GPUs while a CUDA graph is recorded: ONNX Runtime records in CUDA's global mode, in
 * which memory that any other thread of the process allocates or frees meanwhile, or copies without a stream of its
 * own, fails, there and here. One for all models and all regions of clients. Thread-safe.
 */
public final class CaptureLock {
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

    /** Held by whoever runs, loads or closes a model on a GPU, or uses a client's memory there; many may at a time. */
    public Lock use() {
        return lock.readLock();
    }

    /** Held while a graph is recorded. */
    public Lock capture() {
        return lock.writeLock();
    }
}
