package io.nereid.perf.request;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import io.nereid.perf.client.SequenceStep;
import io.nereid.perf.input.Datatype;
import io.nereid.perf.input.InputTensor;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;

/** Requests byte by byte, as servers of the protocol read them. */
class WrittenRequestsTest {
    private static final InputTensor TENSOR = new InputTensor("IN", Datatype.INT32, List.of(1L, 2L),
            ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putInt(7).putInt(-1).flip());
    private static final MemoryRange INPUT_RANGE = new MemoryRange("r", 0, 8);
    private static final MemoryRange OUTPUT_RANGE = new MemoryRange("r", 64, 8);

    private static InferRequest request(InputTensor tensor, Optional<MemoryRange> input, Optional<MemoryRange> output) {
        return new InferRequest("m", "2", List.of(new RequestedInput(tensor, input)),
                List.of(new RequestedOutput("OUT", output)));
    }

    private static String http(TensorFormat format, InferRequest request) {
        ByteBuffer bytes = new HttpRequests("host:1", "/v2/models/m/infer", "A: b\r\n", format, format).write(request);
        assertThat(bytes.isDirect()).isTrue();
        return StandardCharsets.ISO_8859_1.decode(bytes).toString();
    }

    @Test
    void http_binary_hasTheTensorBehindTheJson() {
        String json = "{\"inputs\":[{\"name\":\"IN\",\"datatype\":\"INT32\",\"shape\":[1,2],"
                + "\"parameters\":{\"binary_data_size\":8}}],\"outputs\":[{\"name\":\"OUT\",\"parameters\":"
                + "{\"binary_data\":true}}]}";
        assertThat(http(TensorFormat.BINARY, request(TENSOR, Optional.empty(), Optional.empty())))
                .isEqualTo("POST /v2/models/m/infer HTTP/1.1\r\nHost: host:1\r\nA: b\r\n"
                        + "Content-Type: application/octet-stream\r\nInference-Header-Content-Length: " + json.length()
                        + "\r\nContent-Length: " + (json.length() + 8) + "\r\n\r\n" + json
                        + "\u0007\0\0\0\u00ff\u00ff\u00ff\u00ff");
    }

    @Test
    void http_json_hasTheElementsInIt() {
        String text = http(TensorFormat.JSON, request(TENSOR, Optional.empty(), Optional.empty()));
        assertThat(text).contains("Content-Type: application/json\r\n").doesNotContain("Inference-Header")
                .endsWith("\"data\":[7,-1]}],\"outputs\":[{\"name\":\"OUT\",\"parameters\":{}}]}");
    }

    @Test
    void http_sharedMemory_saysWhereTheTensorsLie() {
        assertThat(http(TensorFormat.BINARY, request(TENSOR, Optional.of(INPUT_RANGE), Optional.of(OUTPUT_RANGE))))
                .contains("\"parameters\":{\"shared_memory_region\":\"r\",\"shared_memory_byte_size\":8}}]")
                .endsWith("{\"shared_memory_region\":\"r\",\"shared_memory_byte_size\":8,"
                        + "\"shared_memory_offset\":64}}]}");
    }

    @Test
    void http_namesThatJsonEscapes_areEscaped() {
        InputTensor tensor = new InputTensor("a\"\\b", Datatype.BOOL, List.of(1L), ByteBuffer.wrap(new byte[]{1}));
        assertThat(http(TensorFormat.JSON, request(tensor, Optional.empty(), Optional.empty())))
                .contains("\"name\":\"a\\\"\\\\b\"").contains("\"data\":[true]");
    }

    /** The numbers of a message's fields, in their order. */
    private static List<Integer> fields(ByteBuffer message) throws IOException {
        List<Integer> fields = new ArrayList<>();
        CodedInputStream reader = CodedInputStream.newInstance(message);
        for (int tag = reader.readTag(); tag != 0; tag = reader.readTag()) {
            fields.add(WireFormat.getTagFieldNumber(tag));
            reader.skipField(tag);
        }
        return fields;
    }

    @Test
    void grpc_hasItsLengthInFront_andTheTensorRaw() throws IOException {
        ByteBuffer framed = GrpcRequests.write(request(TENSOR, Optional.empty(), Optional.empty()), false);
        assertThat(framed.get()).isZero();
        assertThat(framed.getInt()).isEqualTo(framed.remaining());
        assertThat(fields(framed.slice())).as("name, version, input, output, contents").containsExactly(1, 2, 5, 6, 7);
        assertThat(framed.slice(framed.limit() - 8, 8)).isEqualTo(TENSOR.bytes());
    }

    private static final long SEQUENCE = 0x1234_5678_9abc_def0L;

    @Test
    void http_stepOfASequence_saysWhichOneAndItsEnds() throws IOException {
        for (TensorFormat format : TensorFormat.values()) {
            SequenceStep step = new HttpRequests("host:1", "/p", "", format, format)
                    .writeStep(request(TENSOR, Optional.empty(), Optional.empty()));
            ByteBuffer bytes = ByteBuffer.allocate(step.bytes().remaining()).put(step.bytes().duplicate()).flip();
            step.mark().write(bytes, SEQUENCE, true, false);
            assertThat(StandardCharsets.ISO_8859_1.decode(bytes.duplicate()).toString())
                    .contains("{\"parameters\":{\"sequence_id\":" + SEQUENCE + ",\"sequence_start\":true ,"
                            + "\"sequence_end\":false},\"inputs\":[");
            step.mark().write(bytes, 7, false, true);
            assertThat(StandardCharsets.ISO_8859_1.decode(bytes).toString())
                    .contains(":                  7,\"sequence_start\":false,\"sequence_end\":true },");
        }
    }

    @Test
    void grpc_stepOfASequence_saysWhichOneAndItsEnds() throws IOException {
        SequenceStep step = GrpcRequests.writeStep(request(TENSOR, Optional.empty(), Optional.empty()), true);
        ByteBuffer bytes = ByteBuffer.allocate(step.bytes().remaining()).put(step.bytes().duplicate()).flip();
        step.mark().write(bytes, SEQUENCE, true, false);
        ByteBuffer message = bytes.slice(5, bytes.remaining() - 5);
        assertThat(fields(message.duplicate())).containsExactly(4, 4, 4, 1, 2, 4, 5, 6, 7);
        assertThat(numbers(message)).containsExactly(SEQUENCE, 1L, 0L);
        step.mark().write(bytes, 7, false, true);
        assertThat(numbers(message)).containsExactly(7L, 0L, 1L);
    }

    /** The values of the first three parameters. */
    private static List<Long> numbers(ByteBuffer message) throws IOException {
        List<Long> numbers = new ArrayList<>();
        CodedInputStream reader = CodedInputStream.newInstance(message.duplicate());
        for (int i = 0; i < 3; i++) {
            reader.readTag();
            CodedInputStream entry = CodedInputStream.newInstance(reader.readByteArray());
            entry.readTag();
            entry.readString();
            entry.readTag();
            CodedInputStream value = CodedInputStream.newInstance(entry.readByteArray());
            value.readTag();
            numbers.add(value.readInt64());
            assertThat(value.isAtEnd()).isTrue();
        }
        return numbers;
    }

    @Test
    void grpc_sharedMemory_hasNoContents() throws IOException {
        ByteBuffer framed = GrpcRequests.write(request(TENSOR, Optional.of(INPUT_RANGE), Optional.of(OUTPUT_RANGE)),
                true);
        framed.position(5);
        assertThat(fields(framed.slice())).as("the parameter that asks for a final answer among them")
                .containsExactly(1, 2, 4, 5, 6);
    }
}
