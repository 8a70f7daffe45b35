package io.nereid.server.inference;

import io.nereid.inference.DataType;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.OutputPlace;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorData;
import io.nereid.inference.TensorMemory;
import io.nereid.server.protocol.ModelSignature;
import io.nereid.server.protocol.OutputTarget;
import io.nereid.server.protocol.RequestedOutput;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

/** Outputs that a model has left at their target, and those that it has not. */
final class RequestedResponseTest {
    private static final long REGION = 0x7000;

    private final TensorMemory memory = new TensorMemory(1 << 20, 0);
    private final ModelSignature model = new ModelSignature("m", "onnxruntime", 0, List.of(), List.of());
    private final List<String> written = new ArrayList<>();
    private final OutputTarget target = new OutputTarget() {
        @Override
        public OutputPlace place() {
            return new OutputPlace.Given(TensorData.cuda(1, REGION, 64));
        }

        @Override
        public boolean writesSlowly() {
            return true;
        }

        @Override
        public void write(String output, MemorySegment data) {
            written.add(output + data.byteSize());
        }

        @Override
        public void release() {
            written.add("released");
        }
    };
    private final RequestedResponse requested = new RequestedResponse(
            List.of(new RequestedOutput("y", true, 0, target), new RequestedOutput("z", true, 0)));

    @AfterEach
    void nothingIsHeld() {
        memory.close();
    }

    private InferenceResponse response(TensorData y) {
        TensorData z = TensorData.pooled(Arena.ofAuto().allocate(4));
        return new InferenceResponse(List.of(new Tensor("y", DataType.FP32, Shape.of(4), y),
                new Tensor("z", DataType.FP32, Shape.of(1), z)), Map.of(), Lease.NONE);
    }

    private InferenceResponse shaped(TensorData y) throws Exception {
        return requested.shape(model, response(y), memory);
    }

    @Test
    void shape_outputAtItsTarget_isNotWrittenAgain() throws Exception {
        TensorData there = TensorData.cuda(1, REGION, 16);
        assertThat(requested.shapesSlowly(response(there))).isFalse();
        List<Tensor> outputs = shaped(there).outputs();
        assertThat(written).isEmpty();
        assertThat(outputs.getFirst().byteSize()).isZero();
        assertThat(outputs.getFirst().shape()).isEqualTo(Shape.of(4));
        assertThat(outputs.getLast().byteSize()).isEqualTo(4);
    }

    @Test
    void shape_outputInHostMemory_isWritten() throws Exception {
        TensorData host = TensorData.pooled(Arena.ofAuto().allocate(16));
        assertThat(requested.shapesSlowly(response(host))).isTrue();
        assertThat(shaped(host).outputs().getFirst().byteSize()).isZero();
        assertThat(written).containsExactly("y16");
    }
}
