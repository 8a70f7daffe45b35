package io.nereid.server.inference;

import io.nereid.backend.ModelCall;
import io.nereid.backend.device.NativeHeap;
import io.nereid.backend.workermemory.FileWorkerMemory;
import io.nereid.inference.Await;
import io.nereid.inference.Cancellation;
import io.nereid.inference.CountingLease;
import io.nereid.inference.DataType;
import io.nereid.inference.ElementLayout;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.NanoClock;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.RequestTimes;
import io.nereid.inference.RequestTrace;
import io.nereid.inference.Shape;
import io.nereid.inference.StreamListener;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorMemory;
import io.nereid.modelrepo.DirectoryStore;
import io.nereid.modelrepo.ModelRepository;
import io.nereid.modelrepo.lifecycle.ModelLifecycle;
import io.nereid.scheduler.FakeAlarm;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.ledger.LedgerLimits;
import io.nereid.server.ledger.Resource;
import io.nereid.server.model.ServedModel;
import io.nereid.server.model.ServedModels;
import io.nereid.server.model.config.BackendConfig;
import io.nereid.server.model.config.LatencySettings;
import io.nereid.server.model.config.ModelControlConfig;
import io.nereid.server.model.config.ModelControlMode;
import io.nereid.server.model.config.RateLimits;
import io.nereid.server.model.control.RepositoryControl;
import io.nereid.server.model.control.TestRepository;
import io.nereid.server.model.loading.Backends;
import io.nereid.server.model.loading.ModelVersions;
import io.nereid.server.model.loading.SchedulerFactory;
import io.nereid.server.observation.Observation;
import io.nereid.server.protocol.Admission;
import io.nereid.server.protocol.InFlight;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@Timeout(60)
class ModelCallsTest {
    @TempDir
    private Path directory;
    private final TensorMemory memory = new TensorMemory(1 << 20, 1 << 20);
    private final FileWorkerMemory shared = new FileWorkerMemory(1 << 20, 0, Path.of("unused"), "");
    private final ModelLifecycle<ServedModel> lifecycle = new ModelLifecycle<>(2);
    private final ServedModels models = new ServedModels(lifecycle, true);
    private final SchedulerFactory schedulers = new SchedulerFactory(RateLimits.OFF, LatencySettings.DEFAULT, Map.of(),
            true,
            null);
    private final Ledger ledger = new Ledger(new LedgerLimits(1 << 20, 1 << 20, 1, 0), NanoClock.SYSTEM);
    private final Admission admission = new Admission(ledger);
    /** Of the call that began last. */
    private final AtomicReference<RequestTimes> times = new AtomicReference<>(new RequestTimes());
    private final InferenceService service = new InferenceService(models, admission, memory, new CodecThreads(1),
            new NobodyObserves() {
                @Override
                public @Nullable Observation beginChild(RequestTrace parent, String model, long version,
                        RequestTimes noted) {
                    times.set(noted);
                    return null;
                }
            });
    private final FakeAlarm alarm = new FakeAlarm();
    private final ModelCalls calls = new ModelCalls(service, alarm);
    private final ServerModelServices services = new ServerModelServices();
    private final CountingLease inputs = new CountingLease();
    private Backends backends;

    @BeforeEach
    void start() throws Exception {
        TestRepository repository = new TestRepository(Files.createDirectory(directory.resolve("models")));
        repository.withIdentity("echo", "TYPE_INT32", "-1", "");
        repository.withIdentity("slow", "TYPE_INT32", "-1",
                "parameters { key: \"execute_delay_ms\" value: { string_value: \"3600000\" } }");
        repository.withModel("stream", """
                backend: "repeat" max_batch_size: 0
                model_transaction_policy { decoupled: true }
                input { name: "IN" data_type: TYPE_INT32 dims: [ -1 ] }
                input { name: "DELAY" data_type: TYPE_UINT32 dims: [ -1 ] }
                input { name: "WAIT" data_type: TYPE_UINT32 dims: [ 1 ] }
                output { name: "OUT" data_type: TYPE_INT32 dims: [ 1 ] }
                output { name: "IDX" data_type: TYPE_UINT32 dims: [ 1 ] }
                """);
        backends = new Backends(memory, shared, services, NativeHeap.ofThisProcess(), BackendConfig.NONE);
        ModelRepository stored = new ModelRepository(List.of(new DirectoryStore(repository.root())), "", false);
        RepositoryControl control = new RepositoryControl(stored,
                ModelControlConfig.DEFAULT.withStartup(ModelControlMode.EXPLICIT,
                        List.of(ModelControlConfig.EVERY_MODEL)),
                new ModelVersions(backends, schedulers, new ServedSteps(), true, false, 0, () -> false), lifecycle);
        assertThat(control.loadAtStart()).isTrue();
        services.bind(service, calls, control);
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        assertThat(calls.waiting()).isZero();
        assertThat(admission.requests()).isZero();
        assertThat(ledger.held(Resource.NATIVE)).isZero();
        assertThat(models.close(Duration.ofSeconds(20))).isTrue();
        schedulers.close();
        backends.close();
        shared.close();
        memory.close();
    }

