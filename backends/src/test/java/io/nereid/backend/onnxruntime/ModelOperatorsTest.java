package io.nereid.backend.onnxruntime;

import io.nereid.inference.DataType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

final class ModelOperatorsTest {
    @TempDir
    private Path folder;

    private ModelOperators read(OnnxModel model) throws IOException {
        return ModelOperators.read(Files.write(folder.resolve("model.onnx"), model.bytes()));
    }

    @Test
    void names_operatorsOfEveryDomain_eachOnceWithItsDomain() throws Exception {
        OnnxModel model = new OnnxModel().node("Neg", "x", "a").node("ai.onnx", "Abs", "a", "b").node("Neg", "b", "c")
                .node("com.microsoft", "Gelu", "c", "y");
        assertThat(read(model).names()).containsExactly("Abs", "Neg", "com.microsoft.Gelu");
    }

    @Test
    void names_weightsBetweenThem_arePassedOver() throws Exception {
        byte[] weights = new byte[1 << 20];
        new Random(1).nextBytes(weights);
        OnnxModel model = new OnnxModel().node("Neg", "x", "a").constant("w", DataType.FP32, weights, 1 << 18)
                .node("Add", "a,w", "y");
        assertThat(read(model).names()).containsExactly("Add", "Neg");
    }

    @Test
    void names_graphsInGraphs_areReadToo() throws Exception {
        OnnxModel inner = new OnnxModel().node("TopK", "x,k", "p,q");
        OnnxModel middle = new OnnxModel().node("Loop", "m,c", "p", inner.asAttribute("body"));
        OnnxModel outer = new OnnxModel().node("If", "c", "y", middle.asAttribute("then_branch"),
                new OnnxModel().node("Neg", "x", "r").asAttribute("else_branch"));
        assertThat(read(outer).names()).containsExactly("If", "Loop", "Neg", "TopK");
    }

    @Test
    void names_functionsOfTheModel_areWhatTheyAreMadeOf() throws Exception {
        OnnxModel model = new OnnxModel().function("own", "Made", "Softmax").node("own", "Made", "x", "a")
                .node("own", "Other", "a", "y");
        assertThat(read(model).names()).containsExactly("Softmax", "own.Other");
    }

    @Test
    void sequenceInputs_lstmOfAnInput_isThatInput() throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, "s", "b", 1L).node("LSTM", "x,w,r", "y")
                .node("LSTM", "x,w,r", "z", OnnxModel.number("hidden_size", 1));
        assertThat(read(model).sequenceInputs()).containsExactly("x");
    }

    @Test
    void sequenceInputs_lstmOfSomethingElseOrInAnotherLayout_areNone() throws Exception {
        OnnxModel computed = new OnnxModel().input("x", DataType.FP32, "s", "b", 1L).node("Neg", "x", "t")
                .node("LSTM", "t,w,r", "y").node("LSTM", "x,w,r", "z");
        OnnxModel batchFirst = new OnnxModel().input("x", DataType.FP32, "b", "s", 1L).node("LSTM", "x,w,r", "y",
                OnnxModel.number("layout", 1));
        assertThat(read(computed).sequenceInputs()).isEmpty();
        assertThat(read(batchFirst).sequenceInputs()).isEmpty();
    }

    @Test
    void read_graphsNestedWithoutEnd_isRefused() {
        OnnxModel model = new OnnxModel().node("Neg", "x", "y");
        for (int i = 0; i < 200; i++) {
            model = new OnnxModel().node("If", "c", "y", model.asAttribute("then_branch"));
        }
        OnnxModel deep = model;
        assertThatThrownBy(() -> read(deep)).isInstanceOf(IOException.class);
    }

    @Test
    void read_anyBrokenFile_isAnErrorOrAModel() throws Exception {
        byte[] whole = new OnnxModel().input("x", DataType.FP32, "n").node("Neg", "x", "y")
                .constant("w", DataType.FP32, new byte[16], 4).bytes();
        Random random = new Random(20261129);
        int refused = 0;
        for (int round = 0; round < 2_000; round++) {
            byte[] broken = Arrays.copyOf(whole, 1 + random.nextInt(whole.length));
            broken[random.nextInt(broken.length)] = (byte) random.nextInt();
            try {
                ModelOperators.read(Files.write(folder.resolve("broken.onnx"), broken));
            } catch (IOException _) {
                refused++;
            }
        }
        assertThat(refused).isBetween(500, 1_999);
    }

    /** Three gigabytes of weights, of which none is read: the file has no blocks there. */
    @Test
    void read_fileOfSeveralGigabytes_readsNoWeights() throws Exception {
        byte[] nodes = new OnnxModel().node("Neg", "x", "y").bytes();
        long weights = 3L << 30;
        Path large = folder.resolve("large.onnx");
        try (RandomAccessFile file = new RandomAccessFile(large.toFile(), "rw")) {
            file.write(nodes);
            file.write((15 << 3) | 2); // a field that no model has
            for (long left = weights; left != 0; left >>>= 7) {
                file.write((int) ((left & 0x7F) | (left > 0x7F ? 0x80 : 0)));
            }
            file.setLength(file.getFilePointer() + weights);
        }
        assertThat(ModelOperators.read(large).names()).containsExactly("Neg");
    }
}
