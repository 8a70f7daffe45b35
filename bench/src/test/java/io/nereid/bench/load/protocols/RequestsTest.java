package io.nereid.bench.load.protocols;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.nereid.perf.request.MemoryRange;
import io.nereid.perf.request.SharedRegion;
import io.nereid.server.grpc.proto.ModelInferRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class RequestsTest {
    private static final byte[] DATA = {1, 2, 3, 4, 5, 6, 7, 8};

    @TempDir
    private Path folder;

    @Test
    void grpc_inTheMessage_carriesTheDataRaw() throws InvalidProtocolBufferException {
        List<ByteBuffer> requests = Requests.inMessages(DATA).grpc();
        ModelInferRequest request = grpc(requests.getFirst());

        assertThat(requests).as("one for all clients").hasSize(1);
        assertThat(request.getInputs(0).getShapeList()).containsExactly(1L, 2L);
        assertThat(request.getInputs(0).getParametersMap()).isEmpty();
        assertThat(request.getRawInputContentsList()).containsExactly(ByteString.copyFrom(DATA));
        assertThat(request.getOutputs(0).getName()).isEqualTo("OUTPUT0");
    }

    @Test
    void grpc_inSharedMemory_carriesWhereTheClientsTensorsLie() throws IOException {
        try (SharedRegion region = SharedRegion.create(folder, "test")) {
            Requests requests = Requests.inSharedMemory(DATA, region, 3);
            ModelInferRequest request = grpc(requests.grpc().getLast());
            MemoryRange output = requests.outputs().getLast();

            assertThat(requests.outputs()).doesNotHaveDuplicates().hasSize(3);
            assertThat(request.getRawInputContentsCount()).isZero();
            assertThat(request.getInputs(0).getParametersOrThrow("shared_memory_offset").getInt64Param())
                    .isPositive().isNotEqualTo(output.offset());
            assertThat(request.getOutputs(0).getParametersOrThrow("shared_memory_offset").getInt64Param())
                    .isEqualTo(output.offset());
            assertThat(request.getOutputs(0).getParametersOrThrow("shared_memory_byte_size").getInt64Param())
                    .isEqualTo(8);
            assertThat(request.getOutputs(0).getParametersOrThrow("shared_memory_region").getStringParam())
                    .isEqualTo(output.region());
        }
    }

    @Test
    void http_inTheMessage_endsWithTheData() {
        assertThat(text(Requests.inMessages(DATA).http().getFirst())).startsWith("POST /v2/models/identity/infer ")
                .endsWith(new String(DATA, StandardCharsets.ISO_8859_1));
    }

    @Test
    void http_inSharedMemory_carriesWhereTheClientsTensorsLie() throws IOException {
        try (SharedRegion region = SharedRegion.create(folder, "test")) {
            Requests requests = Requests.inSharedMemory(DATA, region, 2);

            assertThat(text(requests.http().getLast())).containsSubsequence("INPUT0", "\"shared_memory_offset\":",
                    "OUTPUT0", "\"shared_memory_offset\":" + requests.outputs().getLast().offset());
        }
    }

    private static ModelInferRequest grpc(ByteBuffer request) throws InvalidProtocolBufferException {
        return ModelInferRequest.parseFrom(request.slice(5, request.remaining() - 5));
    }

    private static String text(ByteBuffer request) {
        return StandardCharsets.ISO_8859_1.decode(request.duplicate()).toString();
    }
}
