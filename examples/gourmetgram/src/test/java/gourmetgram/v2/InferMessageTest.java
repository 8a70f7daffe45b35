package gourmetgram.v2;

import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class InferMessageTest {
    private static final WireTensor INPUT = WireTensor.of("input", List.of(1L, 2L), new float[]{1, -2});

    @Test
    void request_isAHeadAndTheElementsBehindIt() {
        byte[] head = InferMessage.head(INPUT, List.of("output"));
        assertThat(new String(head, StandardCharsets.UTF_8)).isEqualTo("{\"inputs\":[{\"name\":\"input\","
                + "\"datatype\":\"FP32\",\"shape\":[1,2],\"parameters\":{\"binary_data_size\":8}}],"
                + "\"outputs\":[{\"name\":\"output\",\"parameters\":{\"binary_data\":true}}]}");
        byte[] body = InferMessage.body(head, INPUT);
        ByteBuffer elements = ByteBuffer.wrap(body, head.length, 8).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(body).hasSize(head.length + 8).startsWith(head);
        assertThat(elements.getFloat()).isEqualTo(1);
        assertThat(elements.getFloat()).isEqualTo(-2);
    }

    @Test
    void answer_isReadInTheOrderThatWasAsked() throws InferenceException {
        String head = "{\"outputs\":[{\"name\":\"a\",\"datatype\":\"BYTES\",\"shape\":[1],\"parameters\":"
                + "{\"binary_data_size\":6}},{\"name\":\"b\",\"datatype\":\"FP32\",\"shape\":[1],\"parameters\":"
                + "{\"binary_data_size\":4}}]}";
        byte[] headBytes = head.getBytes(StandardCharsets.UTF_8);
        byte[] body = ByteBuffer.allocate(headBytes.length + 10).order(ByteOrder.LITTLE_ENDIAN).put(headBytes)
                .putInt(2).put((byte) 'h').put((byte) 'i').putFloat(0.5f).array();
        List<WireTensor> outputs = InferMessage.outputs(body, Optional.of(Integer.toString(headBytes.length)),
                List.of("b", "a"));
        assertThat(outputs.getFirst().floats()).containsExactly(0.5f);
        assertThat(outputs.getLast().firstText()).isEqualTo("hi");
    }

    @Test
    void whatIsNoAnswer_isAnError() {
        byte[] tooShort = ("{\"outputs\":[{\"name\":\"a\",\"datatype\":\"FP32\",\"parameters\":"
                + "{\"binary_data_size\":4}}]}").getBytes(StandardCharsets.UTF_8);
        byte[] none = "{}".getBytes(StandardCharsets.UTF_8);
        byte[] noJson = "<html>".getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> InferMessage.outputs(tooShort, Optional.empty(), List.of("a")))
                .isInstanceOf(InferenceException.class);
        assertThatThrownBy(() -> InferMessage.outputs(none, Optional.of("9"), List.of()))
                .isInstanceOf(InferenceException.class);
        assertThatThrownBy(() -> InferMessage.outputs(none, Optional.of("x"), List.of()))
                .isInstanceOf(InferenceException.class);
        assertThatThrownBy(() -> InferMessage.outputs(noJson, Optional.empty(), List.of()))
                .isInstanceOf(InferenceException.class);
        assertThatThrownBy(() -> InferMessage.outputs(none, Optional.empty(), List.of("a")))
                .isInstanceOf(InferenceException.class).hasMessageContaining("has no output 'a'");
    }

    @Test
    void aTensorOfAnotherType_isAnError() {
        WireTensor text = WireTensor.ofOne("text", List.of(1L), new byte[]{'h', 'i'});
        assertThatThrownBy(text::floats).isInstanceOf(InferenceException.class)
                .hasMessageContaining("the model server's 'text': got 6 bytes of BYTES (expected FP32)");
        assertThatThrownBy(INPUT::firstText).isInstanceOf(InferenceException.class);
        WireTensor lying = new WireTensor("text", "BYTES", List.of(1L), ByteBuffer.wrap(new byte[]{9, 0, 0, 0, 'x'}));
        assertThatThrownBy(lying::firstText).isInstanceOf(InferenceException.class);
    }
}
