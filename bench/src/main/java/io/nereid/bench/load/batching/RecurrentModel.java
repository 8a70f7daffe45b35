package io.nereid.bench.load.batching;

import io.nereid.backend.onnxruntime.OnnxModel;
import io.nereid.backend.onnxruntime.OnnxModel.Message;
import io.nereid.inference.DataType;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;

/**
 * A gated recurrent unit over many time steps, of small operators, a few numbers wide: its cost is ONNX Runtime's for
 * every operator of every step and hardly grows with the rows of the batch. {@code x [batch, STEPS, 1]}, {@code y
 * [batch, HIDDEN]}: the last state.
 */
final class RecurrentModel {
    static final int STEPS = 768;
    static final int HIDDEN = 16;

    private static final int GATES = 3;
    private static final int ATTRIBUTE_GRAPH = 5;
    private static final int ATTRIBUTE_INTS = 7;
    private static final int FLOAT = 1;
    private static final long SEED = 11;

    private RecurrentModel() {}

    /** The file. The first step's projection is the first state. */
    static byte[] bytes() {
        Random random = new Random(SEED);
        return new OnnxModel().input("x", DataType.FP32, "batch", STEPS, 1).output("y", DataType.FP32, "batch", HIDDEN)
                .constant("W", DataType.FP32, floats(random, GATES * HIDDEN), 1, GATES * HIDDEN)
                .constant("R", DataType.FP32, floats(random, HIDDEN * GATES * HIDDEN), HIDDEN, GATES * HIDDEN)
                .constant("first", DataType.INT64, new byte[Long.BYTES])
                .node("MatMul", "x,W", "projected")
                .node("Gather", "projected,first", "gates", OnnxModel.number("axis", 1))
                .node("Split", "gates", "state,g1,g2", OnnxModel.number("axis", -1),
                        OnnxModel.number("num_outputs", GATES))
                .node("Scan", "state,projected", "y", OnnxModel.number("num_scan_inputs", 1),
                        ints("scan_input_axes", 1), new Message().text(1, "body").message(6, step())
                                .number(20, ATTRIBUTE_GRAPH))
                .bytes();
    }

    /** One time step: state {@code h} and this step's projection {@code p} give the next state {@code after}. */
    private static Message step() {
        return new Message().text(2, "step")
                .message(1, node("MatMul", "h,R", "hR"))
                .message(1, split("hR", "hz,hr,hn"))
                .message(1, split("p", "pz,pr,pn"))
                .message(1, node("Add", "pz,hz", "z_sum"))
                .message(1, node("Sigmoid", "z_sum", "z"))
                .message(1, node("Add", "pr,hr", "r_sum"))
                .message(1, node("Sigmoid", "r_sum", "r"))
                .message(1, node("Mul", "r,hn", "reset"))
                .message(1, node("Add", "pn,reset", "n_sum"))
                .message(1, node("Tanh", "n_sum", "n"))
                .message(1, node("Sub", "h,n", "change"))
                .message(1, node("Mul", "z,change", "kept"))
                .message(1, node("Add", "n,kept", "after"))
                .message(11, value("h")).message(11, value("p")).message(12, value("after"));
    }

    private static Message split(String input, String outputs) {
        return node("Split", input, outputs).message(5, OnnxModel.number("axis", -1))
                .message(5, OnnxModel.number("num_outputs", GATES));
    }

    private static Message node(String operator, String inputs, String outputs) {
        Message node = new Message();
        for (String input : inputs.split(",", -1)) {
            node.text(1, input);
        }
        for (String output : outputs.split(",", -1)) {
            node.text(2, output);
        }
        return node.text(4, operator);
    }

    private static Message value(String name) {
        Message tensor = new Message().number(1, FLOAT);
        return new Message().text(1, name).message(2, new Message().message(1, tensor));
    }

    private static Message ints(String name, long value) {
        return new Message().text(1, name).number(8, value).number(20, ATTRIBUTE_INTS);
    }

    private static byte[] floats(Random random, int count) {
        ByteBuffer data = ByteBuffer.allocate(count * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            data.putFloat((float) (random.nextGaussian() / 4));
        }
        return data.array();
    }
}
