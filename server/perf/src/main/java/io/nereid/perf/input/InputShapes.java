package io.nereid.perf.input;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The shapes of one row: the model's, with the sizes that the user gave for dimensions of any size. */
final class InputShapes {
    private InputShapes() {}

    /** The inputs with those shapes instead of their own. */
    static List<ModelTensor> apply(List<ModelTensor> inputs, Map<String, List<Long>> shapes) throws InputException {
        for (String name : shapes.keySet()) {
            if (inputs.stream().noneMatch(input -> input.name().equals(name))) {
                throw new InputException("--shape: got " + name + " (expected an input of the model: "
                        + inputs.stream().map(ModelTensor::name).collect(Collectors.joining(", ")) + ")");
            }
        }
        List<ModelTensor> shaped = new ArrayList<>();
        for (ModelTensor input : inputs) {
            List<Long> shape = shapes.get(input.name());
            shaped.add(shape == null ? input : withShape(input, shape));
        }
        return shaped;
    }

    /** The input with that shape, which must be one that it takes. */
    static ModelTensor withShape(ModelTensor input, List<Long> shape) throws InputException {
        if (!isTaken(input.shape(), shape)) {
            throw new InputException("input " + input.name() + ": got the shape " + ModelTensor.text(shape)
                    + " (expected " + expected(input) + ", without the dimension of the batch)");
        }
        return new ModelTensor(input.name(), input.datatype(), shape, input.optional(), input.shapeTensor());
    }

    /**
     * The input with the shape that so many values make: they say the size of one dimension.
     *
     * @throws InputException where more dimensions are unknown, or none of their sizes makes so many values
     */
    static ModelTensor withElements(ModelTensor input, long elements) throws InputException {
        List<Long> shape = new ArrayList<>(input.shape());
        int unknown = shape.indexOf(ModelTensor.ANY);
        if (unknown >= 0 && unknown == shape.lastIndexOf(ModelTensor.ANY)) {
            shape.set(unknown, 1L);
            long others = TensorSize.elements(input.name(), shape);
            shape.set(unknown, others == 0 ? 0 : elements / others);
        }
        ModelTensor fixed = new ModelTensor(input.name(), input.datatype(), shape, input.optional(),
                input.shapeTensor());
        if (!fixed.isFixed()) {
            throw variable(input);
        }
        long expected = TensorSize.elements(input.name(), shape);
        if (elements != expected) {
            throw new InputException("input " + input.name() + ": got " + elements + " values (expected " + expected
                    + " for the shape " + ModelTensor.text(shape) + ")");
        }
        return fixed;
    }

    static InputException variable(ModelTensor input) {
        String example = input.shape().stream().map(dim -> dim < 0 ? "SIZE" : dim.toString())
                .collect(Collectors.joining(","));
        return new InputException("input " + input.name() + " has a variable dimension (" + expected(input)
                + "): give --shape " + input.name() + ":" + example);
    }

    private static boolean isTaken(List<Long> dims, List<Long> shape) {
        if (dims.size() != shape.size()) {
            return false;
        }
        for (int i = 0; i < dims.size(); i++) {
            long dim = dims.get(i);
            if (shape.get(i) < 0 || (dim >= 0 && dim != shape.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static String expected(ModelTensor input) {
        return input.shape().isEmpty() ? "no dimensions" : ModelTensor.text(input.shape());
    }
}
