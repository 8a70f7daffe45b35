package io.nereid.server.grpc.codec;

import io.nereid.inference.InferenceException;
import org.jspecify.annotations.Nullable;

/** The three parameters of a tensor that say where in shared memory its data is. Not thread-safe. */
final class SharedMemoryRange {
    private static final String REGION = "shared_memory_region";
    private static final String OFFSET = "shared_memory_offset";
    private static final String BYTE_SIZE = "shared_memory_byte_size";

    private @Nullable String region;
    private long offset;
    private long byteSize;
    private boolean sized;
    /** A parameter that makes no sense without a region. */
    private @Nullable String orphan;

    /** Takes note of the parameter if it is one of the three, and says whether it is. */
    boolean take(Parameter parameter, String tensor) throws InferenceException {
        String of = " for tensor '" + tensor + "'";
        switch (parameter.name()) {
            case REGION -> region = parameter.string(of);
            case OFFSET -> offset = part(parameter, of);
            case BYTE_SIZE -> {
                byteSize = part(parameter, of);
                sized = true;
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private long part(Parameter parameter, String of) throws InferenceException {
        orphan = parameter.name();
        return parameter.int64(of);
    }

    /** The region's name; null where the data is elsewhere. */
    @Nullable
    String region(String tensor) throws InferenceException {
        if (region == null && orphan != null) {
            throw Parameter.invalid("'" + orphan + "' can not be specified without '" + REGION
                    + "' parameter for tensor '" + tensor + "'");
        }
        if (region != null && !sized) {
            throw Parameter.invalid("'" + BYTE_SIZE + "' must be specified along with '" + REGION
                    + "' parameter for tensor '" + tensor + "'");
        }
        return region;
    }

    /** The region's name, whatever else is wrong; null where none is named. */
    @Nullable
    String named() {
        return region;
    }

    long offset() {
        return offset;
    }

    long byteSize() {
        return byteSize;
    }
}
