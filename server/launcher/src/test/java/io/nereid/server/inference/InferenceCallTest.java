package io.nereid.server.inference;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.server.DecoupledModels;
import io.nereid.server.ModelServer;
import io.nereid.server.ServerConfig;
import io.nereid.server.grpc.GrpcConfig;
import io.nereid.server.http.HttpConfig;
import io.nereid.server.inference.ScriptedTransport.Action;
import io.nereid.server.inference.ScriptedTransport.Step;
import io.nereid.server.ledger.LedgerLimits;
import io.nereid.server.model.control.TestRepository;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Whatever ends a call, at whatever step: it is answered at most once, ends once, and nothing is held afterwards. */
@Timeout(60)
class InferenceCallTest {
    private final InferenceException error = new InferenceException(ErrorCode.INVALID_ARG, "scripted");

    private final Map<Step, Action> script = new EnumMap<>(Step.class);
    private ModelServer server;

    @SuppressWarnings("NullAway.Init") // by start()
    InferenceCallTest() {}

    @BeforeEach
    void start(@TempDir Path directory) throws Exception {
        TestRepository repository = new TestRepository(directory).withIdentity("m", "TYPE_INT32", "-1", "")
                .withModel("square", DecoupledModels.SQUARE);
        server = ModelServer.start(ServerConfig.of(repository.root()).withHttp(HttpConfig.DEFAULT.withEnabled(false))
                .withGrpc(GrpcConfig.DEFAULT.withEnabled(false)).withAdmission(LedgerLimits.DEFAULT
                        .withMaxRequests(1)));
    }

    @AfterEach
    void stop() {
        server.close(); // waits for ever if a model is still held
        assertThat(server.memory().bytesInUse()).as("tensor memory").isZero();
        assertThat(server.admission().requests()).as("requests in flight").isZero();
        assertThat(server.admission().bytes()).as("bytes in flight").isZero();
    }

    private ScriptedTransport transport(String input, boolean stream, long windowBytes) {
        return new ScriptedTransport(server.memory(), input, script, stream, windowBytes);
    }

    private ScriptedTransport unary() {
        return transport("IN", false, 0);
    }

    private static ErrorCode code(@Nullable InferenceException answer) {
        return Objects.requireNonNull(answer).code();
    }

    @Test
    void serve_validRequest_isAnsweredOnce() throws Exception {
        ScriptedTransport transport = unary().serve(server.inference(), "m");
        assertThat(transport.answers).hasValue(1);
        assertThat(transport.error).isNull();
    }

    @Test
    void serve_onAnotherThread_isAnsweredOnce() throws Exception {
        script.put(Step.EXECUTE, () -> {
        });
        assertThat(unary().serve(server.inference(), "m").answers).hasValue(1);
    }

    @Test
    void serve_unknownModel_isRefused() throws Exception {
        ScriptedTransport transport = unary().serve(server.inference(), "none");
        assertThat(transport.error).hasMessageContaining("unknown model");
    }

    @Test
    void serve_unsupportedModel_isRefused() throws Exception {
        assertThat(code(unary().serve(server.inference(), "square").error)).isEqualTo(ErrorCode.UNSUPPORTED);
    }

