package io.nereid.server.inference;

import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.ResponseListener;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorBuffer;
import io.nereid.server.ModelServer;
import io.nereid.server.ServerConfig;
import io.nereid.server.grpc.GrpcConfig;
import io.nereid.server.http.HttpConfig;
import io.nereid.server.model.control.TestRepository;
import io.nereid.server.protocol.ClientRequest;
import io.nereid.server.protocol.OutputTarget;
import io.nereid.server.protocol.RequestedOutput;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Who writes an output's target, and that it is let go exactly once, whatever becomes of the request. */
@Timeout(60)
final class OutputTargetTest {
    private final RecordingTarget target = new RecordingTarget();
    private ModelServer server;

    @SuppressWarnings("NullAway.Init") // by start()
    OutputTargetTest() {}

    @BeforeEach
    void start(@TempDir Path directory) throws Exception {
        TestRepository repository = new TestRepository(directory).withIdentity("m", "TYPE_UINT8", "-1", "");
        server = ModelServer.start(ServerConfig.of(repository.root()).withHttp(HttpConfig.DEFAULT.withEnabled(false))
                .withGrpc(GrpcConfig.DEFAULT.withEnabled(false)));
    }

    @AfterEach
    void stop() {
        server.close();
        assertThat(server.memory().bytesInUse()).isZero();
        assertThat(server.admission().requests()).isZero();
    }

    /** A place that remembers what is put there. */
    private static final class RecordingTarget implements OutputTarget {
        final List<String> written = new ArrayList<>();
        final CountDownLatch released = new CountDownLatch(1);
        int releases;
        boolean full;

        @Override
        public void write(String output, MemorySegment data) throws InferenceException {
            if (full) {
                throw new InferenceException(ErrorCode.INTERNAL, "full");
            }
            written.add(output + data.byteSize());
        }

        @Override
        public void release() {
            releases++;
            released.countDown();
        }
    }

    /** What became of a request. */
    private static final class Outcome extends CompletableFuture<InferenceResponse> implements ResponseListener {
        @Override
        public void onResponse(InferenceResponse response, boolean last) {
            complete(response);
        }

        @Override
        public void onError(InferenceException error) {
            completeExceptionally(error);
        }
    }

    private ClientRequest request(String input) throws InferenceException {
        TensorBuffer buffer = server.memory().allocate(3);
        buffer.segment().copyFrom(MemorySegment.ofArray(new byte[]{1, 2, 3}));
        return new ClientRequest("", List.of(new Tensor(input, DataType.UINT8, Shape.of(1, 3), buffer.segment())),
                List.of(new RequestedOutput("OUT", false, 0, target)), false, RequestOptions.DEFAULT, Map.of(), buffer);
    }

    private void awaitReleased() throws InterruptedException {
        assertThat(target.released.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(target.releases).isEqualTo(1);
    }

    @Test
    void infer_targetOfOutput_hasTheDataAndTheResponseHasNot() throws Exception {
        Outcome outcome = new Outcome();
        server.inference().infer("m", "", request("IN"), outcome);
        InferenceResponse response = outcome.get(20, TimeUnit.SECONDS);
        Tensor output = response.outputs().getFirst();
        assertThat(output.shape()).isEqualTo(Shape.of(1, 3));
        assertThat(output.data().toArray(ValueLayout.JAVA_BYTE)).isEmpty();
        assertThat(target.written).containsExactly("OUT3");
        response.memory().release();
        awaitReleased();
    }

    @Test
    void infer_targetDoesNotTakeIt_isTheRequestsFailure() throws Exception {
        target.full = true;
        Outcome outcome = new Outcome();
        server.inference().infer("m", "", request("IN"), outcome);
        assertThatThrownBy(() -> outcome.get(20, TimeUnit.SECONDS)).isInstanceOf(ExecutionException.class)
                .hasRootCauseMessage("full");
        awaitReleased();
    }

    @Test
    void infer_unknownModel_letsTheTargetGo() throws Exception {
        ClientRequest request = request("IN");
        assertThatThrownBy(() -> server.inference().infer("none", "", request, new Outcome()))
                .hasMessageContaining("unknown model");
        awaitReleased();
        assertThat(target.written).isEmpty();
    }

    @Test
    void infer_requestThatDoesNotFit_letsTheTargetGo() throws Exception {
        ClientRequest request = request("OTHER");
        assertThatThrownBy(() -> server.inference().infer("m", "", request, new Outcome()))
                .hasMessageContaining("unexpected inference input 'OTHER'");
        awaitReleased();
        assertThat(target.written).isEmpty();
    }
}
