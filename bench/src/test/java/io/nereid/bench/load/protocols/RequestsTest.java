package io.nereid.bench.load.protocols;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.nereid.server.grpc.proto.ModelInferRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;

class RequestsTest {
    private static final byte[] DATA = {1, 2, 3, 4, 5, 6, 7, 8};

    @TempDir
    private Path folder;

    @Test
    void grpc_inTheMessage_carriesTheDataRaw() throws InvalidProtocolBufferException {
        ModelInferRequest request = ModelInferRequest.parseFrom(new Requests(DATA, Optional.empty()).grpc(0));

        assertThat(request.getInputs(0).getShapeList()).containsExactly(1L, 2L);
        assertThat(request.getInputs(0).getParametersMap()).isEmpty();
        assertThat(request.getRawInputContentsList()).containsExactly(ByteString.copyFrom(DATA));
        assertThat(request.getOutputs(0).getName()).isEqualTo("OUTPUT0");
    }

    @Test
    void grpc_inSharedMemory_carriesWhereTheClientsTensorsLie() throws IOException {
        try (SharedRegion region = SharedRegion.create(folder, DATA, 3)) {
            ModelInferRequest request = ModelInferRequest.parseFrom(new Requests(DATA, Optional.of(region)).grpc(2));

            assertThat(request.getRawInputContentsCount()).isZero();
            assertThat(request.getInputs(0).getParametersOrThrow("shared_memory_offset").getInt64Param()).isEqualTo(32);
            assertThat(request.getOutputs(0).getParametersOrThrow("shared_memory_offset").getInt64Param())
                    .isEqualTo(40);
            assertThat(request.getOutputs(0).getParametersOrThrow("shared_memory_byte_size").getInt64Param())
                    .isEqualTo(8);
            assertThat(request.getOutputs(0).getParametersOrThrow("shared_memory_region").getStringParam())
                    .isEqualTo("bench");
        }
    }

    @Test
    void http_inTheMessage_endsWithTheData() {
        assertThat(new Requests(DATA, Optional.empty()).http(1).bytes()).endsWith(DATA);
    }

    @Test
    void http_inSharedMemory_carriesWhereTheClientsTensorsLie() throws IOException {
        try (SharedRegion region = SharedRegion.create(folder, DATA, 2)) {
            String body = new String(new Requests(DATA, Optional.of(region)).http(1).bytes(), StandardCharsets.UTF_8);

            assertThat(body).containsSubsequence("INPUT0", "\"shared_memory_offset\":16,", "OUTPUT0",
                    "\"shared_memory_offset\":24,");
        }
    }
}