    @Test
    void serve_tooManyInFlight_isRefusedAndTheFirstIsAnswered() throws Exception {
        ScriptedTransport second = unary();
        script.put(Step.READ, () -> {
            script.clear();
            try {
                second.serve(server.inference(), "m");
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        ScriptedTransport first = unary().serve(server.inference(), "m");
        assertThat(first.error).isNull();
        assertThat(code(second.error)).isEqualTo(ErrorCode.UNAVAILABLE);
    }

    @Test
    void serve_requestThatDoesNotFit_isRefused() throws Exception {
        ScriptedTransport transport = transport("OTHER", false, 0).serve(server.inference(), "m");
        assertThat(transport.error).hasMessageContaining("unexpected inference input 'OTHER'");
    }

    @Test
    void serve_modelStops_isAnsweredOnce() throws Exception {
        ScriptedTransport transport = unary();
        Thread stopping = Thread.ofPlatform().unstarted(server::close);
        script.put(Step.COMPLETE, stopping::start);
        transport.serve(server.inference(), "m");
        stopping.join();
        assertThat(transport.answers).hasValue(1);
    }

    @ParameterizedTest
    @EnumSource(value = Step.class, names = {"READ", "COMPLETE", "ENCODE"})
    void step_throwsAnError_isTheAnswer(Step step) throws Exception {
        script.put(step, () -> {
            throw error;
        });
        ScriptedTransport transport = unary().serve(server.inference(), "m");
        assertThat(transport.error).isEqualTo(error);
        assertThat(transport.answers).hasValue(1);
    }

    @ParameterizedTest
    @EnumSource(value = Step.class, names = {"READ", "COMPLETE", "ENCODE"})
    void step_throwsAnInternalError_isTheAnswer(Step step) throws Exception {
        script.put(step, () -> {
            throw new IllegalArgumentException("scripted");
        });
        ScriptedTransport transport = unary().serve(server.inference(), "m");
        assertThat(code(transport.error)).isEqualTo(ErrorCode.INTERNAL);
        assertThat(transport.answers).hasValue(1);
    }

    @ParameterizedTest
    @EnumSource(value = Step.class, names = {"SEND", "FAIL"})
    void sending_throws_endsTheCall(Step step) throws Exception {
        script.put(step, () -> {
            throw new IllegalArgumentException("scripted");
        });
        if (step == Step.FAIL) {
            script.put(Step.ENCODE, () -> {
                throw error;
            });
        }
        unary().serve(server.inference(), "m");
    }

    @Test
    void refusing_throws_endsTheCallAndIsThrown() {
        script.put(Step.REFUSE, () -> {
            throw new IllegalArgumentException("scripted");
        });
        ScriptedTransport transport = unary();
        assertThatThrownBy(() -> transport.serve(server.inference(), "none"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(transport.ends).hasValue(1);
        assertThat(transport.reads).hasValue(1);
    }

    @Test
    void executor_hasEnded_endsTheCall() throws Exception {
        script.put(Step.EXECUTE, () -> {
            throw new RejectedExecutionException();
        });
        ScriptedTransport transport = unary().serve(server.inference(), "m");
        assertThat(transport.answers).hasValue(0);
    }

    /** The client goes at each step: what is still done is for nobody. */
    @ParameterizedTest
    @EnumSource(value = Step.class, names = {"READ", "COMPLETE", "EXECUTE", "ENCODE", "SEND"})
    void client_goesAtAStep_endsTheCall(Step step) throws Exception {
        ScriptedTransport transport = unary();
        script.put(step, () -> Objects.requireNonNull(transport.call).close());
        transport.serve(server.inference(), "m");
    }

    @Test
    void client_goesBeforeTheRequestIsRead_itIsNotRead() throws Exception {
        ScriptedTransport transport = unary();
        script.put(Step.READ, () -> {
            throw new AssertionError("read for nobody");
        });
        InferenceCall call = server.inference().call(transport, null);
        call.close();
        call.serve("m", "");
        assertThat(transport.ends).hasValue(1);
        assertThat(transport.messages).hasValue(0);
        assertThat(transport.answers).hasValue(0);
        assertThat(transport.error).isNull();
    }

    @Test
    void client_goesAtTheFirstError_endsTheCall() throws Exception {
        ScriptedTransport transport = unary();
        script.put(Step.COMPLETE, () -> {
            Objects.requireNonNull(transport.call).close();
            throw error;
        });
        transport.serve(server.inference(), "m");
        assertThat(transport.answers).hasValue(0);
    }

    // Streams

    @ParameterizedTest
    @EnumSource(Pace.class)
    void stream_severalResponses_areSentAndEnded(Pace pace) throws Exception {
        ScriptedTransport transport = transport("IN", true, pace.windowBytes).serve(server.inference(), "square");
        assertThat(transport.responses).isEqualTo(3);
        assertThat(transport.answers).hasValue(1);
    }

    @ParameterizedTest
    @EnumSource(Pace.class)
    void stream_clientGoesAtTheSecondResponse_endsTheCall(Pace pace) throws Exception {
        ScriptedTransport transport = transport("IN", true, pace.windowBytes);
        script.put(Step.ENCODE, () -> {
            if (transport.responses == 1) {
                Objects.requireNonNull(transport.call).close();
            }
        });
        transport.serve(server.inference(), "square");
        assertThat(transport.responses).isLessThanOrEqualTo(2);
        assertThat(transport.answers).hasValue(0);
    }

    @ParameterizedTest
    @EnumSource(Pace.class)
    void stream_aResponseCannotBeEncoded_theOthersAreSent(Pace pace) throws Exception {
        ScriptedTransport transport = transport("IN", true, pace.windowBytes);
        script.put(Step.ENCODE, () -> {
            if (transport.error == null) {
                throw error;
            }
        });
        transport.serve(server.inference(), "square");
        assertThat(transport.responses).isEqualTo(2);
        assertThat(transport.answers).hasValue(1);
    }

    @ParameterizedTest
    @EnumSource(Pace.class)
    void stream_sendingThrows_endsTheCall(Pace pace) throws Exception {
        script.put(Step.SEND, () -> {
            throw new IllegalArgumentException("scripted");
        });
        assertThat(transport("IN", true, pace.windowBytes).serve(server.inference(), "square").responses).isZero();
    }

    @Test
    void stream_executorHasEnded_endsTheCall() throws Exception {
        script.put(Step.EXECUTE, () -> {
            throw new RejectedExecutionException();
        });
        assertThat(transport("IN", true, 300).serve(server.inference(), "square").responses).isZero();
    }

    /** How responses of a stream are paced. */
    enum Pace {
        BY_THE_TRANSPORT(0),
        BY_A_WINDOW(300);

        private final long windowBytes;

        Pace(long windowBytes) {
            this.windowBytes = windowBytes;
        }
    }
}
