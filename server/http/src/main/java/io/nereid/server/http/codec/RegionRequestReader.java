package io.nereid.server.http.codec;

import io.nereid.backend.device.CudaIpc;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.server.protocol.RequestLimits;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.Base64;

/**
 * Reads what clients say when they register a region of shared memory. Conditions, codes and texts are Triton's
 * (docs/compatibility.md). Not thread-safe: one for each request.
 */
public final class RegionRequestReader {
    /** Far more than a name, a handle and three numbers take; longer ones could hold an event loop up. */
    private static final int MAX_BYTES = 64 << 10;
    private static final String NO_HANDLE = "'raw_handle' must be a valid base64 encoded cudaIpcMemHandle_t";

    private final JsonScanner scanner;
    private @Nullable String key;
    private @Nullable Long offset;
    private @Nullable Long byteSize;
    private @Nullable Long deviceId;
    private byte @Nullable [] rawHandle;

    private RegionRequestReader(MemorySegment body) {
        this.scanner = new JsonScanner(body, body.byteSize(), RequestLimits.DEFAULT);
    }

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
        RegionRequestReader reader = new RegionRequestReader(body);
        try {
            reader.read();
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
        RegionRequestReader reader = new RegionRequestReader(body);
        try {
            reader.read();
            return new CudaRequest(whole(required("raw_handle", reader.rawHandle)),
                    required("device_id", reader.deviceId),
                    required("byte_size", reader.byteSize));
        } catch (InferenceException e) {
            throw BodyKind.explain(e, body, "{\"raw_handle\":{\"b64\":...},\"device_id\":...,\"byte_size\":...}");
        }
    }

    private void read() throws InferenceException {
        if (scanner.remaining() > MAX_BYTES) {
            throw invalid("shared memory register request: got " + scanner.remaining() + " bytes (expected at most "
                    + MAX_BYTES + ")");
        }
        if (scanner.peekRoot() == JsonKind.OBJECT) {
            for (boolean more = scanner.enterObject(); more; more = scanner.nextMember()) {
                readMember(scanner.name());
            }
        } else {
            scanner.skip();
        }
        scanner.expectEnd();
    }

    private void readMember(String name) throws InferenceException {
        if (name.equals("key") && key == null) {
            key = scanner.string("");
        } else if (name.equals("offset") && offset == null) {
            offset = scanner.unsigned("");
        } else if (name.equals("byte_size") && byteSize == null) {
            byteSize = scanner.unsigned("");
        } else if (name.equals("device_id") && deviceId == null) {
            deviceId = scanner.unsigned("");
        } else if (name.equals("raw_handle") && rawHandle == null && scanner.peek() == JsonKind.OBJECT) {
            readHandle();
        } else {
            scanner.skip();
        }
    }

    private void readHandle() throws InferenceException {
        for (boolean more = scanner.enterObject(); more; more = scanner.nextMember()) {
            if (scanner.name().equals("b64") && rawHandle == null) {
                rawHandle = decoded(scanner.string(""));
            } else {
                scanner.skip();
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
