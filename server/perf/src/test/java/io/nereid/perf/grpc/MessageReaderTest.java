package io.nereid.perf.grpc;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class MessageReaderTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 4, 5, 6, 100})
    void messages_inPiecesOfAnySize_areFound(int pieceBytes) throws IOException {
        ByteBuffer data = ByteBuffer.allocate(100);
        for (int length : new int[]{0, 3, 20, 0}) {
            data.put((byte) 0).putInt(length).put(new byte[length]);
        }
        data.flip();
        List<Integer> kept = new ArrayList<>();
        MessageReader reader = new MessageReader(message -> kept.add(message.remaining()), 10);
        while (data.hasRemaining()) {
            int count = Math.min(pieceBytes, data.remaining());
            reader.read(data.slice(data.position(), count));
            data.position(data.position() + count);
        }
        assertThat(kept).containsExactly(0, 3, 10, 0);
        assertThat(reader.isBetweenMessages()).isTrue();
    }

    @Test
    void compressedMessage_isRefused() {
        MessageReader reader = new MessageReader(_ -> {
        }, MessageReader.KEPT_BYTES);
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> reader.read(ByteBuffer.wrap(new byte[]{1, 0, 0, 0, 0})))
                .withMessageContaining("compressed");
    }
}
