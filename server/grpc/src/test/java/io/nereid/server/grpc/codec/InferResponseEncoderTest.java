package io.nereid.server.grpc.codec;

import com.google.protobuf.InvalidProtocolBufferException;
import io.nereid.inference.DataType;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.server.grpc.proto.InferParameter;
import io.nereid.server.grpc.proto.ModelInferResponse;
import io.nereid.server.grpc.proto.ModelStreamInferResponse;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

/** Read back by protobuf's own classes. */
class InferResponseEncoderTest {
    private static final InferResponseEncoder.Answered ANSWERED = new InferResponseEncoder.Answered("m", "3", "abc");

    @Test
    void unary_outputs_areRawInTheirOrder() throws Exception {
        byte[] large = new byte[100_000];
        new Random(1).nextBytes(large);
        InferenceResponse response = response(Map.of(), tensor("A", DataType.FP32, large, 1, 25_000),
                tensor("B", DataType.BYTES, new byte[0], 0), tensor("C", DataType.UINT8, new byte[]{7}));
        ModelInferResponse read = ModelInferResponse.parseFrom(bytes(InferResponseEncoder.unary(ANSWERED, response)));
        assertThat(read.getModelName()).isEqualTo("m");
        assertThat(read.getModelVersion()).isEqualTo("3");
        assertThat(read.getId()).isEqualTo("abc");
        assertThat(read.getParametersMap()).isEmpty();
        assertThat(read.getOutputsList()).extracting(ModelInferResponse.InferOutputTensor::getName).containsExactly("A",
                "B", "C");
        assertThat(read.getOutputs(0).getDatatype()).isEqualTo("FP32");
        assertThat(read.getOutputs(0).getShapeList()).containsExactly(1L, 25_000L);
        assertThat(read.getOutputs(2).getShapeList()).isEmpty();
        assertThat(read.getRawOutputContentsCount()).isEqualTo(3);
        assertThat(read.getRawOutputContents(0).toByteArray()).isEqualTo(large);
        assertThat(read.getRawOutputContents(1).isEmpty()).isTrue();
        assertThat(read.getRawOutputContents(2).toByteArray()).containsExactly(7);
    }

    @Test
    void unary_parameters_haveTheirTypes() throws Exception {
        Map<String, ParameterValue> parameters = new LinkedHashMap<>();
        parameters.put("flag", new ParameterValue.Flag(false));
        parameters.put("int", new ParameterValue.Int(-1));
        parameters.put("text", new ParameterValue.Text("東京"));
        parameters.put("empty", new ParameterValue.Text(""));
        parameters.put("real", new ParameterValue.Real(-0.1));
        ModelInferResponse read = ModelInferResponse
                .parseFrom(bytes(InferResponseEncoder.unary(ANSWERED, response(parameters))));
        assertThat(read.getParametersMap()).isEqualTo(Map.of("flag", InferParameter.newBuilder().setBoolParam(false)
                .build(), "int", InferParameter.newBuilder().setInt64Param(-1).build(), "text",
                InferParameter.newBuilder().setStringParam("東京").build(), "empty",
                InferParameter.newBuilder().setStringParam("").build(), "real",
                InferParameter.newBuilder().setDoubleParam(-0.1).build()));
    }

    @Test
    void streamed_response_saysWhetherItIsTheLast() throws Exception {
        for (boolean last : new boolean[]{true, false}) {
            byte[] bytes = bytes(InferResponseEncoder.streamed(ANSWERED,
                    response(Map.of("p", new ParameterValue.Int(5)), tensor("A", DataType.UINT8, new byte[300], 300)),
                    last));
            ModelStreamInferResponse read = ModelStreamInferResponse.parseFrom(bytes);
            assertThat(read.getErrorMessage()).isEmpty();
            assertThat(read.getInferResponse().getId()).isEqualTo("abc");
            assertThat(read.getInferResponse().getParametersOrThrow("triton_final_response").getBoolParam())
                    .isEqualTo(last);
            assertThat(read.getInferResponse().getParametersOrThrow("p").getInt64Param()).isEqualTo(5);
            assertThat(read.getInferResponse().getRawOutputContents(0).size()).isEqualTo(300);
        }
    }

    @Test
    void refusal_carriesTheIdAlone() throws Exception {
        ModelStreamInferResponse refusal = ModelStreamInferResponse
                .parseFrom(bytes(InferResponseEncoder.refusal("abc", "no such model")));
        assertThat(refusal.getErrorMessage()).isEqualTo("no such model");
        assertThat(refusal.getInferResponse()).isEqualTo(ModelInferResponse.newBuilder().setId("abc").build());
    }

    @Test
    void failure_andEmptyFinal_carryTheRequestsNames() throws Exception {
        ModelStreamInferResponse failure = ModelStreamInferResponse
                .parseFrom(bytes(InferResponseEncoder.failure(ANSWERED, "it failed", false)));
        assertThat(failure.getErrorMessage()).isEqualTo("it failed");
        assertThat(failure.getInferResponse()).isEqualTo(withoutOutputs(false));
        ModelStreamInferResponse end = ModelStreamInferResponse
                .parseFrom(bytes(InferResponseEncoder.emptyFinal(ANSWERED)));
        assertThat(end.getInferResponse()).isEqualTo(withoutOutputs(true));
    }

    private static ModelInferResponse withoutOutputs(boolean last) {
        return ModelInferResponse.newBuilder().setModelName("m").setModelVersion("3").setId("abc")
                .putParameters("triton_final_response", InferParameter.newBuilder().setBoolParam(last).build())
                .build();
    }

    private static byte[] bytes(EncodedMessage message) throws IOException, InvalidProtocolBufferException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        message.writeTo(out);
        assertThat(out.size()).isEqualTo((int) message.length());
        return out.toByteArray();
    }

    private static InferenceResponse response(Map<String, ParameterValue> parameters, Tensor... outputs) {
        return new InferenceResponse(List.of(outputs), parameters, Lease.NONE);
    }

    private static Tensor tensor(String name, DataType type, byte[] data, long... shape) {
        return new Tensor(name, type, Shape.of(shape), MemorySegment.ofArray(data));
    }
}
