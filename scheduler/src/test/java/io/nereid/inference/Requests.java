package io.nereid.inference;

import java.util.List;
import java.util.Map;

/** Requests and responses for tests in which their content does not matter. */
public final class Requests {
    private Requests() {}

    /** A request of {@code batchSize} rows over {@code memory}. */
    public static InferenceRequest of(String id, int batchSize, Lease memory) {
        return new InferenceRequest(id, List.of(), List.of(), batchSize, RequestOptions.DEFAULT, Map.of(), memory);
    }

    /** A request of one row over no memory. */
    public static InferenceRequest of(String id) {
        return of(id, 1, Lease.NONE);
    }

    /** A response without outputs over {@code memory}. */
    public static InferenceResponse response(Lease memory) {
        return new InferenceResponse(List.of(), Map.of(), memory);
    }
}
