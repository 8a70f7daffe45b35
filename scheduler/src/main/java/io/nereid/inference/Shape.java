package io.nereid.inference;

import java.util.Arrays;

/**
 * The dimensions of a tensor, outermost first. A request's shape has no negative dimension; a model's may hold
 * {@link #ANY}, which every size fits.
 */
public final class Shape {
    /** A dimension of any size, in a model's shape. */
    public static final long ANY = -1;

    /** The shape of a scalar: no dimension, one element. */
    public static final Shape SCALAR = new Shape(new long[0]);

    private final long[] dims;

    private Shape(long[] dims) {
        this.dims = dims;
    }

    /** A shape of these dimensions; the array is copied. */
    public static Shape of(long... dims) {
        return dims.length == 0 ? SCALAR : new Shape(dims.clone());
    }

    /** How many dimensions there are. */
    public int rank() {
        return dims.length;
    }

    /** The size of dimension {@code index}, counted from the outermost. */
    public long dim(int index) {
        return dims[index];
    }

    /** The dimensions as a new array. */
    public long[] toArray() {
        return dims.clone();
    }

    /**
     * How many elements a tensor of this shape has.
     *
     * @throws ArithmeticException if there are more than a {@code long} counts, or a dimension is negative
     */
    public long elementCount() {
        long count = 1;
        boolean empty = false;
        for (long dim : dims) {
            if (dim < 0) {
                throw new ArithmeticException("shape " + this + " has no element count");
            }
            empty |= dim == 0;
        }
        if (empty) {
            return 0;
        }
        for (long dim : dims) {
            count = Math.multiplyExact(count, dim);
        }
        return count;
    }

    /** This shape with one more dimension in front of it. */
    public Shape prepend(long dim) {
        long[] longer = new long[dims.length + 1];
        longer[0] = dim;
        System.arraycopy(dims, 0, longer, 1, dims.length);
        return new Shape(longer);
    }

    /** This shape without its outermost dimension, which it must have. */
    public Shape tail() {
        return dims.length == 1 ? SCALAR : new Shape(Arrays.copyOfRange(dims, 1, dims.length));
    }

    /** This shape with another size in its outermost dimension, which it must have. */
    public Shape withFirst(long dim) {
        long[] changed = dims.clone();
        changed[0] = dim;
        return new Shape(changed);
    }

    /**
     * Whether a tensor of shape {@code actual} may stand where this shape is asked for: {@link #ANY} fits every size.
     */
    public boolean accepts(Shape actual) {
        if (actual.dims.length != dims.length) {
            return false;
        }
        for (int i = 0; i < dims.length; i++) {
            if (dims[i] != ANY && dims[i] != actual.dims[i]) {
                return false;
            }
        }
        return true;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(dims);
    }

    /** The dimensions in brackets without spaces, as Triton prints them: {@code [-1,3,224,224]}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("[");
        for (int i = 0; i < dims.length; i++) {
            text.append(i == 0 ? "" : ",").append(dims[i]);
        }
        return text.append(']').toString();
    }
}
