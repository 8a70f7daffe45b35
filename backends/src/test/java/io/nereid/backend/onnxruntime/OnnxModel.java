package io.nereid.backend.onnxruntime;

import io.nereid.backend.ModelVersion;
import io.nereid.inference.DataType;
import io.nereid.inference.Shape;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes small ONNX models: the few fields of the format that the tests need, in protobuf's wire form. */
public final class OnnxModel {
    private static final int IR_VERSION = 9;
    private static final int OPSET = 19;
    private static final String ML_DOMAIN = "ai.onnx.ml";

    private final Message graph = new Message().text(2, "test");
    private final Message functions = new Message();
    private int opset = OPSET;

    /** The dimensions of a tensor, with a batch dimension called {@code batch} in front where asked for. */
    public static Object[] shape(boolean batching, Shape dims) {
        Object[] shape = new Object[dims.rank() + (batching ? 1 : 0)];
        for (int i = 0; i < dims.rank(); i++) {
            shape[shape.length - dims.rank() + i] = dims.dim(i) == Shape.ANY ? "any" + i : dims.dim(i);
        }
        if (batching) {
            shape[0] = "batch";
        }
        return shape;
    }

    /** Adds an input; a dimension is a number, or the name of one of any size, empty where it has no name. */
    public OnnxModel input(String name, DataType type, Object... shape) {
        graph.message(11, value(name, elementType(type), shape));
        return this;
    }

    /** Adds an output. */
    public OnnxModel output(String name, DataType type, Object... shape) {
        graph.message(12, value(name, elementType(type), shape));
        return this;
    }

    /** Adds an output of an element type by ONNX's number. */
    public OnnxModel rawOutput(String name, int elementType, Object... shape) {
        graph.message(12, value(name, elementType, shape));
        return this;
    }

    /** Adds an output that is a sequence of tensors. */
    public OnnxModel sequenceOutput(String name, DataType type) {
        Message tensor = new Message().number(1, elementType(type));
        Message sequence = new Message().message(1, new Message().message(1, tensor));
        graph.message(12, new Message().text(1, name).message(2, new Message().message(4, sequence)));
        return this;
    }

    /** Adds an input whose number of dimensions is open too. */
    public OnnxModel inputOfAnyRank(String name, DataType type) {
        graph.message(11, valueOfAnyRank(name, type));
        return this;
    }

    /** Adds an output whose number of dimensions is open too. */
    public OnnxModel outputOfAnyRank(String name, DataType type) {
        graph.message(12, valueOfAnyRank(name, type));
        return this;
    }

    private static Message valueOfAnyRank(String name, DataType type) {
        return new Message().text(1, name)
                .message(2, new Message().message(1, new Message().number(1, elementType(type))));
    }

    /** Adds an output as scikit-learn's classifiers have it: for each row of {@code scores} a map from 0, 1 to them. */
    public OnnxModel zipMap(String scores, String name) {
        Message value = new Message().message(1, new Message().number(1, elementType(DataType.FP32)));
        Message map = new Message().message(5,
                new Message().number(1, elementType(DataType.INT64)).message(2, value));
        graph.message(12, new Message().text(1, name)
                .message(2, new Message().message(4, new Message().message(1, map))));
        Message labels = new Message().text(1, "classlabels_int64s").number(8, 0).number(8, 1).number(20, 7);
        graph.message(1, new Message().text(1, scores).text(2, name).text(4, "ZipMap").message(5, labels).text(7,
                ML_DOMAIN));
        return this;
    }

    /** Adds a constant: little-endian data. */
    public OnnxModel constant(String name, DataType type, byte[] data, long... dims) {
        Message tensor = new Message();
        for (long dim : dims) {
            tensor.number(1, dim);
        }
        graph.message(5, tensor.number(2, elementType(type)).text(8, name).bytes(9, data));
        return this;
    }

    /** Adds a constant whose data are a file's, from its beginning. */
    public OnnxModel externalConstant(String name, DataType type, String location, long... dims) {
        Message tensor = new Message();
        for (long dim : dims) {
            tensor.number(1, dim);
        }
        graph.message(5, tensor.number(2, elementType(type)).text(8, name)
                .message(13, new Message().text(1, "location").text(2, location)).number(14, 1));
        return this;
    }

    /** Is of another version of ONNX's operators. */
    public OnnxModel opset(int version) {
        opset = version;
        return this;
    }

    /** Adds an operator; inputs are separated by commas, and so are outputs. */
    public OnnxModel node(String operator, String inputs, String outputs, Message... attributes) {
        return node("", operator, inputs, outputs, attributes);
    }

