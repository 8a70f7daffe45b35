package io.nereid.backend;

import io.nereid.inference.Shape;

import java.util.List;

/**
 * Changes the shape of a tensor between what clients see and what the model sees, element for element the same. The
 * batch dimension, where there is one, stays in front; dimensions of any size keep their sizes, in their order.
 */
public final class Reshape {
    /** Leaves every shape as it is. */
    public static final Reshape NONE = new Reshape(List.of(), List.of(), 0, true);

    private final long[] from;
    private final long[] to;
    private final int kept;
    private final boolean none;

    private Reshape(List<Long> from, List<Long> to, int kept, boolean none) {
        this.from = from.stream().mapToLong(Long::longValue).toArray();
        this.to = to.stream().mapToLong(Long::longValue).toArray();
        this.kept = kept;
        this.none = none;
    }

    /**
     * From one shape to another, neither with the batch dimension; both have as many dimensions of any size.
     *
     * @param batching whether the tensors have a batch dimension
     */
    public static Reshape of(List<Long> from, List<Long> to, boolean batching) {
        return from.equals(to) ? NONE : new Reshape(from, to, batching ? 1 : 0, false);
    }

    /** The other shape of a tensor of shape {@code shape}, which must fit the first one. */
    public Shape apply(Shape shape) {
        if (none) {
            return shape;
        }
        if (shape.rank() != kept + from.length) {
            throw new IllegalArgumentException(
                    "shape " + shape + " (expected " + (kept + from.length) + " dimensions)");
        }
        long[] dims = new long[kept + to.length];
        if (kept == 1) {
            dims[0] = shape.dim(0);
        }
        int next = 0;
        for (int i = 0; i < to.length; i++) {
            if (to[i] == Shape.ANY) {
                next = nextOpen(next);
                dims[kept + i] = shape.dim(kept + next);
                next++;
            } else {
                dims[kept + i] = to[i];
            }
        }
        return Shape.of(dims);
    }

    /** The same, but a shape that does not fit the first one, of a model that breaks its word, stays as it is. */
    public Shape applyWhereFits(Shape shape) {
        return fits(shape) ? apply(shape) : shape;
    }

    private boolean fits(Shape shape) {
        if (none || shape.rank() != kept + from.length) {
            return false;
        }
        for (int i = 0; i < from.length; i++) {
            if (from[i] != Shape.ANY && from[i] != shape.dim(kept + i)) {
                return false;
            }
        }
        return true;
    }

    private int nextOpen(int start) {
        int index = start;
        while (from[index] != Shape.ANY) {
            index++;
        }
        return index;
    }
}
