package io.nereid.server.sharedmemory;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;

/** Which keys of POSIX shared memory objects a client may name. */
final class SystemKey {
    /** How Triton's Python backend names its own objects, which are no business of clients. */
    private static final String RESERVED = "triton_python_backend_shm_region_";

    private SystemKey() {}

    /**
     * The name of the object that a region's key stands for: the key, with one slash in front.
     *
     * @throws InferenceException INVALID_ARG if the key is none that clients may name, INTERNAL if no object can have
     *     it
     */
    static String objectName(SystemRegion region) throws InferenceException {
        String bare = region.key().replaceFirst("^/+", "");
        if (bare.startsWith(RESERVED)) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "cannot register shared memory region '" + region.name()
                    + "' with key '" + region.key() + "' as the key contains the reserved prefix '" + RESERVED + "'");
        }
        if (bare.isEmpty() || bare.equals(".") || bare.equals("..") || bare.indexOf('/') >= 0
                || bare.indexOf('\0') >= 0) {
            throw new InferenceException(ErrorCode.INTERNAL, "Unable to open shared memory region: '" + region.key()
                    + "' (expected a name of at least one character, without '/' but at its beginning)");
        }
        return "/" + bare;
    }
}
