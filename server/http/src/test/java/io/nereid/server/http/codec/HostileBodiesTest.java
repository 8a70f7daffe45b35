package io.nereid.server.http.codec;

import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InputMemory;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;
import io.nereid.server.protocol.ClientRequest;
import io.nereid.server.protocol.ModelSignature;
import io.nereid.server.protocol.RequestLimits;
import io.nereid.server.sharedmemory.SharedMemory;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

/** Mutations of valid bodies: each is read or refused with an error for the client, and leaves no memory behind. */
class HostileBodiesTest {
    private static final long SEED = 42_2026_11;
    private static final int ROUNDS = 30_000;
    private static final String[] VALID = {
            "{\"inputs\":[{\"name\":\"INPUT0\",\"shape\":[1,4],\"datatype\":\"FP32\",\"data\":[1.0,2.5,-3.0,4.25e-3]}],"
                    + "\"id\":\"req\"}",
            "{\"id\":\"\\u00e9\\ud83d\\ude00\",\"parameters\":{\"sequence_id\":7,\"timeout\":100,\"x\":0.5},\"inputs\":"

                    + "[{\"data\":[[\"hi\",\"\\n\"],[\"\",\"é\"]],\"name\":\"s\",\"datatype\":\"BYTES\",\"shape\":[2,2]}]}",
            "{\"inputs\":[{\"name\":\"a\",\"shape\":[3],\"datatype\":\"UINT8\",\"parameters\":{\"binary_data_size\":3}},"
                    + "{\"name\":\"b\",\"shape\":[2],\"datatype\":\"INT64\",\"data\":[-1,9223372036854775807]}],"
                    + "\"outputs\":[{\"name\":\"o\",\"parameters\":{\"binary_data\":true,\"classification\":2}}]}",
            "{\"PROMPT\":\"text\",\"INPUT0\":[1,NaN,-Infinity],\"parameters\":{\"k\":true},\"id\":\"7\"}"};
    private static final byte[] TOKENS = "{}[]:,\"\\0123456789.eE+-truefalsnIiyu \u0000\n\u007f"
            .getBytes(StandardCharsets.UTF_8);
    private static final ModelSignature MODEL = Bodies.model(4, Bodies.spec("PROMPT", DataType.BYTES, -1, 1),
            Bodies.spec("INPUT0", DataType.FP32, -1, -1));

    private final Random random = new Random(SEED);
    private final TensorMemory memory = Bodies.memory();
    private final InferRequestReader reader = new InferRequestReader(new SharedMemory(false), 1 << 16,
            RequestLimits.DEFAULT);

    @Test
    void everyReader_mutatedBodies_readOrRefusedAndNothingLeaked() throws InferenceException {
        int read = 0;
        for (int round = 0; round < ROUNDS; round++) {
            byte[] body = mutated(VALID[round % VALID.length].getBytes(StandardCharsets.UTF_8));
            int jsonLength = random.nextInt(4) == 0 ? random.nextInt(body.length + 3) - 1 : body.length;
            read += survives(Arrays.copyOf(body, body.length + random.nextInt(5)), jsonLength) ? 1 : 0;
            read += generateSurvives(body) ? 1 : 0;
            if (memory.bytesInUse() != 0) {
                assertThat(memory.bytesInUse())
                        .as("bytes left by round %s: %s", round, new String(body, StandardCharsets.UTF_8))
                        .isZero();
            }
        }
        assertThat(read).as("some mutations are harmless").isGreaterThan(ROUNDS / 100);
    }

    @Test
    void read_everyPrefixOfAValidBody_isRefused() throws InferenceException {
        for (String valid : Arrays.copyOf(VALID, 3)) {
            byte[] body = valid.getBytes(StandardCharsets.UTF_8);
            for (int length = 0; length < body.length; length++) {
                assertThat(survives(Arrays.copyOf(body, length), length)).isFalse();
            }
        }
        assertThat(memory.bytesInUse()).isZero();
    }

    private boolean survives(byte[] bytes, int jsonLength) throws InferenceException {
        TensorBuffer body = Bodies.of(memory, bytes);
        return finish(body, () -> reader.read("m", InputMemory.of(memory), body, jsonLength).complete());
    }

    private boolean generateSurvives(byte[] bytes) throws InferenceException {
        TensorBuffer body = Bodies.of(memory, bytes);
        return finish(body, () -> reader.readGenerate(MODEL, InputMemory.of(memory), body));
    }

    private static boolean finish(TensorBuffer body, Reading reading) {
        ClientRequest request;
        try {
            request = reading.read();
        } catch (InferenceException e) {
            assertThat(e.text()).isNotEmpty();
            body.release();
            return false;
        }
        for (Tensor input : request.inputs()) {
            long expected = input.shape().elementCount() * input.dataType().byteSize();
            boolean fromJson = input.dataType().isFixedSize() && !input.name().equals("a");
            if (fromJson && input.byteSize() != expected && input.byteSize() != 0) {
                assertThat(input.data().address()).as("only binary tensors may differ from their shape")
                        .isBetween(body.segment().address(), body.segment().address() + body.segment().byteSize());
            }
        }
        request.memory().release();
        return true;
    }

    private byte[] mutated(byte[] valid) {
        byte[] body = valid.clone();
        int changes = random.nextInt(4);
        for (int i = 0; i < changes; i++) {
            body = switch (random.nextInt(6)) {
                case 0 -> replaced(body, (byte) random.nextInt());
                case 1, 2 -> replaced(body, TOKENS[random.nextInt(TOKENS.length)]);
                case 3 -> spliced(body, random.nextInt(body.length + 1), 1 + random.nextInt(8), 0);
                case 4 -> spliced(body, random.nextInt(body.length + 1), 0, 1 + random.nextInt(30));
                default -> Arrays.copyOf(body, Math.max(1, random.nextInt(body.length + 1)));
            };
            body = body.length == 0 ? new byte[]{'{'} : body;
        }
        return body;
    }

    private byte[] replaced(byte[] body, byte by) {
        byte[] changed = body.clone();
        changed[random.nextInt(body.length)] = by;
        return changed;
    }

    /** The body without {@code cut} bytes at {@code at}, and {@code copied} bytes of another place there instead. */
    private byte[] spliced(byte[] body, int at, int cut, int copied) {
        int from = random.nextInt(body.length);
        int length = Math.min(copied, body.length - from);
        int rest = Math.min(body.length, at + cut);
        byte[] changed = Arrays.copyOf(body, at + length + body.length - rest);
        System.arraycopy(body, from, changed, at, length);
        System.arraycopy(body, rest, changed, at + length, body.length - rest);
        return changed;
    }

    /** Reads the body under test. */
    private interface Reading {
        ClientRequest read() throws InferenceException;
    }
}
