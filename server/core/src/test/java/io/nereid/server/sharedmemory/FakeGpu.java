package io.nereid.server.sharedmemory;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorData;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A GPU whose memory is the CPU's: a handle's first byte says which of its pieces is meant. */
final class FakeGpu implements CudaMemories {
    private final Map<Byte, MemorySegment> pieces = new ConcurrentHashMap<>();
    private final boolean writable;
    final AtomicInteger open = new AtomicInteger();

    FakeGpu() {
        this(true);
    }

    FakeGpu(boolean writable) {
        this.writable = writable;
    }

    /** Memory of a client's, and the handle for it is its number. */
    MemorySegment allocate(int number, int byteSize) {
        MemorySegment piece = Arena.ofAuto().allocate(byteSize);
        pieces.put((byte) number, piece);
        return piece;
    }

    static byte[] handle(int number) {
        byte[] handle = new byte[64];
        handle[0] = (byte) number;
        return handle;
    }

    @Override
    public ClientMemory open(CudaRegion region, byte[] rawHandle) throws InferenceException {
        MemorySegment piece = pieces.get(rawHandle[0]);
        if (piece == null || piece.byteSize() < region.byteSize()) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "no such memory");
        }
        open.incrementAndGet();
        return new Piece(region, piece);
    }

    private final class Piece implements ClientMemory {
        private final CudaRegion region;
        private final MemorySegment memory;

        Piece(CudaRegion region, MemorySegment memory) {
            this.region = region;
            this.memory = memory;
        }

        @Override
        public TensorData data() {
            return TensorData.cuda((int) region.deviceId(), memory.address(), region.byteSize());
        }

        @Override
        public boolean writable() {
            return writable;
        }

        @Override
        public void read(long offset, MemorySegment into) {
            into.copyFrom(memory.asSlice(offset, into.byteSize()));
        }

        @Override
        public void write(long offset, MemorySegment from) {
            memory.asSlice(offset, from.byteSize()).copyFrom(from);
        }

        @Override
        public void close() {
            open.decrementAndGet();
        }
    }
}
