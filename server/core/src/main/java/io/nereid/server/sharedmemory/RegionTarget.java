package io.nereid.server.sharedmemory;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.OutputPlace;
import io.nereid.inference.TensorData;
import io.nereid.server.protocol.OutputTarget;

import java.lang.foreign.MemorySegment;

/** A place in a region that an output goes to; holds the region until it is released. */
final class RegionTarget implements OutputTarget {
    private final Region region;
    private final long offset;
    private final long byteSize;

    /** A place of {@code byteSize} bytes at {@code offset}, which lies in {@code region}, of a holder of that. */
    RegionTarget(Region region, long offset, long byteSize) {
        this.region = region;
        this.offset = offset;
        this.byteSize = byteSize;
    }

    /** {@inheritDoc} A model on that GPU may, in its memory. */
    @Override
    public OutputPlace place() {
        TensorData data = region.memory().data();
        return data == null ? OutputPlace.HOST : new OutputPlace.Given(data.slice(offset, byteSize));
    }

    /** {@inheritDoc} A GPU that copies does. */
    @Override
    public boolean writesSlowly() {
        return region.memory().data() != null;
    }

    @Override
    public void write(String output, MemorySegment data) throws InferenceException {
        if (data.byteSize() > byteSize) {
            throw new InferenceException(ErrorCode.INTERNAL,
                    "shared memory size specified with the request for output '"
                            + output + "' (" + byteSize + " bytes) should be at least " + data.byteSize()
                            + " bytes to hold the results");
        }
        region.memory().write(offset, data);
    }

    @Override
    public void release() {
        region.release();
    }
}
