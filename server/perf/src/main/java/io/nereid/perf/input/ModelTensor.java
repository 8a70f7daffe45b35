package io.nereid.perf.input;

import java.util.List;
import java.util.stream.Collectors;

/**
 * An input or an output of a model.
 *
 * @param shape of one row: without the dimension of the batch; -1 is a dimension of any size
 * @param optional whether a request may leave it out
 * @param shapeTensor whether its values are a shape: it is the same for all rows and has no dimension of the batch
 */
public record ModelTensor(String name, Datatype datatype, List<Long> shape, boolean optional, boolean shapeTensor) {
    /** A dimension of any size. */
    public static final long ANY = -1;

    public ModelTensor {
        shape = List.copyOf(shape);
    }

    /** Whether every dimension has a size. */
    public boolean isFixed() {
        return shape.stream().allMatch(dim -> dim >= 0);
    }

    /** The dimensions as the flag {@code --shape} has them: {@code 3,224,224}. */
    static String text(List<Long> shape) {
        return shape.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
}
