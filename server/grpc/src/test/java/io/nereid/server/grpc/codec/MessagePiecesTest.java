package io.nereid.server.grpc.codec;

import com.google.protobuf.ByteString;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InputMemory;
import io.nereid.inference.PoisonedMemory;
import io.nereid.inference.TensorMemory;
import io.nereid.server.grpc.proto.ModelInferRequest;
import io.nereid.server.grpc.proto.ModelInferRequest.InferInputTensor;
import io.nereid.server.protocol.RequestLimits;
import io.nereid.server.sharedmemory.SharedMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.UnaryOperator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** A request reads the same from pieces of every kind that a network may hand out. */
class MessagePiecesTest {
    private static final byte[] DATA = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    private static final byte[] MESSAGE = ModelInferRequest.newBuilder().setModelName("mödel").setId("id")
            .addInputs(InferInputTensor.newBuilder().setName("A").setDatatype("UINT8").addShape(9))
            .addRawInputContents(ByteString.copyFrom(DATA)).build().toByteArray();

    private final TensorMemory memory = new PoisonedMemory(1 << 12, 0);

    @AfterEach
    void everythingIsGivenBack() {
        assertThat(memory.bytesInUse()).isZero();
        memory.close();
    }

    private static MessagePieces pieces(List<ByteBuffer> buffers) {
        Iterator<ByteBuffer> rest = buffers.iterator();
        return () -> rest.hasNext() ? rest.next() : null;
    }

    private void readsTheSame(List<ByteBuffer> buffers) throws InferenceException {
        InferRequestParser parser = parser();
        parser.read(pieces(buffers), MESSAGE.length, (_, _) -> InputMemory.of(memory));
        ReceivedRequest received = parser.complete(1);
        try {
            assertThat(parser.model()).isEqualTo("mödel");
            assertThat(parser.id()).isEqualTo("id");
            assertThat(received.request().inputs().getFirst().data().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(DATA);
        } finally {
            received.request().memory().release();
        }
    }

    private InferRequestParser parser() {
        return new InferRequestParser(memory, new SharedMemory(false), RequestLimits.DEFAULT);
    }

    /** The message cut in three anywhere, with an empty piece before and between, each made by {@code kind}. */
    private void readsInThree(UnaryOperator<ByteBuffer> kind) throws InferenceException {
        for (int first = 0; first <= MESSAGE.length; first++) {
            for (int second = first; second <= MESSAGE.length; second++) {
                List<ByteBuffer> buffers = new ArrayList<>();
                for (byte[] part : List.of(new byte[0], Arrays.copyOf(MESSAGE, first), new byte[0],
                        Arrays.copyOfRange(MESSAGE, first, second),
                        Arrays.copyOfRange(MESSAGE, second, MESSAGE.length))) {
                    buffers.add(kind.apply(ByteBuffer.wrap(part)));
                }
                readsTheSame(buffers);
            }
        }
    }

    @Test
    void next_piecesThatAreCutAnywhere_areOneMessage() throws Exception {
        readsInThree(piece -> piece.order(ByteOrder.BIG_ENDIAN));
    }

    @Test
    void next_piecesWithinLargerDirectBuffers_endAtTheirLimit() throws Exception {
        readsInThree(piece -> ByteBuffer.allocateDirect(piece.remaining() + 7).position(3).put(piece).flip()
                .position(3));
    }

    @Test
    void next_readOnlyPieces_areReadAsOthers() throws Exception {
        readsInThree(ByteBuffer::asReadOnlyBuffer);
    }

    @Test
    void next_bytesBehindTheMessage_areLeftInTheirPiece() throws Exception {
        ByteBuffer piece = ByteBuffer.wrap(Arrays.copyOf(MESSAGE, MESSAGE.length + 5));
        readsTheSame(List.of(piece));
        assertThat(piece.remaining()).isEqualTo(5);
    }

    @Test
    void next_thatFailsAnywhere_failsTheRequestAndLeavesNothingInUse() {
        for (int length = 0; length < MESSAGE.length; length++) {
            ByteBuffer part = ByteBuffer.wrap(MESSAGE, 0, length);
            MessagePieces broken = () -> {
                if (part.hasRemaining()) {
                    return part;
                }
                throw new InferenceException(ErrorCode.CANCELLED, "the client has gone");
            };
            assertThatExceptionOfType(InferenceException.class)
                    .isThrownBy(() -> parser().read(broken, MESSAGE.length, (_, _) -> InputMemory.of(memory)))
                    .withMessage("the client has gone");
            assertThat(memory.bytesInUse()).isZero();
        }
    }

    @Test
    void next_gateThatFailsUnexpectedly_leavesNothingInUse() {
        byte[] named = Arrays.copyOfRange(MESSAGE, 0, 8);
        byte[] late = Arrays.copyOfRange(MESSAGE, 8, MESSAGE.length + 8);
        System.arraycopy(named, 0, late, late.length - 8, 8);
        List<Long> held = new ArrayList<>();
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> parser().read(Pieces.of(late, 4), late.length, (_, _) -> {
                    held.add(memory.bytesInUse());
                    throw new IllegalStateException("a fault");
                }));
        assertThat(held).containsExactly(256L);
    }
}
