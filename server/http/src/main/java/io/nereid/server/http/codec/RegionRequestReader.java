package io.nereid.server.http.codec;

import io.nereid.backend.device.CudaIpc;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.Base64;

/**
 * Reads what clients say when they register a region of shared memory. Conditions, codes and texts are Triton's
 * (docs/compatibility.md). Not thread-safe: one for each request.
 */
public final class RegionRequestReader {
    private static final String NO_HANDLE = "'raw_handle' must be a valid base64 encoded cudaIpcMemHandle_t";

    private @Nullable String key;
    private @Nullable Long offset;
    private @Nullable Long byteSize;
    private @Nullable Long deviceId;
    private byte @Nullable [] rawHandle;

    private RegionRequestReader() {}

    /**
     * What registers a part of a POSIX shared memory object.
     *
     * @param key the object's name
     * @param offset where in it the region begins, unsigned
     * @param byteSize how long it is, unsigned
     */
    public record SystemRequest(String key, long offset, long byteSize) {}

    /**
     * What registers memory of a GPU.
     *
     * @param rawHandle what CUDA gave out for it
     * @param deviceId the GPU's number, unsigned
     * @param byteSize how long it is, unsigned
     */
    @SuppressWarnings("ArrayRecordComponent") // made once, read once
    public record CudaRequest(byte[] rawHandle, long deviceId, long byteSize) {}

    /**
     * Reads {@code {"key", "offset"?, "byte_size"}}.
     *
     * @throws InferenceException INTERNAL if that is no JSON or a value has the wrong type, INVALID_ARG if one is
     *             missing
     */
    public static SystemRequest readSystem(MemorySegment body) throws InferenceException {
        RegionRequestReader reader = new RegionRequestReader();
        try {
            reader.read(body);
            return new SystemRequest(required("key", reader.key), reader.offset == null ? 0 : reader.offset,
                    required("byte_size", reader.byteSize));
        } catch (InferenceException e) {
            throw BodyKind.explain(e, body, "{\"key\":...,\"offset\":...,\"byte_size\":...}");
        }
    }

    /**
     * Reads {@code {"raw_handle":{"b64"}, "device_id", "byte_size"}}.
     *
     * @throws InferenceException as with {@link #readSystem}
     */
    public static CudaRequest readCuda(MemorySegment body) throws InferenceException {
        RegionRequestReader reader = new RegionRequestReader();
        try {
            reader.read(body);
            return new CudaRequest(whole(required("raw_handle", reader.rawHandle)),
                    required("device_id", reader.deviceId),
                    required("byte_size", reader.byteSize));
        } catch (InferenceException e) {
            throw BodyKind.explain(e, body, "{\"raw_handle\":{\"b64\":...},\"device_id\":...,\"byte_size\":...}");
        }
    }

    private void read(MemorySegment body) throws InferenceException {
        ControlObject object = ControlObject.region(body);
        while (object.next()) {
            readMember(object.name(), object.value());
        }
    }

    /** The first of a name counts. */
    private void readMember(String name, JsonScanner value) throws InferenceException {
        if (name.equals("key") && key == null) {
            key = value.string("");
        } else if (name.equals("offset") && offset == null) {
            offset = value.unsigned("");
        } else if (name.equals("byte_size") && byteSize == null) {
            byteSize = value.unsigned("");
        } else if (name.equals("device_id") && deviceId == null) {
            deviceId = value.unsigned("");
        } else if (name.equals("raw_handle") && rawHandle == null && value.peek() == JsonKind.OBJECT) {
            readHandle(value);
        } else {
            value.skip();
        }
    }

    private void readHandle(JsonScanner value) throws InferenceException {
        for (boolean more = value.enterObject(); more; more = value.nextMember()) {
            if (value.name().equals("b64") && rawHandle == null) {
                rawHandle = decoded(value.string(""));
            } else {
                value.skip();
            }
        }
    }

    private static byte[] decoded(String base64) throws InferenceException {
        try {
            return Base64.getMimeDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw invalid(NO_HANDLE);
        }
    }

    private static byte[] whole(byte[] handle) throws InferenceException {
        if (handle.length != CudaIpc.HANDLE_BYTES) {
            throw invalid(NO_HANDLE + " (got " + handle.length + " bytes, expected " + CudaIpc.HANDLE_BYTES + ")");
        }
        return handle;
    }

    private static <T> T required(String field, @Nullable T value) throws InferenceException {
        if (value == null) {
            throw invalid("Shared memory register request has no '" + field + "' field");
        }
        return value;
    }

    private static InferenceException invalid(String text) {
        return new InferenceException(ErrorCode.INVALID_ARG, text);
    }
}
