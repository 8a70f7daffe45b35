package io.nereid.server.http.codec;

import io.nereid.backend.image.decode.ImageFormat;
import io.nereid.inference.DataType;
import io.nereid.inference.ElementLayout;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorData;
import io.nereid.server.protocol.ClientRequest;
import io.nereid.server.protocol.ModelSignature;
import io.nereid.server.protocol.RequestValidator;
import io.nereid.server.protocol.TensorSpec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;

/** Makes a request of a body that is nothing but the data of a model's only input. */
final class RawRequest {
    private static final ValueLayout.OfInt LENGTH_PREFIX = ElementLayout.INT;

    private final ModelSignature model;
    private final RequestMemory memory;
    private final long maxInputSize;

    RawRequest(ModelSignature model, RequestMemory memory, long maxInputSize) {
        this.model = model;
        this.memory = memory;
        this.maxInputSize = maxInputSize;
    }

    /**
     * Whether a body is a photograph for that model: an image file of a known format, where the only input is one
     * string, so that it cannot be meant as anything else.
     */
    static boolean isPhotograph(ModelSignature model, MemorySegment body) {
        if (model.inputs().size() != 1 || ImageFormat.of(body) == null) {
            return false;
        }
        TensorSpec input = model.inputs().getFirst();
        return input.dataType() == DataType.BYTES && dims(model, input).equals(Shape.of(1));
    }

    private static Shape dims(ModelSignature model, TensorSpec input) {
        return model.batches() ? input.shape().tail() : input.shape();
    }

    /** @param binaryOutputs whether all outputs are answered as binary tensors; else as JSON */
    ClientRequest of(TensorData body, boolean binaryOutputs) throws InferenceException {
        if (body.length() > maxInputSize) {
            throw invalid("Raw input has a byte_size (" + body.length()
                    + ") that exceeds the maximum allowed value of " + maxInputSize
                    + " bytes. Use --http-max-input-size to increase the limit.");
        }
        if (model.inputs().size() != 1) {
            throw RequestValidator.withId("",
                    invalid("Raw request must only have 1 input (found 1) to be deduced but got "
                            + model.inputs().size() + " inputs in '" + model.model() + "' model configuration"));
        }
        TensorSpec input = model.inputs().getFirst();
        Shape dims = dims(model, input);
        if (input.dataType() == DataType.BYTES) {
            checkOneString(input, dims);
        } else {
            dims = deduced(input, dims, body.length());
        }
        Shape shape = model.batches() ? dims.prepend(1) : dims;
        TensorData data = input.dataType() == DataType.BYTES ? withLength(body.segment()) : body;
        Tensor tensor = new Tensor(input.name(), input.dataType(), shape, data);
        return new ClientRequest("", List.of(tensor), List.of(), binaryOutputs, RequestOptions.DEFAULT, Map.of(),
                memory);
    }

    private static void checkOneString(TensorSpec input, Shape dims) throws InferenceException {
        if (!dims.equals(Shape.of(1))) {
            throw invalid("For BYTE datatype raw input '" + input.name() + "', the model must have input shape [1]");
        }
    }

    /** The body as the only element of a BYTES tensor. */
    private TensorData withLength(MemorySegment body) throws InferenceException {
        TensorBuffer buffer = memory.allocate(LENGTH_PREFIX.byteSize() + body.byteSize());
        MemorySegment data = buffer.segment();
        data.set(LENGTH_PREFIX, 0, (int) body.byteSize());
        MemorySegment.copy(body, 0, data, LENGTH_PREFIX.byteSize(), body.byteSize());
        return buffer.data();
    }

    /** The shape with its dimension of any size chosen so that it holds the body's elements. */
    private static Shape deduced(TensorSpec input, Shape shape, long byteSize) throws InferenceException {
        long[] dims = shape.toArray();
        int variable = -1;
        long fixed = 1;
        for (int i = 0; i < dims.length; i++) {
            if (dims[i] != Shape.ANY) {
                fixed = product(input, fixed, dims[i]);
            } else if (variable < 0) {
                variable = i;
            } else {
                throw invalid("The shape of the raw input '" + input.name()
                        + "' can not be deduced because there are more than one variable-sized dimension");
            }
        }
        if (variable >= 0) {
            dims[variable] = fixed == 0 ? 0 : byteSize / input.dataType().byteSize() / fixed;
        }
        return Shape.of(dims);
    }

    private static long product(TensorSpec input, long fixed, long dim) throws InferenceException {
        if (Math.multiplyHigh(fixed, dim) != 0 || fixed * dim < 0) {
            throw invalid("The shape of the raw input '" + input.name()
                    + "' can not be deduced because its fixed dimensions have more elements than can be counted");
        }
        return fixed * dim;
    }

    private static InferenceException invalid(String text) {
        return new InferenceException(ErrorCode.INVALID_ARG, text);
    }
}
