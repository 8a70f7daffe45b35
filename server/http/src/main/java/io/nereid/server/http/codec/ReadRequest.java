package io.nereid.server.http.codec;

import io.nereid.inference.InferenceException;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.Tensor;
import io.nereid.server.protocol.ClientRequest;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A request as it was read, but for the data of inputs that lie in shared memory: they are copied by {@link
 * #complete}, since how much that is only shows when the request is read. Its owner calls that once. Not thread-safe:
 * handed from thread to thread.
 */
public final class ReadRequest {
    private final ClientRequest request;
    private final List<MissingData> missing;

    ReadRequest(ClientRequest request, List<MissingData> missing) {
        this.request = request;
        this.missing = missing;
    }

    /** A request of which nothing is missing. */
    public static ReadRequest whole(ClientRequest request) {
        return new ReadRequest(request, List.of());
    }

    /**
     * An input whose data is still to be copied.
     *
     * @param index its place among the inputs
     * @param from where the data is
     * @param memory what the copy is held with
     */
    record MissingData(int index, RegionSlice from, RequestMemory memory) {
        Tensor copyInto(Tensor input) throws InferenceException {
            return new Tensor(input.name(), input.dataType(), input.shape(), memory.shared(from, input.dataType()));
        }
    }

    /** How many bytes {@link #complete} copies; no promise that there are so many. */
    public long bytesToCopy() {
        long bytes = 0;
        for (MissingData input : missing) {
            long size = input.memory().bytesToCopy(input.from(), request.inputs().get(input.index()).dataType());
            bytes = size > Long.MAX_VALUE - bytes ? Long.MAX_VALUE : bytes + size;
        }
        return bytes;
    }

    /** The same request with these parameters beside its own. */
    public ReadRequest withParameters(Map<String, ParameterValue> more) {
        return more.isEmpty() ? this : new ReadRequest(request.withParameters(more), missing);
    }

    /**
     * The whole request. Takes as long as copying does.
     *
     * @throws InferenceException NOT_FOUND or INVALID_ARG if an input is not where the request says, UNAVAILABLE if
     *     there is no memory for it; everything the request holds is released then, its body too
     */
    public ClientRequest complete() throws InferenceException {
        if (missing.isEmpty()) {
            return request;
        }
        try {
            List<Tensor> inputs = new ArrayList<>(request.inputs());
            for (MissingData input : missing) {
                inputs.set(input.index(), input.copyInto(inputs.get(input.index())));
            }
            return request.withInputs(inputs);
        } catch (InferenceException | RuntimeException | Error e) {
            request.release();
            throw e;
        }
    }
}
