package io.nereid.server.http.codec;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InputMemory;
import io.nereid.inference.TensorBuffer;
import io.nereid.server.protocol.ClientRequest;
import io.nereid.server.protocol.ModelSignature;
import io.nereid.server.protocol.RequestLimits;
import io.nereid.server.sharedmemory.SharedMemory;

import java.lang.foreign.MemorySegment;

/**
 * Reads the body of an infer request: JSON, with the bytes of binary tensors behind it. Binary tensors stay where
 * they are, tensors in JSON are written into native memory as they are read.
 *
 * <p>Conditions, codes and texts are Triton's (docs/compatibility.md). Thread-safe: it keeps nothing between
 * requests.
 */
public final class InferRequestReader {
    private static final String INFER = "{\"inputs\":[{\"name\":...,\"shape\":[...],\"datatype\":...,\"data\":[...]}]},"
            + " or a header Inference-Header-Content-Length: 0 and the bytes of the only input";
    private static final String GENERATE = "{\"<input>\":<value>, ...}";

    private final SharedMemory shared;
    private final long maxInputSize;
    private final RequestLimits limits;

    /**
     * A reader that lets neither the JSON nor a tensor in it be larger than {@code maxInputSize} bytes; what requests
     * name in {@code shared} may be.
     *
     * @param limits how large the other parts of a request may be
     */
    public InferRequestReader(SharedMemory shared, long maxInputSize, RequestLimits limits) {
        this.shared = shared;
        this.maxInputSize = maxInputSize;
        this.limits = limits;
    }

    /**
     * Reads a request whose JSON is the first {@code jsonLength} bytes of {@code body}.
     *
     * <p>The memory of the request that is returned includes the body; if this fails, the body is still the caller's,
     * and nothing else is left allocated. The targets of its outputs are held, and are the request's.
     *
     * @param model the model's name, for the texts of errors
     * @param inputs where the model wants its inputs
     * @throws InferenceException if the body is no valid request: INTERNAL where it is not the JSON it should be,
     *     INVALID_ARG where it contradicts itself or a limit, NOT_FOUND for shared memory that is not registered
     */
    public ReadRequest read(String model, InputMemory inputs, TensorBuffer body, long jsonLength)
            throws InferenceException {
        long bodyLength = body.segment().byteSize();
        if (jsonLength < 0 || jsonLength > bodyLength) {
            throw new InferenceException(ErrorCode.INVALID_ARG,
                    "inference header size should be in range (0, " + bodyLength + "), got: " + jsonLength);
        }
        checkJsonSize(jsonLength);
        RequestMemory held = new RequestMemory(inputs, shared, body);
        MemorySegment json = body.segment().asSlice(0, jsonLength);
        return explained(json, INFER, () -> held.orRelease(() -> {
            JsonScanner scanner = new JsonScanner(json, jsonLength, limits);
            BinaryTensors binary = new BinaryTensors(model, body, jsonLength);
            TensorDataReader data = new TensorDataReader(scanner, held, maxInputSize);
            return new JsonRequestParser(scanner, new InputParser(scanner, binary, data), binary, held).parse();
        }));
    }

    /**
     * Whether a body without a word on its length of JSON is a photograph that {@link #readPhotograph} reads
     * (docs/compatibility.md, Inference requests).
     */
    public static boolean isPhotograph(ModelSignature model, TensorBuffer body) {
        return RawRequest.isPhotograph(model, body.segment());
    }

    /**
     * Makes a request of a body that is nothing but the data of the model's only input.
     *
     * <p>Who owns the body afterwards is as with {@link #read}.
     *
     * @throws InferenceException INVALID_ARG if the model's inputs do not let the tensor be deduced
     */
    public ClientRequest readRaw(ModelSignature model, InputMemory inputs, TensorBuffer body)
            throws InferenceException {
        return readRaw(model, inputs, body, true);
    }

    /**
     * The same of a photograph, to which the answer is JSON.
     *
     * @throws InferenceException INVALID_ARG if it is too large
     */
    public ClientRequest readPhotograph(ModelSignature model, InputMemory inputs, TensorBuffer body)
            throws InferenceException {
        return readRaw(model, inputs, body, false);
    }

    private ClientRequest readRaw(ModelSignature model, InputMemory inputs, TensorBuffer body, boolean binaryOutputs)
            throws InferenceException {
        RequestMemory held = new RequestMemory(inputs, shared, body);
        return held.orRelease(() -> new RawRequest(model, held, maxInputSize).of(held.body(), binaryOutputs));
    }

    /**
     * Reads the flat JSON of a generate request: members named like an input of the model are its tensors, all others
     * its parameters.
     *
     * <p>Who owns the body afterwards is as with {@link #read}.
     *
     * @throws InferenceException INTERNAL where the body is not the JSON it should be, INVALID_ARG where a value does
     *     not fit its input or is too large
     */
    public ClientRequest readGenerate(ModelSignature model, InputMemory inputs, TensorBuffer body)
            throws InferenceException {
        long length = body.segment().byteSize();
        checkJsonSize(length);
        RequestMemory held = new RequestMemory(inputs, shared, body);
        return explained(body.segment(), GENERATE, () -> held.orRelease(() -> {
            JsonScanner scanner = new JsonScanner(body.segment(), length, limits);
            TensorDataReader data = new TensorDataReader(scanner, held, maxInputSize);
            return new GenerateRequestParser(model, scanner, data, held).parse();
        }));
    }

    private interface Reading<T> {
        T read() throws InferenceException;
    }

    private static <T> T explained(MemorySegment json, String expected, Reading<T> reading) throws InferenceException {
        try {
            return reading.read();
        } catch (InferenceException e) {
            throw BodyKind.explain(e, json, expected);
        }
    }

    private void checkJsonSize(long jsonLength) throws InferenceException {
        long limit = Math.min(maxInputSize, Integer.MAX_VALUE);
        if (jsonLength > limit) {
            throw new InferenceException(ErrorCode.INVALID_ARG,
                    "Request JSON size of " + jsonLength + " bytes exceeds the maximum allowed value of " + limit
                            + " bytes. Use --http-max-input-size to increase the limit.");
        }
    }
}
