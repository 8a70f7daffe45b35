package io.nereid.backend.onnxruntime.binding;

import io.nereid.inference.InferenceException;

import java.lang.foreign.MemorySegment;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/** Puts the types of inputs and outputs that are no tensors into words. Used by one thread. */
final class TypeText {
    private static final int TENSOR = 1;
    private static final int SEQUENCE = 2;
    private static final int MAP = 3;
    private static final int SPARSE_TENSOR = 5;
    private static final int OPTIONAL = 6;

    private final OrtApi api;
    private final MemorySegment out;

    /** Calls answer into {@code out}, eight bytes that are nobody else's meanwhile. */
    TypeText(OrtApi api, MemorySegment out) {
        this.api = api;
        this.out = out;
    }

    /** Whether the type is a tensor's. */
    boolean isTensor(long type) throws InferenceException {
        return kind(type) == TENSOR;
    }

    /** The type, as {@code a sequence of maps from INT64 to FLOAT}. */
    String of(long type) throws InferenceException {
        return (kind(type) == OPTIONAL ? "an " : "a ") + of(type, "");
    }

    private String of(long type, String plural) throws InferenceException {
        return switch (kind(type)) {
            case TENSOR -> elementType(type) + " tensor" + plural;
            case SEQUENCE -> "sequence" + plural + " of " + element(type);
            case MAP -> "map" + plural + keyAndValue(type);
            case SPARSE_TENSOR -> "sparse tensor" + plural;
            case OPTIONAL -> "optional value" + plural;
            default -> "value" + plural + " of a kind that has no name";
        };
    }

    private int kind(long type) throws InferenceException {
        api.call(OrtFunction.GET_ONNX_TYPE_FROM_TYPE_INFO, type, out.address());
        return out.get(JAVA_INT, 0);
    }

    private String elementType(long type) throws InferenceException {
        long tensor = ask(OrtFunction.CAST_TYPE_INFO_TO_TENSOR_INFO, type);
        api.call(OrtFunction.GET_TENSOR_ELEMENT_TYPE, tensor, out.address());
        return ElementType.name(out.get(JAVA_INT, 0));
    }

    private String element(long type) throws InferenceException {
        long sequence = ask(OrtFunction.CAST_TYPE_INFO_TO_SEQUENCE_TYPE_INFO, type);
        long element = ask(OrtFunction.GET_SEQUENCE_ELEMENT_TYPE, sequence);
        try {
            return of(element, "s");
        } finally {
            api.release(OrtFunction.RELEASE_TYPE_INFO, element);
        }
    }

    private String keyAndValue(long type) throws InferenceException {
        long map = ask(OrtFunction.CAST_TYPE_INFO_TO_MAP_TYPE_INFO, type);
        api.call(OrtFunction.GET_MAP_KEY_TYPE, map, out.address());
        String key = ElementType.name(out.get(JAVA_INT, 0));
        long value = ask(OrtFunction.GET_MAP_VALUE_TYPE, map);
        try {
            return " from " + key + " to " + (isTensor(value) ? elementType(value) : of(value, "s"));
        } finally {
            api.release(OrtFunction.RELEASE_TYPE_INFO, value);
        }
    }

    private long ask(int function, long object) throws InferenceException {
        api.call(function, object, out.address());
        return out.get(JAVA_LONG, 0);
    }
}
