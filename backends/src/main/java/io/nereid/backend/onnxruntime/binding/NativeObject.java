package io.nereid.backend.onnxruntime.binding;

/**
 * Owns one object of ONNX Runtime. One thread at a time uses it; whoever hands it on orders the uses.
 */
abstract class NativeObject implements AutoCloseable {
    private final OrtApi api;
    private final int releaseFunction;
    private long address;

    NativeObject(OrtApi api, int releaseFunction, long address) {
        this.api = api;
        this.releaseFunction = releaseFunction;
        this.address = address;
    }

    final OrtApi api() {
        return api;
    }

    /**
     * Where the object is.
     *
     * @throws IllegalStateException after {@link #close}
     */
    final long address() {
        if (address == 0) {
            throw new IllegalStateException(getClass().getSimpleName() + " used after it was closed");
        }
        return address;
    }

    /** Gives the object back; the second and every further call does nothing. */
    @Override
    public void close() {
        long released = address;
        if (released != 0) {
            address = 0;
            api.release(releaseFunction, released);
        }
    }
}
