package io.nereid.backend;

import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.PoisonedMemory;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.scheduler.instance.Batch;
import io.nereid.scheduler.instance.ModelInstance;
import org.junit.jupiter.api.Test;

import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** A backend that writes too little: what the tests of all backends see of it, and what clients do. */
final class UnwrittenMemoryTest {
    private static final String CONFIG = """
            backend: "short" max_batch_size: 0
            input { name: "x" data_type: TYPE_UINT8 dims: 1 }
            output { name: "y" data_type: TYPE_UINT8 dims: 4 }
            """;

    private final TensorMemory memory = new PoisonedMemory(1 << 20, 1 << 20);

    @Test
    void close_responseWithUnwrittenMemory_fails() throws Exception {
        RunningModel model = start(memory::allocate);
        model.runOne(request()).memory().release();

        assertThatThrownBy(model::close).isInstanceOf(AssertionError.class)
                .hasMessage("byte 1 of 4 of tensor 'y' was never written");
        assertThat(memory.bytesInUse()).isZero();
    }

    @Test
    void allocateZeroed_responseWrittenInPart_isZeroElsewhere() throws Exception {
        try (RunningModel model = start(memory::allocateZeroed)) {
            InferenceResponse response = model.runOne(request());

            assertThat(Requests.data(Requests.output(response, "y"))).containsExactly(7, 0, 0, 0);
            response.memory().release();
        }
        assertThat(memory.bytesInUse()).isZero();
    }

    private InferenceRequest request() throws InferenceException {
        return Requests.in(memory).input("x", DataType.UINT8, Shape.of(1), new byte[]{7}).build();
    }

    private static RunningModel start(Allocator allocator) throws InferenceException {
        return RunningModel.start(new ShortBackend(allocator), new ModelVersion("m", 1, Path.of("m"), Path.of("m/1")),
                RunningModel.config("m", CONFIG));
    }

    /** Where the output comes from. */
    @FunctionalInterface
    private interface Allocator {
        TensorBuffer allocate(long byteSize) throws InferenceException;
    }

    /** Answers with four bytes, of which it writes the first. */
    private record ShortBackend(Allocator allocator) implements Backend {
        @Override
        public String name() {
            return "short";
        }

        @Override
        public BackendModel load(ModelVersion version, ModelConfig config) {
            return new BackendModel() {
                @Override
                public ModelInstance createInstance(InstancePlacement placement) {
                    return new ShortInstance(placement, allocator);
                }

                @Override
                public void close() {
                    // it holds nothing
                }
            };
        }

        @Override
        public void close() {
            // it holds nothing
        }
    }

    private record ShortInstance(InstancePlacement placement, Allocator allocator) implements ModelInstance {
        @Override
        public String name() {
            return placement.name();
        }

        @Override
        public int gpu() {
            return placement.gpu();
        }

        @Override
        public void execute(Batch batch) throws InferenceException {
            for (int i = 0; i < batch.size(); i++) {
                TensorBuffer buffer = allocator.allocate(4);
                buffer.segment().set(ValueLayout.JAVA_BYTE, 0, (byte) 7);
                batch.respond(i, new InferenceResponse(
                        List.of(new Tensor("y", DataType.UINT8, Shape.of(4), buffer.segment())), Map.of(), buffer));
            }
        }

        @Override
        public void close() {
            // it holds nothing
        }
    }
}
