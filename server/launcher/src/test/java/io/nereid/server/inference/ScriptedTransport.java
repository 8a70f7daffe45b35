package io.nereid.server.inference;

import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.server.ledger.Account;
import io.nereid.server.protocol.ClientRequest;
import io.nereid.server.protocol.OutputTarget;
import io.nereid.server.protocol.RequestedOutput;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;

/** A transport whose every step a test can let fail, or do something at: what it holds and receives is counted. */
final class ScriptedTransport implements InferenceTransport<InferenceResponse> {
    /** Each step of a call. */
    enum Step {
        READ,
        COMPLETE,
        REFUSE,
        EXECUTE,
        ENCODE,
        SEND,
        FAIL,
        ENDED
    }

    /** What a step does beside its work. */
    interface Action {
        void run() throws InferenceException;
    }

    final CountDownLatch ended = new CountDownLatch(1);
    final AtomicInteger ends = new AtomicInteger();
    final AtomicInteger answers = new AtomicInteger();
    final AtomicInteger messages = new AtomicInteger(1);
    final AtomicInteger targets = new AtomicInteger();
    final AtomicInteger reads = new AtomicInteger();
    volatile @Nullable InferenceException error;
    volatile @Nullable InferenceCall call;
    volatile int responses;

    private final TensorMemory memory;
    private final String input;
    private final Map<Step, Action> script;
    private final boolean stream;
    private final long windowBytes;
    private @Nullable TensorBuffer body;

    ScriptedTransport(TensorMemory memory, String input, Map<Step, Action> script, boolean stream, long windowBytes) {
        this.memory = memory;
        this.input = input;
        this.script = script;
        this.stream = stream;
        this.windowBytes = windowBytes;
    }

    /** Serves a request to that model, and waits for its end. */
    ScriptedTransport serve(InferenceService service, String model) throws InterruptedException {
        InferenceCall begun = service.call(this, null);
        call = begun;
        begun.serve(model, "");
        assertThat(ended.await(20, TimeUnit.SECONDS)).as("ended").isTrue();
        assertThat(ends).hasValue(1);
        assertThat(messages).as("messages held").hasValue(0);
        assertThat(targets).as("targets held").hasValue(0);
        assertThat(reads).as("notified that the next request may be read").hasValue(1);
        return this;
    }

    private void at(Step step) throws InferenceException {
        Action action = script.get(step);
        if (action != null) {
            action.run();
        }
    }

    /** Where no error can be thrown that a client receives. */
    private void atUnchecked(Step step) {
        try {
            at(step);
        } catch (InferenceException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public @Nullable Account account() {
        return null;
    }

    @Override
    public long bytes() {
        return 64;
    }

    @Override
    public RequestIdentity identity() {
        return RequestIdentity.UNKNOWN;
    }

    @Override
    public @Nullable InferenceException unsupported(ModelConfig config) {
        return config.decoupled() && !stream ? new InferenceException(ErrorCode.UNSUPPORTED, "no")
                : null;
    }

    @Override
    public long workToRead() {
        return 0;
    }

    @Override
    public long read(InferenceCall reading) throws InferenceException {
        messages.decrementAndGet();
        at(Step.READ);
        body = memory.allocate(64);
        return 0;
    }

    @Override
    public ClientRequest complete() throws InferenceException {
        TensorBuffer held = Objects.requireNonNull(body);
        try {
            at(Step.COMPLETE);
        } catch (InferenceException | RuntimeException | Error e) {
            held.release();
            throw e;
        }
        held.segment().fill((byte) 0).set(ValueLayout.JAVA_INT, 0, 3);
        targets.incrementAndGet();
        OutputTarget target = new OutputTarget() {
            @Override
            public void write(String output, MemorySegment data) {}

            @Override
            public void release() {
                targets.decrementAndGet();
            }
        };
        return new ClientRequest("id", List.of(new Tensor(input, DataType.INT32, stream ? Shape.of(1) : Shape.of(1, 1),
                held.segment().asSlice(0, 4))), List.of(new RequestedOutput("OUT", false, 0, target)), false,
                RequestOptions.DEFAULT, Map.of(), held);
    }

    @Override
    public void discard() {
        messages.decrementAndGet();
    }

    @Override
    public void hasRead() {
        reads.incrementAndGet();
    }

    @Override
    public boolean isStream() {
        return stream;
    }

    @Override
    public long windowBytes() {
        return windowBytes;
    }

    @Override
    public Executor executor() {
        return script.containsKey(Step.EXECUTE) || windowBytes > 0 ? work -> {
            atUnchecked(Step.EXECUTE);
            work.run();
        } : CALLER;
    }

    @Override
    public long workToWrite(InferenceResponse response) {
        return 0;
    }

    @Override
    public InferenceResponse encode(InferenceCall encoding, InferenceResponse response, boolean last)
            throws InferenceException {
        at(Step.ENCODE);
        return response;
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread at a time sends
    public void send(InferenceCall sending, InferenceResponse response, boolean last) {
        response.memory().release();
        atUnchecked(Step.SEND);
        responses++;
        if (last) {
            answers.incrementAndGet();
        }
        sending.waits(100, last).release();
    }

    @Override
    public void end(InferenceCall ending) {
        answers.incrementAndGet();
        ending.close();
    }

    @Override
    public void refuse(InferenceCall refused, InferenceException refusal) {
        error = refusal;
        answers.incrementAndGet();
        refused.waits(10, true).release();
        atUnchecked(Step.REFUSE);
    }

    @Override
    public void fail(InferenceCall failed, InferenceException failure, boolean last) {
        error = failure;
        atUnchecked(Step.FAIL);
        if (last) {
            answers.incrementAndGet();
        }
        failed.waits(10, last).release();
    }

    @Override
    public void ended() {
        ends.incrementAndGet();
        ended.countDown();
    }
}
