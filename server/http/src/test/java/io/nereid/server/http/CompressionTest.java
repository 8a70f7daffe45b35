package io.nereid.server.http;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.nereid.inference.PoisonedMemory;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;
import io.nereid.server.http.connection.HttpReply;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class CompressionTest {
    private final TensorMemory memory = new PoisonedMemory(1 << 26, 0);

    @AfterEach
    void nothingIsLeft() {
        assertThat(memory.bytesInUse()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void decompress_whatCompressMade_isTheSame(Compression coding) throws InferenceException {
        byte[] plain = new byte[300_000];
        Random random = new Random(1);
        for (int i = 0; i < plain.length; i++) {
            plain[i] = (byte) random.nextInt(4);
        }
        TensorBuffer compressed = compressed(coding, plain);
        TensorBuffer back = coding.decompress(compressed, memory, plain.length);
        assertThat(back.segment().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(plain);
        back.release();
        compressed.release();
    }

    @ParameterizedTest
    @EnumSource
    void decompress_moreThanTheLimit_invalid(Compression coding) throws InferenceException {
        TensorBuffer bomb = compressed(coding, new byte[1_000_000]);
        assertThatThrownBy(() -> coding.decompress(bomb, memory, 999_999))
                .hasMessageContaining("exceeds the maximum allowed value of 999999 bytes")
                .isInstanceOfSatisfying(InferenceException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG));
        bomb.release();
    }

    @ParameterizedTest
    @EnumSource
    void decompress_noSuchFormat_invalid(Compression coding) throws InferenceException {
        for (byte[] wrong : List.of(new byte[0], new byte[]{1, 2, 3}, new byte[100])) {
            TensorBuffer body = memory.allocate(wrong.length);
            body.segment().copyFrom(MemorySegment.ofArray(wrong));
            assertThatThrownBy(() -> coding.decompress(body, memory, 1000))
                    .hasMessageStartingWith("request body is no valid " + coding.token() + " data");
            body.release();
        }
    }

    @Test
    void ofRequest_unknownCoding_unsupported() throws InferenceException {
        assertThat(Compression.ofRequest(null)).isNull();
        assertThat(Compression.ofRequest("identity")).isNull();
        assertThat(Compression.ofRequest("GZIP")).isEqualTo(Compression.GZIP);
        assertThatThrownBy(() -> Compression.ofRequest("br")).hasMessage("Unsupported compression type");
        assertThatThrownBy(() -> Compression.refuse(new DefaultHttpHeaders().set("content-encoding", "br"), "they"))
                .hasMessageStartingWith("Unsupported content-encoding, only 'identity' is supported.")
                .extracting(e -> ((InferenceException) e).code()).isEqualTo(ErrorCode.INVALID_ARG);
    }

    @ParameterizedTest
    @CsvSource(nullValues = "-", textBlock = """
            -,                              -
            '',                             -
            gzip,                           GZIP
            'deflate, gzip',                DEFLATE
            'gzip, deflate',                GZIP
            'gzip;q=0.2, deflate;q=0.9',    DEFLATE
            'identity, gzip;q=0.5',         -
            'gzip;q=0',                     -
            'br, *',                        -
            'gzip;q=x, deflate;q=0.1',      DEFLATE
            """)
    void preferred_weights_highestWinsThenFirst(@Nullable String header, @Nullable Compression expected) {
        assertThat(Compression.preferred(header)).isEqualTo(expected);
    }

    private TensorBuffer compressed(Compression coding, byte[] plain) throws InferenceException {
        AtomicInteger released = new AtomicInteger();
        MemorySegment half = MemorySegment.ofBuffer(ByteBuffer.allocateDirect(plain.length / 2));
        half.copyFrom(MemorySegment.ofArray(plain).asSlice(plain.length - half.byteSize()));
        ByteBuf first = UnpooledByteBufAllocator.DEFAULT.buffer().writeBytes(plain, 0,
                plain.length - (int) half.byteSize());
        Lease lease = released::incrementAndGet;
        HttpReply reply = coding.compress(
                new HttpReply(HttpResponseStatus.OK, HttpReply.JSON, List.of(), first, List.of(half), lease),
                UnpooledByteBufAllocator.DEFAULT);
        assertThat(released).hasValue(1);
        assertThat(reply.headers()).contains(new HttpReply.Header("Content-Encoding", coding.token()));
        byte[] bytes = ByteBufUtil.getBytes(reply.body());
        reply.release();
        TensorBuffer buffer = memory.allocate(bytes.length);
        buffer.segment().copyFrom(MemorySegment.ofArray(bytes));
        return buffer;
    }
}
