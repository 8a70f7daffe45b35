package io.nereid.server.grpc.codec;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.nereid.inference.CorrelationId;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InputMemory;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.PoisonedMemory;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorMemory;
import io.nereid.server.grpc.proto.InferParameter;
import io.nereid.server.grpc.proto.InferTensorContents;
import io.nereid.server.grpc.proto.ModelInferRequest;
import io.nereid.server.grpc.proto.ModelInferRequest.InferInputTensor;
import io.nereid.server.grpc.proto.ModelInferRequest.InferRequestedOutputTensor;
import io.nereid.server.protocol.RequestLimits;
import io.nereid.server.protocol.RequestedOutput;
import io.nereid.server.sharedmemory.SharedMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** The messages are made by protobuf's own classes, so that what is tested is that we read what clients write. */
class InferRequestParserTest {
    private static final long SEED = 20261122;

    private final TensorMemory memory = new PoisonedMemory(1 << 20, 1 << 20);
    private final SharedMemory regions = new SharedMemory(false);
    private final List<String> entered = new ArrayList<>();

    @AfterEach
    void everythingIsGivenBack() {
        assertThat(memory.bytesInUse()).isZero();
        memory.close();
    }

    @Test
    void parse_rawInputs_liesInTensorMemoryAsSent() throws Exception {
        byte[] first = bytes(4000);
        byte[] second = bytes(3);
        ModelInferRequest request = ModelInferRequest.newBuilder().setModelName("m").setModelVersion("3").setId("abc")
                .addInputs(input("A", "FP32", 1000)).addInputs(input("B", "UINT8", 3))
                .addRawInputContents(ByteString.copyFrom(first)).addRawInputContents(ByteString.copyFrom(second))
                .build();
        for (int piece : new int[]{1, 13, 1024, 1 << 20}) {
            read(request, piece, received -> {
                assertThat(received.request().id()).isEqualTo("abc");
                assertThat(received.request().options()).isEqualTo(RequestOptions.DEFAULT);
                assertThat(received.request().inputs()).extracting(Tensor::name).containsExactly("A", "B");
                Tensor a = received.request().inputs().getFirst();
                assertThat(a.dataType()).isEqualTo(DataType.FP32);
                assertThat(a.shape()).isEqualTo(Shape.of(1000));
                assertThat(a.data().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(first);
                assertThat(a.data().address() % TensorMemory.ALIGNMENT).isZero();
                assertThat(received.request().inputs().get(1).data().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(second);
            });
        }
        assertThat(entered).containsOnly("m 3").hasSize(4);
    }

    @Test
    void parse_rawAndTypedInputs_areCopiedStraightIntoTheMemoryThatTheModelWants() throws Exception {
        ModelInferRequest raw = ModelInferRequest.newBuilder().setModelName("m").addInputs(input("A", "UINT8", 3))
                .addRawInputContents(ByteString.copyFrom(bytes(3))).build();
        ModelInferRequest typed = ModelInferRequest.newBuilder().setModelName("m").addInputs(input("A", "FP32", 1)
                .setContents(InferTensorContents.newBuilder().addFp32Contents(2))).build();
        try (TensorMemory wanted = new PoisonedMemory(1 << 20, 0)) {
            for (ModelInferRequest request : List.of(raw, typed)) {
                InferRequestParser parser = new InferRequestParser(memory, regions, RequestLimits.DEFAULT);
                byte[] message = request.toByteArray();
                parser.read(Pieces.of(message, 7), message.length, (_, _) -> InputMemory.of(wanted));
                ReceivedRequest received = parser.complete(1);
                assertThat(wanted.bytesInUse()).isEqualTo(256);
                assertThat(memory.bytesInUse()).isZero();
                received.request().memory().release();
                assertThat(wanted.bytesInUse()).isZero();
            }
        }
    }

    @Test
    void parse_gateThatRefuses_copiesNoTensor() {
        ModelInferRequest request = ModelInferRequest.newBuilder().setModelName("m")
                .addInputs(input("A", "UINT8", 2 << 20)).addRawInputContents(ByteString.copyFrom(new byte[2 << 20]))
                .build();
        InferRequestParser parser = new InferRequestParser(memory, regions, RequestLimits.DEFAULT);
        byte[] message = request.toByteArray();
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> parser.read(Pieces.of(message, 100), message.length, (_, _) -> {
                    throw new InferenceException(ErrorCode.UNAVAILABLE, "full");
                })).withMessage("full");
    }

    @Test
    void parse_modelNameBehindTheTensors_isRequestAllTheSame() throws Exception {
        byte[] tensors = ModelInferRequest.newBuilder().addInputs(input("A", "UINT8", 1))
                .addRawInputContents(ByteString.copyFrom(new byte[]{9})).build().toByteArray();
        byte[] name = ModelInferRequest.newBuilder().setModelName("late").build().toByteArray();
        byte[] message = Arrays.copyOf(tensors, tensors.length + name.length);
        System.arraycopy(name, 0, message, tensors.length, name.length);
        read(message, 7, received -> assertThat(received.request().inputs().getFirst().byteSize()).isEqualTo(1));
        assertThat(entered).containsExactly("late ");
    }

    @Test
    void parse_modelNamedAgainBehindTheTensors_isRefused() {
        byte[] first = ModelInferRequest.newBuilder().setModelName("m").addInputs(input("A", "UINT8", 1)).build()
                .toByteArray();
        byte[] second = ModelInferRequest.newBuilder().setModelVersion("2").build().toByteArray();
        byte[] message = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, message, first.length, second.length);
        assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> read(message, 7, _ -> {
        })).withMessageContaining("its model is named twice, or its version behind the tensors");
    }

    @Test
    void parse_typedContents_becomeLittleEndianTensors() throws Exception {
        typed("BOOL", InferTensorContents.newBuilder().addBoolContents(true).addBoolContents(false), 1, 0);
        typed("INT8", InferTensorContents.newBuilder().addIntContents(-2).addIntContents(257), -2, 1);
        typed("INT16", InferTensorContents.newBuilder().addIntContents(-2).addIntContents(65537), -2, -1, 1, 0);
        typed("INT32", InferTensorContents.newBuilder().addIntContents(-2), -2, -1, -1, -1);
        typed("INT64", InferTensorContents.newBuilder().addInt64Contents(258), 2, 1, 0, 0, 0, 0, 0, 0);
        typed("UINT8", InferTensorContents.newBuilder().addUintContents(255), -1);
        typed("UINT16", InferTensorContents.newBuilder().addUintContents(65535), -1, -1);
        typed("UINT32", InferTensorContents.newBuilder().addUintContents(-1), -1, -1, -1, -1);
        typed("UINT64", InferTensorContents.newBuilder().addUint64Contents(-1), -1, -1, -1, -1, -1, -1, -1, -1);
        typed("FP32", InferTensorContents.newBuilder().addFp32Contents(1), 0, 0, -128, 63);
        typed("FP64", InferTensorContents.newBuilder().addFp64Contents(1), 0, 0, 0, 0, 0, 0, -16, 63);
        typed("BYTES", InferTensorContents.newBuilder().addBytesContents(ByteString.copyFromUtf8("ab"))
                .addBytesContents(ByteString.EMPTY), 2, 0, 0, 0, 'a', 'b', 0, 0, 0, 0);
        typed("FP32", InferTensorContents.newBuilder());
    }

    @Test
    void parse_manyTypedElements_growTheTensor() throws Exception {
        InferTensorContents.Builder contents = InferTensorContents.newBuilder();
        ByteBuffer expected = ByteBuffer.allocate(40_000).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < 10_000; i++) {
            contents.addIntContents(i * 7919);
            expected.putInt(i * 7919);
        }
        ModelInferRequest request = ModelInferRequest.newBuilder().setModelName("m")
                .addInputs(input("A", "INT32", 10_000).setContents(contents)).build();
        read(request, 100, received -> assertThat(
                received.request().inputs().getFirst().data().toArray(ValueLayout.JAVA_BYTE))
                .isEqualTo(expected.array()));
    }

    private void typed(String datatype, InferTensorContents.Builder contents, int... expected) throws Exception {
        byte[] bytes = new byte[expected.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) expected[i];
        }
        ModelInferRequest request = ModelInferRequest.newBuilder().setModelName("m")
                .addInputs(input("A", datatype, 1).setContents(contents)).build();
        read(request, 5, received -> assertThat(
                received.request().inputs().getFirst().data().toArray(ValueLayout.JAVA_BYTE)).as(datatype)
                .isEqualTo(bytes));
    }

    @Test
    void parse_contentsThatDoNotFit_areRefusedInTritonsWords() {
        InferTensorContents ints = InferTensorContents.newBuilder().addIntContents(1).build();
        refused(request(input("A", "FP32", 1).setContents(ints)), "unexpected explicit tensor data for input tensor 'A'"
                + " for model 'm' of type 'INT32', expected datatype 'FP32'");
        refused(request(input("A", "INT32", 1).setContents(ints.toBuilder().addInt64Contents(1))),
                "unexpected explicit tensor data for input tensor 'A' for model 'm' of type 'INT64', binary data was"
                        + " already supplied.");
        refused(request(input("A", "FP16", 1).setContents(ints)), "unexpected explicit tensor data for input tensor 'A'"
                + " for model 'm' of type 'INT32', expected datatype 'FP16'");
        refused(request(input("A", "INT32", 1).setContents(ints)).toBuilder().addRawInputContents(ByteString.EMPTY)
                .build(), "contents field must not be specified when using raw_input_contents for 'A' for model 'm'");
        refused(request(input("A", "INT32", 1)), "unable to find data for input tensor 'A' for model 'm' in request.");
        refused(request(input("A", "INT31", 1)), "invalid datatype for input A");
        refused(ModelInferRequest.newBuilder().setModelName("m").addInputs(input("A", "UINT8", 1))
                .addInputs(input("A", "UINT8", 1)).addRawInputContents(ByteString.EMPTY)
                .addRawInputContents(ByteString.EMPTY).build(),
                "[request id: <id_unknown>] input 'A' already exists in request");
    }

    @Test
    void parse_surplusRawContents_areIgnored() throws Exception {
        ModelInferRequest request = request(input("A", "UINT8", 1)).toBuilder()
                .addRawInputContents(ByteString.copyFrom(new byte[]{1}))
                .addRawInputContents(ByteString.copyFrom(new byte[]{2})).build();
        read(request, 3, received -> assertThat(
                received.request().inputs().getFirst().data().toArray(ValueLayout.JAVA_BYTE)).containsExactly(1));
    }

    @Test
    void parse_parameters_areOptionsOrTheBackends() throws Exception {
        ModelInferRequest request = ModelInferRequest.newBuilder().setModelName("m")
                .putParameters("sequence_id", InferParameter.newBuilder().setInt64Param(-1).build())
                .putParameters("sequence_start", flag(true)).putParameters("sequence_end", flag(true))
                .putParameters("priority", InferParameter.newBuilder().setUint64Param(2).build())
                .putParameters("timeout", number(5)).putParameters("triton_enable_empty_final_response", flag(true))
                .putParameters("a", number(-7)).putParameters("b", flag(false))
                .putParameters("c", InferParameter.newBuilder().setStringParam("text").build())
                .putParameters("d", InferParameter.newBuilder().setDoubleParam(0.5).build()).build();
        read(request, 9, received -> {
            assertThat(received.request().options())
                    .isEqualTo(new RequestOptions(2, 5, CorrelationId.of(-1), true, true));
            assertThat(received.emptyFinal()).isTrue();
            assertThat(received.request().parameters()).isEqualTo(Map.of("a", new ParameterValue.Int(-7), "b",
                    new ParameterValue.Flag(false), "c", new ParameterValue.Text("text"), "d",
                    new ParameterValue.Real(0.5)));
        });
    }

    @Test
    void parse_priorityBeyondTheSignedNumbers_isTakenAsItIs() throws Exception {
        read(ModelInferRequest.newBuilder().setModelName("m")
                .putParameters("priority", InferParameter.newBuilder().setUint64Param(-1).build()).build(), 9,
                received -> assertThat(received.request().options().priority()).isEqualTo(-1));
    }

    @Test
    void parse_parametersOfTheWrongType_areRefused() {
        refusedParameter("sequence_id", flag(true),
                "invalid value type for 'sequence_id' parameter, expected int64_param or string_param.");
        refusedParameter("sequence_start", number(1),
                "invalid value type for 'sequence_start' parameter, expected bool_param.");
        refusedParameter("priority", number(-1), "invalid value -1 for 'priority' parameter, expected value >= 0.");
        refusedParameter("priority", flag(true),
                "invalid value type for 'priority' parameter, expected int64_param or uint64_param.");
        refusedParameter("timeout", flag(true), "invalid value type for 'timeout' parameter, expected int64_param.");
        refusedParameter("triton_x", flag(true), "parameter keys starting with 'triton_' are reserved for Triton usage."
                + " Only the following keys starting with 'triton_' are allowed: triton_enable_empty_final_response");
        refusedParameter("x", InferParameter.newBuilder().setUint64Param(1).build(),
                "invalid value type for 'x' parameter, expected int64_param, bool_param, or string_param.");
        refusedParameter("x", InferParameter.getDefaultInstance(),
                "invalid value type for 'x' parameter, expected int64_param, bool_param, or string_param.");
    }

    private void refusedParameter(String name, InferParameter value, String text) {
        refused(ModelInferRequest.newBuilder().setModelName("m").putParameters(name, value).build(), text);
    }

    @Test
    void parse_outputs_areWhatIsAskedFor() throws Exception {
        ModelInferRequest request = ModelInferRequest.newBuilder().setModelName("m").addOutputs(output("X"))
                .addOutputs(output("Y").putParameters("classification", number(3))).build();
        read(request, 9, received -> assertThat(received.request().outputs()).containsExactly(
                new RequestedOutput("X", true, 0), new RequestedOutput("Y", true, 3)));
        refused(outputs(output("Y").putParameters("classification", number(0))),
                "invalid value for 'classification' parameter, expected >= 0");
        refused(outputs(output("Y"), output("Y")), "[request id: <id_unknown>] output 'Y' already exists in request");
    }

    @Test
    void parse_sharedMemory_isLookedUpAndItsParametersGoTogether() {
        InferParameter region = InferParameter.newBuilder().setStringParam("r").build();
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> read(request(input("A", "UINT8", 1).putParameters("shared_memory_region", region)
                        .putParameters("shared_memory_byte_size", number(1))), 9,
                        _ -> {
                        }))
                .withMessage("Unable to find shared memory region: 'r'")
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
        refused(request(input("A", "UINT8", 1).putParameters("shared_memory_offset", number(1))),
                "'shared_memory_offset' can not be specified without 'shared_memory_region' parameter for tensor 'A'");
        refused(request(input("A", "UINT8", 1).putParameters("shared_memory_region", number(1))),
                "invalid value type for 'shared_memory_region' parameter for tensor 'A', expected string_param.");
        refused(request(input("A", "UINT8", 1).putParameters("shared_memory_region", region)),
                "'shared_memory_byte_size' must be specified along with 'shared_memory_region' parameter for tensor "
                        + "'A'");
        refused(request(input("A", "UINT8", 1).putParameters("shared_memory_region", region)
                .putParameters("shared_memory_byte_size", number(1))
                .setContents(InferTensorContents.newBuilder().addUintContents(1))),
                "unexpected 'content' provided when using shared memory for input tensor 'A' for model 'm'");
        refused(outputs(output("X").putParameters("shared_memory_region", region)
                .putParameters("shared_memory_byte_size", number(1)).putParameters("classification",
                        number(1))),
                "output can't set both 'shared_memory_region' and 'classification'");
    }

    @Test
    void parse_mutatedMessages_neverLeakAndFailInOneWayOnly() {
        byte[] message = ModelInferRequest.newBuilder().setModelName("m").setId("id").putParameters("p", number(1))
                .addInputs(input("A", "FP32", 2, 3)).addInputs(input("B", "INT8", 1)
                        .setContents(InferTensorContents.newBuilder().addIntContents(1).addIntContents(300)))
                .addOutputs(output("X")).build().toByteArray();
        Random random = new Random(SEED);
        for (int i = 0; i < 20_000; i++) {
            byte[] mutated = message.clone();
            for (int change = random.nextInt(4); change >= 0; change--) {
                mutated[random.nextInt(mutated.length)] = (byte) random.nextInt();
            }
            int length = random.nextInt(mutated.length + 1);
            try {
                read(Arrays.copyOf(mutated, length), 1 + random.nextInt(20), _ -> {
                });
            } catch (InferenceException e) {
                assertThat(e.code()).isIn(ErrorCode.INVALID_ARG, ErrorCode.NOT_FOUND, ErrorCode.UNAVAILABLE);
            }
            assertThat(memory.bytesInUse()).as("seed %d, message %d", SEED, i).isZero();
        }
    }

    private void refused(ModelInferRequest request, String text) {
        assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> read(request, 11, _ -> {
        })).withMessage(text).satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG));
    }

    private void read(Message request, int pieceBytes, Consumer<ReceivedRequest> check) throws InferenceException {
        read(request.toByteArray(), pieceBytes, check);
    }

    private void read(byte[] message, int pieceBytes, Consumer<ReceivedRequest> check) throws InferenceException {
        InferRequestParser parser = new InferRequestParser(memory, regions, RequestLimits.DEFAULT);
        parser.read(Pieces.of(message, pieceBytes), message.length,
                (model, version) -> {
                    entered.add(model + " " + version);
                    return InputMemory.of(memory);
                });
        ReceivedRequest received = parser.complete(Integer.MAX_VALUE);
        try {
            check.accept(received);
        } finally {
            received.request().memory().release();
        }
    }

    private static ModelInferRequest request(InferInputTensor.Builder input) {
        return ModelInferRequest.newBuilder().setModelName("m").addInputs(input).build();
    }

    private static ModelInferRequest outputs(InferRequestedOutputTensor.Builder... outputs) {
        ModelInferRequest.Builder request = ModelInferRequest.newBuilder().setModelName("m");
        for (InferRequestedOutputTensor.Builder output : outputs) {
            request.addOutputs(output);
        }
        return request.build();
    }

    private static InferInputTensor.Builder input(String name, String datatype, long... shape) {
        InferInputTensor.Builder input = InferInputTensor.newBuilder().setName(name).setDatatype(datatype);
        for (long dim : shape) {
            input.addShape(dim);
        }
        return input;
    }

    private static InferRequestedOutputTensor.Builder output(String name) {
        return InferRequestedOutputTensor.newBuilder().setName(name);
    }

    private static InferParameter number(long value) {
        return InferParameter.newBuilder().setInt64Param(value).build();
    }

    private static InferParameter flag(boolean value) {
        return InferParameter.newBuilder().setBoolParam(value).build();
    }

    private static byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        new Random(SEED).nextBytes(bytes);
        return bytes;
    }
}
