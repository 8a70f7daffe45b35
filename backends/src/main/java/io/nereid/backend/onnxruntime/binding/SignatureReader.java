package io.nereid.backend.onnxruntime.binding;

import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/** Reads the signature of one session. Used by one thread and closed at once. */
final class SignatureReader implements AutoCloseable {
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment out = arena.allocate(ADDRESS);
    private final OnnxRuntime runtime;
    private final OrtApi api;
    private final long session;

    SignatureReader(OnnxRuntime runtime, long session) {
        this.runtime = runtime;
        this.api = runtime.api();
        this.session = session;
    }

    List<TensorSignature> inputs() throws InferenceException {
        return signatures(OrtFunction.SESSION_GET_INPUT_COUNT, OrtFunction.SESSION_GET_INPUT_NAME,
                OrtFunction.SESSION_GET_INPUT_TYPE_INFO);
    }

    List<TensorSignature> overridableInitializers() throws InferenceException {
        return signatures(OrtFunction.SESSION_GET_OVERRIDABLE_INITIALIZER_COUNT,
                OrtFunction.SESSION_GET_OVERRIDABLE_INITIALIZER_NAME,
                OrtFunction.SESSION_GET_OVERRIDABLE_INITIALIZER_TYPE_INFO);
    }

    /** A graph may list an output twice, which is one output all the same. */
    List<TensorSignature> outputs() throws InferenceException {
        return signatures(OrtFunction.SESSION_GET_OUTPUT_COUNT, OrtFunction.SESSION_GET_OUTPUT_NAME,
                OrtFunction.SESSION_GET_OUTPUT_TYPE_INFO).stream().distinct().toList();
    }

    @Override
    public void close() {
        arena.close();
    }

    private List<TensorSignature> signatures(int countFunction, int nameFunction, int typeFunction)
            throws InferenceException {
        api.call(countFunction, session, out.address());
        long count = result();
        List<TensorSignature> signatures = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            signatures.add(signature(name(nameFunction, i), typeFunction, i));
        }
        return List.copyOf(signatures);
    }

    private String name(int function, long index) throws InferenceException {
        api.call(function, session, index, runtime.allocator(), out.address());
        long name = result();
        String text = OrtApi.text(name);
        api.call(OrtFunction.ALLOCATOR_FREE, runtime.allocator(), name);
        return text;
    }

    private TensorSignature signature(String name, int function, long index) throws InferenceException {
        api.call(function, session, index, out.address());
        long type = result();
        try {
            TypeText text = new TypeText(api, out);
            if (!text.isTensor(type)) {
                return TensorSignature.ofOther(name, text.of(type));
            }
            api.call(OrtFunction.CAST_TYPE_INFO_TO_TENSOR_INFO, type, out.address());
            return tensorSignature(name, result());
        } finally {
            api.release(OrtFunction.RELEASE_TYPE_INFO, type);
        }
    }

    private TensorSignature tensorSignature(String name, long info) throws InferenceException {
        api.call(OrtFunction.GET_TENSOR_ELEMENT_TYPE, info, out.address());
        int elementType = out.get(JAVA_INT, 0);
        if (!api.hasShape(info)) {
            return TensorSignature.ofAnyRank(name, elementType);
        }
        api.call(OrtFunction.GET_DIMENSIONS_COUNT, info, out.address());
        long rank = result();
        if (rank == 0) {
            return TensorSignature.of(name, elementType, Shape.SCALAR, List.of());
        }
        MemorySegment dims = arena.allocate(JAVA_LONG, rank);
        api.call(OrtFunction.GET_DIMENSIONS, info, dims.address(), rank);
        MemorySegment symbols = arena.allocate(ADDRESS, rank);
        api.call(OrtFunction.GET_SYMBOLIC_DIMENSIONS, info, symbols.address(), rank);
        return TensorSignature.of(name, elementType, Shape.of(dims.toArray(JAVA_LONG)), texts(symbols, rank));
    }

    private static List<String> texts(MemorySegment pointers, long count) {
        List<String> texts = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            texts.add(OrtApi.text(pointers.getAtIndex(JAVA_LONG, i)));
        }
        return List.copyOf(texts);
    }

    private long result() {
        return out.get(JAVA_LONG, 0);
    }
}
