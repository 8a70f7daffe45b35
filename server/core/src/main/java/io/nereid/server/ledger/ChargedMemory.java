package io.nereid.server.ledger;

import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorAllocator;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorData;
import org.jspecify.annotations.Nullable;

/**
 * Memory that is charged to an account before it is allocated, and released there with the last reference of its
 * buffer. Memory of a GPU is charged to nobody: it is not this machine's. Thread-safe, as the account and the
 * allocator are.
 */
public final class ChargedMemory implements TensorAllocator {
    private final TensorAllocator from;
    private final Account account;

    ChargedMemory(TensorAllocator from, Account account) {
        this.from = from;
        this.account = account;
    }

    @Override
    public TensorData.Kind kind() {
        return from.kind();
    }

    @Override
    public int device() {
        return from.device();
    }

    /** @throws InferenceException what {@link Account#charge} and the allocator throw */
    @Override
    public TensorBuffer allocate(long byteSize) throws InferenceException {
        account.charge(Resource.NATIVE, charge(byteSize));
        return allocateCharged(byteSize);
    }

    @Override
    public TensorBuffer allocateZeroed(long byteSize) throws InferenceException {
        account.charge(Resource.NATIVE, charge(byteSize));
        try {
            return charged(from.allocateZeroed(byteSize), byteSize);
        } catch (InferenceException | RuntimeException | Error e) {
            account.release(Resource.NATIVE, charge(byteSize));
            throw e;
        }
    }

    /**
     * {@link #allocate}, if half of the total is free afterwards.
     *
     * @return null if it is not
     * @throws InferenceException what {@link Account#chargeIfAmple} and the allocator throw
     */
    public @Nullable TensorBuffer allocateIfAmple(long byteSize) throws InferenceException {
        return account.chargeIfAmple(Resource.NATIVE, charge(byteSize)) ? allocateCharged(byteSize) : null;
    }

    private TensorBuffer allocateCharged(long byteSize) throws InferenceException {
        try {
            return charged(from.allocate(byteSize), byteSize);
        } catch (InferenceException | RuntimeException | Error e) {
            account.release(Resource.NATIVE, charge(byteSize));
            throw e;
        }
    }

    private TensorBuffer charged(TensorBuffer buffer, long byteSize) {
        return buffer.with(() -> account.release(Resource.NATIVE, charge(byteSize)));
    }

    private long charge(long byteSize) {
        return kind().isHost() ? byteSize : 0;
    }
}
