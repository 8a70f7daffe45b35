package io.nereid.perf.grpc;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class StreamAnswerTest {
    private static ProtobufWriter entry(String name, boolean value) {
        return new ProtobufWriter().text(1, name).message(2, new ProtobufWriter().number(1, value ? 1 : 0));
    }

    @Test
    void answer_withOutputs_isNotTheLast() throws IOException {
        ProtobufWriter response = new ProtobufWriter().text(1, "m").text(3, "id")
                .message(4, entry("triton_final_response", false)).message(5, new ProtobufWriter().text(1, "y"));
        assertThat(StreamAnswer.read(new ProtobufWriter().message(2, response).toBytes()))
                .isEqualTo(new StreamAnswer("", true, false));
    }

    @Test
    void emptyAnswer_thatIsTheLast() throws IOException {
        ProtobufWriter response = new ProtobufWriter().text(1, "m").message(4, entry("other", true))
                .message(4, entry("triton_final_response", true));
        assertThat(StreamAnswer.read(new ProtobufWriter().message(2, response).toBytes()))
                .isEqualTo(new StreamAnswer("", false, true));
    }

    @Test
    void error_isItsText() throws IOException {
        assertThat(StreamAnswer.read(new ProtobufWriter().text(1, "no such model").toBytes()).error())
                .isEqualTo("no such model");
    }

    @Test
    void beginning_ofALongAnswer_isEnough() throws IOException {
        ProtobufWriter response = new ProtobufWriter().message(4, entry("triton_final_response", true))
                .message(5, new ProtobufWriter().text(1, "y")).bytes(6, ByteBuffer.allocate(100_000));
        ByteBuffer all = new ProtobufWriter().message(2, response).toBytes();
        assertThat(StreamAnswer.read(all.slice(0, 4096))).isEqualTo(new StreamAnswer("", true, true));
    }

    @Test
    void whatIsNoMessage_isSaid() {
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> StreamAnswer.read(ByteBuffer.wrap(new byte[]{0x0f})));
    }
}
