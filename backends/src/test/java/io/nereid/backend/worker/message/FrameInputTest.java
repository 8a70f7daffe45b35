package io.nereid.backend.worker.message;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class FrameInputTest {
    /** A stream of which each read gives no more than so many bytes, as a pipe does. */
    private static InputStream pieces(byte[] bytes, int most) {
        return new ByteArrayInputStream(bytes) {
            @Override
            public synchronized int read(byte[] target, int offset, int length) {
                return super.read(target, offset, Math.min(length, most));
            }
        };
    }

    private static byte[] frames(int... lengths) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        FrameWriter writer = new FrameWriter(64);
        for (int length : lengths) {
            writer.begin(MessageType.LOG).str("x".repeat(length)).end();
            bytes.write(writer.bytes(), 0, writer.size());
        }
        return bytes.toByteArray();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 7, 100, 8192, 1 << 20})
    void next_framesInPieces_areWhole(int most) throws IOException {
        int[] lengths = {0, 1, 5000, 8191, 20_000, 3, 2_000_000, 17};
        FrameInput in = new FrameInput(pieces(frames(lengths), most));

        for (int length : lengths) {
            FrameReader frame = Objects.requireNonNull(in.next());
            assertThat(frame.str()).hasSize(length);
            frame.end();
        }
        assertThat(in.next()).isNull();
    }

    @Test
    void next_streamEndsWithinAFrame_isMalformed() {
        byte[] whole = frames(10);
        for (int length = 1; length < whole.length; length++) {
            FrameInput in = new FrameInput(new ByteArrayInputStream(whole, 0, length));

            assertThatThrownBy(in::next).isInstanceOf(MalformedFrameException.class)
                    .hasMessageContaining("ends within");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MAX_VALUE, (1 << 28) + 1})
    void next_lengthThatNoFrameHas_isMalformed(int length) {
        byte[] bytes = {(byte) length, (byte) (length >> 8), (byte) (length >> 16), (byte) (length >> 24), 1, 2, 3};
        FrameInput in = new FrameInput(new ByteArrayInputStream(bytes));

        assertThatThrownBy(in::next).isInstanceOf(MalformedFrameException.class).hasMessageContaining("a frame of ");
    }

    @Test
    void location_sharedBySeveral_isReadOfAServerOnly() throws IOException {
        FrameWriter frame = new FrameWriter(64).begin(MessageType.EXECUTE).sharedBySeveral(64, 8).end();
        byte[] bytes = Arrays.copyOf(frame.bytes(), frame.size());

        FrameReader ofServer = Objects.requireNonNull(FrameInput.ofServer(new ByteArrayInputStream(bytes)).next());
        assertThat(ofServer.location()).isEqualTo(new Location.Shared(64, 8));
        FrameReader ofWorker = Objects.requireNonNull(new FrameInput(new ByteArrayInputStream(bytes)).next());
        assertThatThrownBy(ofWorker::location).isInstanceOf(MalformedFrameException.class);
    }
}
