package io.nereid.server.grpc.codec;

import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

class EncodedMessageTest {
    private static final int CHUNK = 16 << 10;

    private final Random random = new Random(20261129);

    private byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, CHUNK / 4 - 1, CHUNK / 4, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK})
    void writeTo_tensorsBetweenBytes_comeInTheirOrder(int tensorBytes) throws IOException {
        byte[] head = bytes(30);
        byte[] first = bytes(tensorBytes);
        byte[] second = bytes(tensorBytes);
        EncodedMessage message = new EncodedMessage(head, 25, List.of(
                new EncodedMessage.Part(10, MemorySegment.ofArray(first)),
                new EncodedMessage.Part(10, MemorySegment.ofArray(second))));
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        expected.write(head, 0, 10);
        expected.write(first);
        expected.write(second);
        expected.write(head, 10, 15);
        for (int time = 0; time < 2; time++) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            message.writeTo(out);
            assertThat(out.toByteArray()).isEqualTo(expected.toByteArray());
            assertThat(message.length()).isEqualTo(out.size());
        }
    }

    @Test
    void writeTo_largeTensor_goesInPartsOfOneChunk() throws IOException {
        List<Integer> parts = new ArrayList<>();
        OutputStream out = new ByteArrayOutputStream() {
            @Override
            public synchronized void write(byte[] bytes, int offset, int length) {
                parts.add(length);
            }
        };
        new EncodedMessage(new byte[2], 2, List.of(new EncodedMessage.Part(2, MemorySegment.ofArray(
                bytes(2 * CHUNK + 5))))).writeTo(out);
        assertThat(parts).containsExactly(2, CHUNK, CHUNK, 5, 0);
    }

    @Test
    void writeTo_streamThatFails_failsWithItsError() {
        OutputStream broken = new OutputStream() {
            @Override
            public void write(int oneByte) throws IOException {
                throw new IOException("connection reset");
            }
        };
        EncodedMessage message = new EncodedMessage(new byte[0], 0,
                List.of(new EncodedMessage.Part(0, MemorySegment.ofArray(bytes(9)))));
        assertThatIOException().isThrownBy(() -> message.writeTo(broken)).withMessage("connection reset");
    }

    /** A tensor of that size that nobody reads: only its length is looked at. */
    @SuppressWarnings("restricted")
    private static InferenceResponse responseOf(long byteSize) {
        Tensor tensor = new Tensor("A", DataType.UINT8, Shape.of(byteSize), MemorySegment.NULL.reinterpret(byteSize));
        return new InferenceResponse(List.of(tensor), Map.of(), Lease.NONE);
    }

    @Test
    void encode_responseOfTheLongestMessageThereMayBe_isTaken_oneByteMoreIsNot() throws InferenceException {
        InferResponseEncoder.Answered answered = new InferResponseEncoder.Answered("m", "1", "");
        long around = InferResponseEncoder.unary(answered, responseOf(Integer.MAX_VALUE - 100)).length()
                - (Integer.MAX_VALUE - 100);
        long most = Integer.MAX_VALUE - around;
        assertThat(InferResponseEncoder.unary(answered, responseOf(most)).length()).isEqualTo(Integer.MAX_VALUE);
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> InferResponseEncoder.unary(answered, responseOf(most + 1)))
                .withMessage("the response has 2147483648 bytes, more than a gRPC message can have (2147483647); ask "
                        + "for fewer outputs, or for shared memory")
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.INTERNAL));
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> InferResponseEncoder.streamed(answered, responseOf(most), true))
                .withMessageStartingWith("the response has 21474836");
    }
}
