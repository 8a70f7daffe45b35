package io.nereid.server.grpc;

import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.nereid.server.ServerConfig;
import io.nereid.server.grpc.proto.ModelReadyRequest;
import io.nereid.server.grpc.proto.ModelReadyResponse;
import io.nereid.server.model.config.ModelControlConfig;
import io.nereid.server.model.config.ModelControlMode;
import io.nereid.server.model.config.RepositoryConfig;
import io.nereid.server.model.control.LoadOverride;
import io.nereid.server.model.control.TestRepository;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** What is not ready gets that answer, whatever the reason: clients poll with this call. */
@Timeout(60)
class ModelReadyTest {
    private static final MethodDescriptor<ModelReadyRequest, ModelReadyResponse> READY = GrpcServer.method("ModelReady",
            MethodType.UNARY, ModelReadyRequest.getDefaultInstance(), ModelReadyResponse.getDefaultInstance());
    @TempDir
    private Path directory;
    private GrpcServer server;

    @BeforeEach
    void start() throws Exception {
        TestRepository repository = new TestRepository(directory).withIdentity("m", "TYPE_UINT8", "-1", "")
                .withIdentity("gone", "TYPE_UINT8", "-1", "").withIdentity("never", "TYPE_UINT8", "-1", "")
                .withModel("broken", "backend: \"identity\" max_batch_size: 8 input { name: \"IN\" }");
        ModelControlConfig explicit = ModelControlConfig.DEFAULT.withStartup(ModelControlMode.EXPLICIT,
                List.of("m", "gone", "broken"));
        server = new GrpcServer(ServerConfig.of(directory).withExitOnError(false)
                .withRepositories(RepositoryConfig.of(List.of(repository.root())).withControl(explicit)),
                grpc -> grpc);
        server.server.control().unload("gone");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private boolean isReady(String model, String version) {
        return ClientCalls.blockingUnaryCall(server.channel, READY, CallOptions.DEFAULT,
                ModelReadyRequest.newBuilder().setName(model).setVersion(version).build()).getReady();
    }

    @ParameterizedTest
    @CsvSource({"m,''", "m,1"})
    void ready_modelThatIsServed_isTrue(String model, String version) {
        assertThat(isReady(model, version)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"unknown,''", "unknown,1", "'',''", "m,2", "gone,''", "gone,1", "never,''", "never,1", "broken,''",
            "broken,1"})
    void ready_whatIsNot_isFalseAndNoError(String model, String version) {
        assertThat(isReady(model, version)).isFalse();
    }

    @Test
    void ready_modelThatIsLoadedLater_turnsTrue() throws Exception {
        assertThat(isReady("never", "")).isFalse();
        server.server.control().load("never", LoadOverride.NONE);
        assertThat(isReady("never", "")).isTrue();
    }

    @Test
    void ready_versionThatIsNoNumber_isAnError() {
        assertThatExceptionOfType(StatusRuntimeException.class).isThrownBy(() -> isReady("m", "one"))
                .extracting(e -> e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    }
}
