package gourmetgram.v2;

import java.util.List;

/** What a model takes and gives, as the protocol's metadata says. */
public record Signature(List<TensorInfo> inputs, List<TensorInfo> outputs) {
    public Signature {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }

    /**
     * An input or output.
     *
     * @param datatype in the protocol's words: {@code FP32}, {@code BYTES}
     * @param shape with -1 for a dimension that requests choose
     */
    public record TensorInfo(String name, String datatype, List<Long> shape) {
        public TensorInfo {
            shape = List.copyOf(shape);
        }

        /** With one element in each dimension that requests choose. */
        public List<Long> shapeOfOne() {
            return shape.stream().map(dimension -> dimension < 0 ? 1 : dimension).toList();
        }

        @Override
        public String toString() {
            return name + " " + datatype + " " + shape;
        }
    }
}
