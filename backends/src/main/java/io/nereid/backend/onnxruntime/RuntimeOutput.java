package io.nereid.backend.onnxruntime;

import io.nereid.backend.onnxruntime.binding.OrtValue;
import io.nereid.backend.onnxruntime.binding.StringTensor;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorAllocator;
import io.nereid.inference.TensorBuffer;

import java.lang.foreign.MemorySegment;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

/**
 * An output in ONNX Runtime's memory.
 *
 * @param index its number among the outputs
 * @param tensor what it is to be
 * @param value the output; whoever holds the record closes it
 * @param byteSize what it takes in the form in which clients get it
 */
record RuntimeOutput(int index, ModelTensor tensor, OrtValue value, long byteSize) {
    /** Takes over {@code value}. */
    static RuntimeOutput of(int index, ModelTensor tensor, OrtValue value) throws InferenceException {
        try {
            if (value.dataType() != tensor.dataType()) {
                throw new InferenceException(ErrorCode.INTERNAL, "output '" + tensor.name() + "': the model gave "
                        + value.dataType() + " (expected " + tensor.dataType() + ")");
            }
            return new RuntimeOutput(index, tensor, value, tensor.dataType() == DataType.BYTES
                    ? StringTensor.encodedBytes(value)
                    : value.shape().elementCount() * tensor.dataType().byteSize());
        } catch (InferenceException e) {
            value.close();
            throw e;
        }
    }

    /** Copies it to {@code data}, which has its size, to be shared out by rows or {@code scattered}. */
    OutputRows copyTo(MemorySegment data, TensorAllocator memory, boolean scattered) throws InferenceException {
        if (tensor.dataType() != DataType.BYTES) {
            data.copyFrom(value.data(tensor.dataType()));
            return OutputRows.of(tensor, value.shape(), data);
        }
        TensorBuffer starts = memory.allocate(value.shape().elementCount() * JAVA_LONG.byteSize());
        try {
            StringTensor.encode(value, data, starts.segment());
            return scattered ? OutputRows.ofScatteredStrings(tensor, value.shape(), data, starts.segment())
                    : OutputRows.ofStrings(tensor, value.shape(), data, starts.segment());
        } finally {
            starts.release();
        }
    }
}