    private ModelCall call(String caller, String model, boolean decoupled, String... names) {
        List<Tensor> tensors = List.of(names).stream().map(name -> new Tensor(name,
                name.equals("DELAY") || name.equals("WAIT") ? DataType.UINT32 : DataType.INT32,
                model.equals("stream") ? Shape.of(1) : Shape.of(1, 1), one(name))).toList();
        return new ModelCall(caller, model, "", decoupled, "7", tensors, List.of(), RequestOptions.DEFAULT, Map.of(),
                inputs, () -> null);
    }

    private static MemorySegment one(String name) {
        MemorySegment place = Arena.ofAuto().allocate(4, 4);
        place.set(ElementLayout.INT, 0, name.equals("IN") ? 42 : 0);
        return place;
    }

    private StreamListener sent(ModelCall call) {
        StreamListener listener = new StreamListener();
        Cancellation _ = services.infer(call, listener);
        return listener;
    }

    @Test
    void infer_aModelThatIsThere_givesItsOneResponse() {
        AtomicReference<Integer> value = new AtomicReference<>();
        StreamListener listener = new StreamListener(
                response -> value.set(response.outputs().getFirst().data().get(ElementLayout.INT, 0)));
        Cancellation _ = services.infer(call("caller", "echo", false, "IN"), listener);
        assertThat(listener.end()).isEqualTo("last");
        assertThat(value).hasValue(42);
        assertThat(inputs.releases()).isOne();
    }

    @Test
    void infer_anUnknownModel_saysSoInTritonsWords() {
        InferenceException error = sent(call("caller", "nope", false, "IN")).error();
        assertThat(error.text()).isEqualTo(
                "Model nope - Error when running inference: Request for unknown model: 'nope' is not found");
        assertThat(error.code()).isEqualTo(ErrorCode.INTERNAL);
        assertThat(inputs.releases()).isOne();
    }

    @Test
    void infer_aModelThatIsUnloaded_saysThatItIsNotReady() throws Exception {
        services.unload("echo", false);
        Await.until(() -> !services.isReady("echo", ""));
        assertThat(sent(call("caller", "echo", false, "IN")).error().text()).isEqualTo("Model echo - Error when running"
                + " inference: Failed for execute the inference request. Model 'echo' is not ready.");
    }

    @Test
    void infer_inputsThatDoNotFit_areRefusedWithTheModelsName() {
        InferenceException error = sent(call("caller", "echo", false)).error();
        assertThat(error.text()).startsWith("Model echo - Error when running inference: [request id: 7] expected 1"
                + " inputs but got 0 inputs for model 'echo'");
        assertThat(error.code()).isEqualTo(ErrorCode.INTERNAL);
        assertThat(inputs.releases()).isOne();
    }

    @Test
    void infer_aDecoupledModelWithoutSayingSo_isRefused() {
        assertThat(sent(call("caller", "stream", false, "IN", "DELAY", "WAIT")).error().text()).isEqualTo("Model stream"
                + " is using the decoupled. The current BLS request call doesn't support models using the decoupled"
                + " transaction policy. Please use 'decoupled=True' argument to the 'exec' or 'async_exec' calls for"
                + " decoupled models.'");
        assertThat(inputs.releases()).isOne();
    }

    @Test
    void infer_aDecoupledModel_givesItsResponsesAndTheEnd() {
        StreamListener listener = sent(call("caller", "stream", true, "IN", "DELAY", "WAIT"));
        Object end = listener.end();
        assertThat(end).isIn("last", "end");
        assertThat(listener.responses()).isOne();
    }

