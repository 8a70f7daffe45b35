package io.nereid.backend.onnxruntime.binding;

import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/**
 * A tensor in ONNX Runtime's memory: an output of a run, or strings on their way in. It may outlive its session. Used
 * by one thread at a time.
 */
public final class OrtValue extends NativeObject {
    private final Shape shape;
    private final int elementType;

    private OrtValue(OrtApi api, long address, Shape shape, int elementType) {
        super(api, OrtFunction.RELEASE_VALUE, address);
        this.shape = shape;
        this.elementType = elementType;
    }

    /** A tensor of empty strings. */
    static OrtValue strings(OnnxRuntime runtime, Shape shape) throws InferenceException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            long[] dims = shape.toArray();
            MemorySegment nativeDims = arena.allocate(JAVA_LONG, dims.length + 1L);
            MemorySegment.copy(dims, 0, nativeDims, JAVA_LONG, 0, dims.length);
            runtime.api().createTensor(runtime.allocator(), nativeDims.address(), dims.length, ElementType.STRING,
                    out.address());
            return new OrtValue(runtime.api(), out.get(JAVA_LONG, 0), shape, ElementType.STRING);
        }
    }

    /** Takes over a value that a run has made. */
    static OrtValue output(OrtApi api, long address) throws InferenceException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            api.call(OrtFunction.GET_TENSOR_TYPE_AND_SHAPE, address, out.address());
            long info = out.get(JAVA_LONG, 0);
            try {
                api.call(OrtFunction.GET_TENSOR_ELEMENT_TYPE, info, out.address());
                int elementType = out.get(JAVA_INT, 0);
                api.call(OrtFunction.GET_DIMENSIONS_COUNT, info, out.address());
                long rank = out.get(JAVA_LONG, 0);
                MemorySegment dims = arena.allocate(JAVA_LONG, rank);
                api.call(OrtFunction.GET_DIMENSIONS, info, dims.address(), rank);
                return new OrtValue(api, address, Shape.of(dims.toArray(JAVA_LONG)), elementType);
            } finally {
                api.release(OrtFunction.RELEASE_TENSOR_TYPE_AND_SHAPE_INFO, info);
            }
        } catch (InferenceException e) {
            api.release(OrtFunction.RELEASE_VALUE, address);
            throw e;
        }
    }

    /** The dimensions, as they are. */
    public Shape shape() {
        return shape;
    }

    /** The element type, or null where the protocol has no such type. */
    public @Nullable DataType dataType() {
        return ElementType.dataType(elementType);
    }

    /** The elements, of a tensor that holds no strings. Nobody may touch the segment after {@link #close}. */
    public MemorySegment data(DataType dataType) throws InferenceException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            api().call(OrtFunction.GET_TENSOR_MUTABLE_DATA, address(), out.address());
            return MemorySegment.ofAddress(out.get(JAVA_LONG, 0))
                    .reinterpret(shape.elementCount() * dataType.byteSize());
        }
    }

    /** Bytes of all strings together. */
    public long stringBytes() throws InferenceException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(JAVA_LONG);
            api().call(OrtFunction.GET_STRING_TENSOR_DATA_LENGTH, address(), out.address());
            return out.get(JAVA_LONG, 0);
        }
    }

    /**
     * Copies all strings out, one behind the other.
     *
     * @param content takes {@link #stringBytes} bytes
     * @param starts takes, for each element, the 64-bit offset in {@code content} at which it starts
     */
    public void copyStrings(MemorySegment content, MemorySegment starts) throws InferenceException {
        api().call(OrtFunction.GET_STRING_TENSOR_CONTENT, address(), content.address(), content.byteSize(),
                starts.address(), starts.byteSize() / JAVA_LONG.byteSize());
    }

    /** Makes string number {@code index} {@code byteSize} bytes long, and gives its address through {@code out}. */
    MemorySegment resizedString(long index, long byteSize, MemorySegment out) throws InferenceException {
        api().call(OrtFunction.GET_RESIZED_STRING_TENSOR_ELEMENT_BUFFER, address(), index, byteSize, out.address());
        return MemorySegment.ofAddress(out.get(JAVA_LONG, 0)).reinterpret(byteSize);
    }
}
