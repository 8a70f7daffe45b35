package io.nereid.server.grpc.codec;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InputMemory;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.PoisonedMemory;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorMemory;
import io.nereid.server.grpc.proto.InferParameter;
import io.nereid.server.grpc.proto.InferTensorContents;
import io.nereid.server.grpc.proto.ModelInferRequest;
import io.nereid.server.grpc.proto.ModelInferRequest.InferInputTensor;
import io.nereid.server.grpc.proto.ModelInferRequest.InferRequestedOutputTensor;
import io.nereid.server.protocol.ClientRequest;
import io.nereid.server.protocol.RequestLimits;
import io.nereid.server.protocol.RequestedOutput;
import io.nereid.server.sharedmemory.SharedMemory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

/** The parser beside protobuf's own: what both take they read alike, and the parser takes nothing that it does not. */
class InferMessagesTest {
    /** The build takes samples of what {@code mvn -Plong verify} goes through. */
    private static final boolean LONG = Boolean.getBoolean("nereid.tests.long");
    private static final int MESSAGES = LONG ? 20 : 4;
    private static final long SEED = 20261129;

    private final TensorMemory memory = new PoisonedMemory(1 << 20, 0);
    private final SharedMemory regions = new SharedMemory(false);
    private final Random random = new Random(SEED);

    @AfterEach
    void everythingIsGivenBack() {
        assertThat(memory.bytesInUse()).isZero();
        memory.close();
    }

    @Test
    void parse_randomRequests_areWhatProtobufReads() throws Exception {
        for (int round = 0; round < 300; round++) {
            byte[] message = randomRequest().toByteArray();
            assertThat(readAsProtobufDoes(message, 1 + random.nextInt(message.length + 1)))
                    .as("seed %d, request %d", SEED, round).isNull();
        }
    }

    @Test
    void parse_requestCutAnywhere_isRefusedWhereProtobufRefusesIt() throws Exception {
        for (int round = 0; round < MESSAGES; round++) {
            byte[] message = randomRequest().toByteArray();
            for (int length = 0; length < message.length; length++) {
                readAsProtobufDoes(Arrays.copyOf(message, length), 16);
            }
        }
    }

    @Test
    void parse_requestWithOneByteChanged_isRefusedWhereProtobufRefusesIt() throws Exception {
        int taken = 0;
        int refused = 0;
        for (int round = 0; round < MESSAGES; round++) {
            byte[] message = randomRequest().toByteArray();
            for (int at = 0; at < message.length; at++) {
                for (int change : new int[]{1, 2, 8, 0x80, 1 + random.nextInt(255)}) {
                    byte[] changed = message.clone();
                    changed[at] ^= (byte) change;
                    if (readAsProtobufDoes(changed, 16) == null) {
                        taken++;
                    } else {
                        refused++;
                    }
                }
            }
        }
        assertThat(taken).isGreaterThan(1000);
        assertThat(refused).isGreaterThan(1000);
    }

