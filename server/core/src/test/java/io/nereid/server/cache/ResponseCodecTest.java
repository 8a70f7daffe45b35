package io.nereid.server.cache;

import io.nereid.inference.DataType;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.PoisonedMemory;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import static io.nereid.server.cache.TestRequests.data;
import static io.nereid.server.cache.TestRequests.tensor;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ResponseCodecTest {
    private final TensorMemory memory = new PoisonedMemory(1 << 20, 1 << 16);

    @AfterEach
    void everythingIsGivenBack() {
        assertThat(memory.bytesInUse()).isZero();
    }

    private static InferenceResponse everything() {
        return new InferenceResponse(List.of(tensor("OUT", DataType.INT16, Shape.of(2, 1), (byte) 1, (byte) 2, (byte) 3,
                (byte) 4), tensor("NONE", DataType.FP32, Shape.of(0)),
                tensor("SCALAR", DataType.BOOL, Shape.SCALAR,
                        (byte) 1)),
                Map.of("text", new ParameterValue.Text("Grüße"), "whole", new ParameterValue.Int(-3), "flag",
                        new ParameterValue.Flag(true), "real", new ParameterValue.Real(0.1)),
                Lease.NONE);
    }

    @Test
    void read_written_isTheSame() throws Exception {
        InferenceResponse sent = everything();

        InferenceResponse read = ResponseCodec.read(ResponseCodec.write(sent), memory);

        assertThat(read.parameters()).isEqualTo(sent.parameters());
        assertThat(read.outputs()).hasSameSizeAs(sent.outputs());
        for (int i = 0; i < sent.outputs().size(); i++) {
            Tensor output = read.outputs().get(i);
            Tensor expected = sent.outputs().get(i);
            assertThat(output.name()).isEqualTo(expected.name());
            assertThat(output.dataType()).isEqualTo(expected.dataType());
            assertThat(output.shape()).isEqualTo(expected.shape());
            assertThat(data(output)).isEqualTo(data(expected));
        }
        read.memory().release();
    }

    @Test
    void read_cutAnywhere_isAnErrorAndKeepsNothing() {
        byte[] whole = ResponseCodec.write(everything());
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> ResponseCodec.read(cut, memory)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void read_damagedAnywhere_isAnErrorOrAnAnswer() throws Exception {
        byte[] whole = ResponseCodec.write(everything());
        for (int at = 0; at < whole.length; at++) {
            byte[] damaged = whole.clone();
            damaged[at] ^= (byte) 0x80;
            try {
                ResponseCodec.read(damaged, memory).memory().release();
            } catch (IOException e) {
                assertThat(e).hasMessageMatching(".+");
            }
        }
    }
}