    /** Adds an operator of a domain. */
    public OnnxModel node(String domain, String operator, String inputs, String outputs, Message... attributes) {
        graph.message(1, nodeMessage(domain, operator, inputs, outputs, attributes));
        return this;
    }

    /** Adds a function of the model's own, of one input, one output and one operator between them. */
    public OnnxModel function(String domain, String name, String operator) {
        functions.message(25, new Message().text(1, name).text(4, "in").text(5, "out")
                .message(7, nodeMessage("", operator, "in", "out")).message(9, opsetMessage("", opset))
                .text(10, domain));
        functions.message(8, opsetMessage(domain, 1));
        return this;
    }

    private static Message opsetMessage(String domain, int version) {
        return new Message().text(1, domain).number(2, version);
    }

    private static Message nodeMessage(String domain, String operator, String inputs, String outputs,
            Message... attributes) {
        Message node = new Message();
        for (String input : inputs.split(",", -1)) {
            node.text(1, input);
        }
        for (String output : outputs.split(",", -1)) {
            node.text(2, output);
        }
        node.text(4, operator);
        for (Message attribute : attributes) {
            node.message(5, attribute);
        }
        return domain.isEmpty() ? node : node.text(7, domain);
    }

    /** The graph of this model as an attribute of another's operator. */
    public Message asAttribute(String name) {
        return new Message().text(1, name).message(6, graph).number(20, 5);
    }

    /** An attribute that is a list of whole numbers. */
    public static Message numbers(String name, long... values) {
        Message attribute = new Message().text(1, name);
        for (long value : values) {
            attribute.number(8, value);
        }
        return attribute.number(20, 7);
    }

    /** An attribute that is a whole number. */
    public static Message number(String name, long value) {
        return new Message().text(1, name).number(3, value).number(20, 2);
    }

    /** Writes {@code 1/model.onnx} into the model's directory. */
    public ModelVersion writeTo(Path directory, String model) throws IOException {
        Path version = Files.createDirectories(directory.resolve("1"));
        Files.write(version.resolve("model.onnx"), bytes());
        return new ModelVersion(model, 1, directory, version);
    }

    /** The file. */
    public byte[] bytes() {
        return new Message().number(1, IR_VERSION).message(7, graph)
                .message(8, opsetMessage("", opset)).message(8, opsetMessage(ML_DOMAIN, 1))
                .message(8, opsetMessage("com.microsoft", 1)).append(functions).toByteArray();
    }

    private static Message value(String name, int elementType, Object... shape) {
        Message dims = new Message();
        for (Object dim : shape) {
            dims.message(1, dim instanceof Number size ? new Message().number(1, size.longValue())
                    : dim.equals("") ? new Message() : new Message().text(2, dim.toString()));
        }
        Message tensor = new Message().number(1, elementType).message(2, dims);
        return new Message().text(1, name).message(2, new Message().message(1, tensor));
    }

    private static int elementType(DataType type) {
        return switch (type) {
            case FP32 -> 1;
            case UINT8 -> 2;
            case INT8 -> 3;
            case UINT16 -> 4;
            case INT16 -> 5;
            case INT32 -> 6;
            case INT64 -> 7;
            case BYTES -> 8;
            case BOOL -> 9;
            case FP16 -> 10;
            case FP64 -> 11;
            case UINT32 -> 12;
            case UINT64 -> 13;
            case BF16 -> 16;
        };
    }

    /** A protobuf message in the making. */
    public static final class Message {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        /** Adds a varint field. */
        public Message number(int field, long value) {
            varint((long) field << 3);
            varint(value);
            return this;
        }

        /** Adds a string field. */
        public Message text(int field, String value) {
            return bytes(field, value.getBytes(StandardCharsets.UTF_8));
        }

        /** Adds a message field. */
        public Message message(int field, Message value) {
            return bytes(field, value.toByteArray());
        }

        /** Adds a bytes field. */
        public Message bytes(int field, byte[] value) {
            varint(((long) field << 3) | 2);
            varint(value.length);
            out.writeBytes(value);
            return this;
        }

        private Message append(Message fields) {
            out.writeBytes(fields.toByteArray());
            return this;
        }

        private byte[] toByteArray() {
            return out.toByteArray();
        }

        private void varint(long value) {
            long left = value;
            while ((left & ~0x7FL) != 0) {
                out.write((int) ((left & 0x7F) | 0x80));
                left >>>= 7;
            }
            out.write((int) left);
        }
    }
}