    /** Reads a message; if it is refused returns the error, otherwise it must be what protobuf has read. */
    private @Nullable InferenceException readAsProtobufDoes(byte[] message, int pieceBytes)
            throws InvalidProtocolBufferException {
        InferRequestParser parser = new InferRequestParser(memory, regions, RequestLimits.DEFAULT);
        try {
            parser.read(Pieces.of(message, pieceBytes), message.length, (_, _) -> InputMemory.of(memory));
            ReceivedRequest received = parser.complete(10);
            try {
                isThat(received.request(), parser, ModelInferRequest.parseFrom(message));
            } finally {
                received.request().memory().release();
            }
            return null;
        } catch (InferenceException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG);
            return e;
        } finally {
            assertThat(memory.bytesInUse()).isZero();
        }
    }

    private static void isThat(ClientRequest request, InferRequestParser parser, ModelInferRequest expected) {
        assertThat(parser.model()).isEqualTo(expected.getModelName());
        assertThat(parser.version()).isEqualTo(expected.getModelVersion());
        assertThat(request.id()).isEqualTo(expected.getId());
        Map<String, Object> parameters = new HashMap<>();
        expected.getParametersMap().forEach((name, value) -> parameters.put(name, value(value)));
        assertThat(request.parameters()).isEqualTo(parameters);
        assertThat(request.outputs()).extracting(RequestedOutput::name).containsExactlyElementsOf(
                expected.getOutputsList().stream().map(InferRequestedOutputTensor::getName).toList());
        assertThat(request.inputs()).hasSize(expected.getInputsCount());
        int raw = 0;
        for (int i = 0; i < expected.getInputsCount(); i++) {
            InferInputTensor input = expected.getInputs(i);
            Tensor tensor = request.inputs().get(i);
            assertThat(tensor.name()).isEqualTo(input.getName());
            assertThat(tensor.dataType().name()).isEqualTo(input.getDatatype());
            assertThat(tensor.shape().toArray()).containsExactly(
                    input.getShapeList().stream().mapToLong(Long::longValue).toArray());
            assertThat(tensor.data().toArray(ValueLayout.JAVA_BYTE)).isEqualTo((input.hasContents()
                    ? elements(input.getContents())
                    : expected.getRawInputContents(raw++)).toByteArray());
        }
    }

    private static ParameterValue value(InferParameter value) {
        return switch (value.getParameterChoiceCase()) {
            case BOOL_PARAM -> new ParameterValue.Flag(value.getBoolParam());
            case INT64_PARAM -> new ParameterValue.Int(value.getInt64Param());
            case DOUBLE_PARAM -> new ParameterValue.Real(value.getDoubleParam());
            case STRING_PARAM -> new ParameterValue.Text(value.getStringParam());
            default -> throw new AssertionError("taken, but not for the backend: " + value);
        };
    }

    /** The elements of FP32, BYTES and BOOL as a tensor has them. */
    private static ByteString elements(InferTensorContents contents) {
        ByteString bytes = ByteString.EMPTY;
        for (float value : contents.getFp32ContentsList()) {
            bytes = bytes.concat(fixed32(Float.floatToRawIntBits(value)));
        }
        for (ByteString value : contents.getBytesContentsList()) {
            bytes = bytes.concat(fixed32(value.size())).concat(value);
        }
        for (boolean value : contents.getBoolContentsList()) {
            bytes = bytes.concat(ByteString.copyFrom(new byte[]{(byte) (value ? 1 : 0)}));
        }
        return bytes;
    }

    private static ByteString fixed32(int bits) {
        return ByteString.copyFrom(new byte[]{(byte) bits, (byte) (bits >> 8), (byte) (bits >> 16),
                (byte) (bits >> 24)});
    }

    private ModelInferRequest randomRequest() {
        ModelInferRequest.Builder request = ModelInferRequest.newBuilder().setModelName("m" + random.nextInt(100))
                .setModelVersion("1".repeat(random.nextInt(2))).setId("é".repeat(random.nextInt(3)));
        for (int i = random.nextInt(3); i > 0; i--) {
            request.putParameters("p" + i, randomParameter());
        }
        boolean raw = random.nextBoolean();
        for (int i = random.nextInt(3); i > 0; i--) {
            InferInputTensor.Builder input = InferInputTensor.newBuilder().setName("in" + i)
                    .addAllShape(List.of(random.nextLong(1000), 128L)).setUnknownFields(randomUnknown());
            if (raw) {
                request.addInputs(input.setDatatype("INT8")).addRawInputContents(randomBytes(20));
            } else {
                request.addInputs(randomContents(input));
            }
        }
        for (int i = random.nextInt(3); i > 0; i--) {
            request.addOutputs(InferRequestedOutputTensor.newBuilder().setName("out" + i)
                    .putParameters("other", randomParameter()).setUnknownFields(randomUnknown()));
        }
        return request.setUnknownFields(randomUnknown()).build();
    }

    private InferInputTensor.Builder randomContents(InferInputTensor.Builder input) {
        InferTensorContents.Builder contents = InferTensorContents.newBuilder().setUnknownFields(randomUnknown());
        int kind = random.nextInt(3);
        for (int i = random.nextInt(80); i > 0; i--) {
            switch (kind) {
                case 0 -> contents.addFp32Contents(random.nextFloat());
                case 1 -> contents.addBytesContents(randomBytes(5));
                default -> contents.addBoolContents(random.nextBoolean());
            }
        }
        return input.setDatatype(List.of("FP32", "BYTES", "BOOL").get(kind)).setContents(contents);
    }

    private InferParameter randomParameter() {
        InferParameter.Builder value = InferParameter.newBuilder().setUnknownFields(randomUnknown());
        return switch (random.nextInt(4)) {
            case 0 -> value.setBoolParam(random.nextBoolean()).build();
            case 1 -> value.setInt64Param(random.nextLong() >> random.nextInt(64)).build();
            case 2 -> value.setDoubleParam(random.nextGaussian()).build();
            default -> value.setStringParam("ü".repeat(random.nextInt(4))).build();
        };
    }

    /** Of every wire type but groups, which the parser does not take. */
    private UnknownFieldSet randomUnknown() {
        UnknownFieldSet.Builder unknown = UnknownFieldSet.newBuilder();
        for (int i = random.nextInt(3); i > 0; i--) {
            unknown.mergeField(100 + random.nextInt(1 << random.nextInt(28)), UnknownFieldSet.Field.newBuilder()
                    .addVarint(random.nextLong() >> random.nextInt(64)).addFixed32(random.nextInt())
                    .addFixed64(random.nextLong()).addLengthDelimited(randomBytes(9)).build());
        }
        return unknown.build();
    }

    private ByteString randomBytes(int bound) {
        byte[] bytes = new byte[random.nextInt(bound)];
        random.nextBytes(bytes);
        return ByteString.copyFrom(bytes);
    }
}
