package io.nereid.server.grpc;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.grpc.StatusRuntimeException;
import io.nereid.inference.Lease;
import io.nereid.server.AdmittedRequest;
import io.nereid.server.DecoupledModels;
import io.nereid.server.ServerConfig;
import io.nereid.server.grpc.proto.ModelInferRequest;
import io.nereid.server.ledger.LedgerLimits;
import io.nereid.server.logging.LoggingConfig;
import io.nereid.server.model.control.TestRepository;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What is refused before it is queued is counted by its reason, and the access log has the id that the client gave it.
 */
@Timeout(60)
class RefusedCallTest {
    private static final ModelInferRequest UNKNOWN = GrpcServer.request("nobody", "unknown", (byte) 1);
    private static final ModelInferRequest NO_VERSION = GrpcServer.request("m", "version", (byte) 1).toBuilder()
            .setModelVersion("first").build();
    private static final ModelInferRequest MISMATCH = GrpcServer.request("m", "mismatch", (byte) 1).toBuilder()
            .setInputs(0, GrpcServer.request("m", "", (byte) 1).getInputs(0).toBuilder().setName("OTHER")).build();
    private static final ModelInferRequest MALFORMED = broken(ModelInferRequest.newBuilder().setModelName("m")
            .setId("malformed"));
    private static final ModelInferRequest INCOMPLETE = GrpcServer.request("m", "incomplete", (byte) 1).toBuilder()
            .clearRawInputContents().build();
    private static final ModelInferRequest NAMELESS = broken(ModelInferRequest.newBuilder().setId("nameless"));
    private static final List<String> OF_M = List.of("{model=\"m\",reason=\"malformed\",version=\"1\"} 2",
            "{model=\"m\",reason=\"mismatch\",version=\"1\"} 1", "{reason=\"malformed\"} 2",
            "{reason=\"unknown_model\"} 1");
    @TempDir
    private Path folder;
    private ServerConfig config = ServerConfig.of(Path.of("."));

    @BeforeEach
    void configure() throws Exception {
        Path models = Files.createDirectory(folder.resolve("models"));
        new TestRepository(models).withIdentity("m", "TYPE_UINT8", "-1", "").withModel("square",
                DecoupledModels.SQUARE);
        config = ServerConfig.of(models).withAdmission(LedgerLimits.DEFAULT.withMaxRequests(1))
                .withLogging(LoggingConfig.DEFAULT.withAccessLog(Optional.of(folder.resolve("access").toString())));
    }

    private static ModelInferRequest broken(ModelInferRequest.Builder request) {
        ByteString input = ByteString.copyFrom(new byte[]{-1, -1});
        return request.setUnknownFields(UnknownFieldSet.newBuilder()
                .addField(5, UnknownFieldSet.Field.newBuilder().addLengthDelimited(input).build()).build()).build();
    }

    @Test
    void unary_refused_isCountedAndKeepsItsId() throws Exception {
        try (GrpcServer server = new GrpcServer(config, grpc -> grpc)) {
            assertThat(rejected(server)).isEmpty();
            for (ModelInferRequest request : List.of(UNKNOWN, NO_VERSION, MISMATCH, MALFORMED, INCOMPLETE, NAMELESS,
                    GrpcServer.request("square", "unsupported", (byte) 1))) {
                refuse(server, request);
            }
            Lease all = AdmittedRequest.of(server.server);
            refuse(server, GrpcServer.request("m", "overload", (byte) 1));
            all.release();

            assertThat(rejected(server)).containsAll(OF_M).contains(
                    "{model=\"m\",reason=\"overload\",version=\"1\"} 1",
                    "{model=\"square\",reason=\"unsupported\",version=\"1\"} 1").hasSize(OF_M.size() + 2);
        }
        assertThat(ids()).containsExactlyInAnyOrder("unknown", "version", "mismatch", "malformed", "incomplete",
                "nameless", "unsupported", "overload");
    }

    private static void refuse(GrpcServer server, ModelInferRequest request) {
        assertThatExceptionOfType(StatusRuntimeException.class).isThrownBy(() -> server.infer(request));
    }

    @Test
    void stream_refused_isCountedAndKeepsItsId() throws Exception {
        try (GrpcServer server = new GrpcServer(config, grpc -> grpc)) {
            StreamClient stream = new StreamClient(server);
            for (ModelInferRequest request : List.of(UNKNOWN, NO_VERSION, MISMATCH, MALFORMED, INCOMPLETE, NAMELESS)) {
                assertThat(stream.send(request).next().getErrorMessage()).isNotEmpty();
            }
            Lease all = AdmittedRequest.of(server.server);
            assertThat(stream.send(GrpcServer.request("m", "overload", (byte) 1)).next().getErrorMessage())
                    .contains("too many requests in flight");
            all.release();
            assertThat(stream.halfClose().end().isOk()).isTrue();

            assertThat(rejected(server)).containsAll(OF_M)
                    .contains("{model=\"m\",reason=\"overload\",version=\"1\"} 1").hasSize(OF_M.size() + 1);
        }
        assertThat(ids()).containsExactlyInAnyOrder("unknown", "version", "mismatch", "malformed", "incomplete",
                "nameless", "overload");
    }

    private static List<String> rejected(GrpcServer server) {
        String family = "nereid_inference_rejected_total";
        return server.server.metrics().lines().filter(line -> line.startsWith(family))
                .map(line -> line.substring(family.length())).toList();
    }

    private List<String> ids() throws Exception {
        List<String> ids = new ArrayList<>();
        for (String line : Files.readAllLines(folder.resolve("access"))) {
            JsonNode entry = new ObjectMapper().readTree(line);
            assertThat(entry.get("status").asText()).isNotEqualTo("ok");
            ids.add(entry.get("id").asText());
        }
        return ids;
    }
}
