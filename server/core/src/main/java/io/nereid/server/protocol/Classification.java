package io.nereid.server.protocol;

import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Puts the best classes of an output in its place: a BYTES tensor with {@code value:index} or {@code value:index:label}
 * for each of the largest elements, largest first, per row where the model batches (docs/compatibility.md).
 *
 * <p>Of equal elements the one with the smaller index comes first; NaN comes last. Only the classes asked for are kept
 * while an output is walked through once, so the work is that of reading it. Stateless and thread-safe.
 */
public final class Classification {
    /** More elements than this in a row are refused. */
    static final long MAX_ELEMENTS = 1_000_000;

    private Classification() {}

    /**
     * The response with every output classified for which that is asked; the same one if it is asked for none.
     *
     * <p>The response that is returned owns the memory of the one passed in; if this fails, that one is still the
     * caller's, and nothing else is left allocated.
     *
     * @throws InferenceException INVALID_ARG if an output's type has no order, or a row has too many elements
     */
    public static InferenceResponse apply(ModelSignature model, List<RequestedOutput> requested,
            InferenceResponse response, TensorMemory memory) throws InferenceException {
        if (!isAsked(requested)) {
            return response;
        }
        List<TensorBuffer> buffers = new ArrayList<>();
        List<Tensor> outputs = new ArrayList<>(response.outputs().size());
        boolean complete = false;
        try {
            for (Tensor output : response.outputs()) {
                int classes = classesAsked(requested, output.name());
                outputs.add(classes == 0 ? output : classified(model, output, classes, memory, buffers));
            }
            complete = true;
        } finally {
            if (!complete) {
                buffers.forEach(TensorBuffer::release);
            }
        }
        Lease both = () -> {
            buffers.forEach(TensorBuffer::release);
            response.memory().release();
        };
        return new InferenceResponse(outputs, response.parameters(), both);
    }

    private static boolean isAsked(List<RequestedOutput> requested) {
        for (RequestedOutput output : requested) {
            if (output.classification() > 0) {
                return true;
            }
        }
        return false;
    }

    private static int classesAsked(List<RequestedOutput> requested, String output) {
        for (RequestedOutput asked : requested) {
            if (asked.name().equals(output)) {
                return asked.classification();
            }
        }
        return 0;
    }

    private static Tensor classified(ModelSignature model, Tensor output, int classes, TensorMemory memory,
            List<TensorBuffer> buffers) throws InferenceException {
        checkType(output);
        boolean batched = model.batches() && output.shape().rank() > 0;
        long rows = batched ? output.shape().dim(0) : 1;
        long perRow = batched ? output.shape().tail().elementCount() : output.shape().elementCount();
        if (perRow > MAX_ELEMENTS) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "classification output tensor too large: output '"
                    + output.name() + "' has " + perRow + " elements in a row (expected at most " + MAX_ELEMENTS + ")");
        }
        if (perRow * rows * output.dataType().byteSize() != output.byteSize()) {
            throw new InferenceException(ErrorCode.INTERNAL,
                    "output tensor shape does not match size of output for '" + output.name() + "'");
        }
        int kept = (int) Math.min(classes, perRow);
        TensorSpec spec = model.output(output.name());
        ClassText text = new ClassText(spec == null ? List.of() : spec.labels());
        LargestElements largest = new LargestElements(output.dataType(), kept);
        for (long row = 0; row < rows; row++) {
            long rowBytes = perRow * output.dataType().byteSize();
            MemorySegment elements = output.data().asSlice(row * rowBytes, rowBytes);
            for (int index : largest.of(elements, (int) perRow)) {
                text.add(output.dataType(), elements, index);
            }
        }
        TensorBuffer buffer = memory.allocate(text.byteSize());
        buffers.add(buffer);
        text.copyTo(buffer.segment());
        Shape shape = batched ? Shape.of(rows, kept) : Shape.of(kept);
        return new Tensor(output.name(), DataType.BYTES, shape, buffer.segment());
    }

    private static void checkType(Tensor output) throws InferenceException {
        switch (output.dataType()) {
            case UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP32, FP64 -> {
                // these have an order and a text
            }
            case BOOL, FP16, BF16, BYTES -> throw new InferenceException(ErrorCode.INVALID_ARG,
                    "class result not available for output due to unsupported type '" + output.dataType() + "'");
        }
    }
}
