package io.nereid.server.protocol;

import io.nereid.inference.DataType;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

import static io.nereid.inference.ElementLayout.DOUBLE;
import static io.nereid.inference.ElementLayout.FLOAT;
import static io.nereid.inference.ElementLayout.INT;
import static io.nereid.inference.ElementLayout.LONG;
import static io.nereid.inference.ElementLayout.SHORT;

/**
 * Finds the largest elements of a row in one pass: a heap holds as many as are wanted, the least of them on top, and an
 * element that is not above it costs one comparison. Not thread-safe; one object serves all rows of a tensor.
 */
final class LargestElements {

    private final DataType type;
    private final long[] keys;
    private final int[] indices;
    private int size;

    /** Finds {@code wanted} elements of a type that has an order; a row has at least as many. */
    LargestElements(DataType type, int wanted) {
        this.type = type;
        this.keys = new long[wanted];
        this.indices = new int[wanted];
    }

    /** The indices of the largest of {@code count} elements, largest first; valid until the next call. */
    int[] of(MemorySegment elements, int count) {
        size = 0;
        for (int i = 0; i < count; i++) {
            long key = key(elements, i);
            if (size < keys.length) {
                rise(size++, key, i);
            } else if (size > 0 && key > keys[0]) {
                sink(key, i);
            }
        }
        sortLargestFirst();
        return indices;
    }

    /** A number that is larger where the element is; the same for both zeros, the least for NaN. */
    private long key(MemorySegment elements, long i) {
        return switch (type) {
            case INT8 -> elements.get(ValueLayout.JAVA_BYTE, i);
            case INT16 -> elements.get(SHORT, i * Short.BYTES);
            case INT32 -> elements.get(INT, i * Integer.BYTES);
            case INT64 -> elements.get(LONG, i * Long.BYTES);
            case UINT8 -> elements.get(ValueLayout.JAVA_BYTE, i) & 0xFF;
            case UINT16 -> elements.get(SHORT, i * Short.BYTES) & 0xFFFF;
            case UINT32 -> elements.get(INT, i * Integer.BYTES) & 0xFFFF_FFFFL;
            case UINT64 -> elements.get(LONG, i * Long.BYTES) ^ Long.MIN_VALUE;
            case FP32 -> key(elements.get(FLOAT, i * Float.BYTES));
            case FP64 -> key(elements.get(DOUBLE, i * Double.BYTES));
            case BOOL, FP16, BF16, BYTES -> throw new IllegalStateException(type + " has no order");
        };
    }

    private static long key(double value) {
        if (Double.isNaN(value)) {
            return Long.MIN_VALUE;
        }
        long bits = Double.doubleToRawLongBits(value + 0.0);
        return bits ^ ((bits >> 63) & Long.MAX_VALUE);
    }

    /** Whether one element comes after another in the result: it is smaller, or as large and further behind. */
    private static boolean isAfter(long key, int index, long otherKey, int otherIndex) {
        return key < otherKey || (key == otherKey && index > otherIndex);
    }

    private void rise(int from, long key, int index) {
        int at = from;
        while (at > 0) {
            int parent = (at - 1) >>> 1;
            if (!isAfter(key, index, keys[parent], indices[parent])) {
                break;
            }
            put(at, keys[parent], indices[parent]);
            at = parent;
        }
        put(at, key, index);
    }

    /** Puts an element in place of the one on top. */
    private void sink(long key, int index) {
        int at = 0;
        while (2 * at + 1 < size) {
            int child = 2 * at + 1;
            if (child + 1 < size && isAfter(keys[child + 1], indices[child + 1], keys[child], indices[child])) {
                child++;
            }
            if (!isAfter(keys[child], indices[child], key, index)) {
                break;
            }
            put(at, keys[child], indices[child]);
            at = child;
        }
        put(at, key, index);
    }

    /** Takes the least off the heap and puts it behind what is left, until nothing is. */
    private void sortLargestFirst() {
        while (size > 1) {
            size--;
            long least = keys[0];
            int leastIndex = indices[0];
            sink(keys[size], indices[size]);
            put(size, least, leastIndex);
        }
    }

    private void put(int at, long key, int index) {
        keys[at] = key;
        indices[at] = index;
    }
}