    @Test
    void infer_whileNothingMoreIsAdmitted_isServed() throws Exception {
        Admission.Ticket only = admission.admit(ledger.detached(), 1, new InFlight());
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> admission.admit(ledger.detached(), 1, new InFlight()));
        assertThat(sent(call("caller", "echo", false, "IN")).end()).isEqualTo("last");
        only.release();
    }

    @Test
    void infer_aModelThatCallsItselfWithNoInstanceFree_endsWithTheCircle() {
        StreamListener first = new StreamListener();
        Cancellation running = services.infer(call("client", "slow", false, "IN"), first);
        StreamListener second = sent(call("slow", "slow", false, "IN"));
        assertThat(second.hasEnded()).isFalse();
        assertThat(alarm.delays()).containsExactly(10_000_000_000L);
        alarm.fireLast();
        assertThat(second.error().text()).isEqualTo("Model slow - Error when running inference: the models slow -> slow"
                + " wait for each other, and no instance of 'slow' became free within 10 s");
        assertThat(second.error().code()).isEqualTo(ErrorCode.INTERNAL);
        running.cancel();
        assertThat(first.error().code()).isEqualTo(ErrorCode.CANCELLED);
    }

    @Test
    void infer_aCircleWithAnInstanceFree_isServed() {
        StreamListener running = new StreamListener();
        Cancellation waiting = services.infer(call("echo", "slow", false, "IN"), running);
        StreamListener back = sent(call("slow", "echo", false, "IN"));
        assertThat(back.end()).isEqualTo("last");
        assertThat(alarm.pending()).as("it has ended").isZero();
        waiting.cancel();
        assertThat(running.error().code()).isEqualTo(ErrorCode.CANCELLED);
    }

    @Test
    void expire_aCallThatRuns_leavesIt() {
        StreamListener running = new StreamListener();
        Cancellation itself = services.infer(call("slow", "slow", false, "IN"), running);
        Await.until(() -> times.get().startNanos() != null);
        alarm.fireLast();
        assertThat(running.hasEnded()).isFalse();
        itself.cancel();
        assertThat(running.error().code()).isEqualTo(ErrorCode.CANCELLED);
    }

    @Test
    void isReady_ofModels_saysWhichAre() throws Exception {
        assertThat(services.isReady("echo", "")).isTrue();
        assertThat(services.isReady("echo", "1")).isTrue();
        assertThat(services.isReady("echo", "2")).isFalse();
        assertThat(services.isReady("nope", "")).isFalse();
        assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> services.isReady("echo", "one"))
                .withMessageStartingWith("Failed to check model readiness: ");
    }

    @Test
    void load_withAConfigurationAndFiles_servesThat() throws Exception {
        MemorySegment content = MemorySegment.ofArray(new byte[]{1, 2, 3});
        services.load("", "made", """
                {"backend": "identity", "input": [{"name": "IN", "data_type": "TYPE_INT32", "dims": [-1, 1]}],
                 "output": [{"name": "OUT", "data_type": "TYPE_INT32", "dims": [-1, 1]}]}""",
                Map.of("file:1/any.bin", content));
        assertThat(sent(call("caller", "made", false, "IN")).end()).isEqualTo("last");
    }

    @Test
    void load_ofWhatCannotBe_saysWhy() {
        assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> services.load("", "nope", "", Map.of()))
                .withMessageStartingWith("Failed to load model: failed to load 'nope'");
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> services.load("", "made", "{}", Map.of("1/a", MemorySegment.NULL)))
                .withMessageContaining("expected 'file:<version>/<file name>'");
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> services.load("", "made", "{}", Map.of("file:../a", MemorySegment.NULL)))
                .withMessageContaining("leads out of the model's directory");
    }

    @Test
    void anything_beforeTheServerHasStarted_isAnError() {
        ServerModelServices early = new ServerModelServices();
        StreamListener listener = new StreamListener();
        Cancellation _ = early.infer(call("caller", "echo", false, "IN"), listener);
        assertThat(listener.error().text()).isEqualTo("the server has not started");
        assertThat(inputs.releases()).isOne();
        assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> early.load("", "echo", "", Map.of()))
                .withMessage("Failed to load model: the server has not started");
    }
}
