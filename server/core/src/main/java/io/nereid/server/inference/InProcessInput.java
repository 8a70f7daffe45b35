package io.nereid.server.inference;

import io.nereid.inference.DataType;
import io.nereid.inference.ElementLayout;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

/**
 * An input that a program gave: what it takes in tensor memory, and how it gets there.
 *
 * @param byteSize of the elements in tensor memory
 * @param writer puts the elements, little-endian and row-major, at the beginning of a segment of at least that size
 */
record InProcessInput(String name, DataType type, Shape shape, long byteSize, Consumer<MemorySegment> writer) {
    private static final int LENGTH_BYTES = Integer.BYTES;

    /** The tensor of it, written to the beginning of {@code memory}. */
    Tensor writeTo(MemorySegment memory) {
        MemorySegment place = memory.asSlice(0, byteSize);
        writer.accept(place);
        return new Tensor(name, type, shape, place);
    }

    static InProcessInput of(String name, float[] elements, Shape shape) {
        return new InProcessInput(name, DataType.FP32, shape, (long) elements.length * Float.BYTES,
                to -> MemorySegment.copy(elements, 0, to, ElementLayout.FLOAT, 0, elements.length));
    }

    static InProcessInput of(String name, double[] elements, Shape shape) {
        return new InProcessInput(name, DataType.FP64, shape, (long) elements.length * Double.BYTES,
                to -> MemorySegment.copy(elements, 0, to, ElementLayout.DOUBLE, 0, elements.length));
    }

    static InProcessInput of(String name, int[] elements, Shape shape) {
        return new InProcessInput(name, DataType.INT32, shape, (long) elements.length * Integer.BYTES,
                to -> MemorySegment.copy(elements, 0, to, ElementLayout.INT, 0, elements.length));
    }

    static InProcessInput of(String name, long[] elements, Shape shape) {
        return new InProcessInput(name, DataType.INT64, shape, (long) elements.length * Long.BYTES,
                to -> MemorySegment.copy(elements, 0, to, ElementLayout.LONG, 0, elements.length));
    }

    static InProcessInput of(String name, boolean[] elements, Shape shape) {
        return new InProcessInput(name, DataType.BOOL, shape, elements.length, to -> {
            for (int i = 0; i < elements.length; i++) {
                to.set(JAVA_BYTE, i, (byte) (elements[i] ? 1 : 0));
            }
        });
    }

    static InProcessInput of(String name, String[] elements, Shape shape) {
        return of(name, Arrays.stream(elements).map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new), shape);
    }

    static InProcessInput of(String name, byte[][] elements, Shape shape) {
        long byteSize = Arrays.stream(elements).mapToLong(element -> (long) LENGTH_BYTES + element.length).sum();
        return new InProcessInput(name, DataType.BYTES, shape, byteSize, to -> {
            long at = 0;
            for (byte[] element : elements) {
                to.set(ElementLayout.INT, at, element.length);
                MemorySegment.copy(element, 0, to, JAVA_BYTE, at + LENGTH_BYTES, element.length);
                at += LENGTH_BYTES + element.length;
            }
        });
    }
}
