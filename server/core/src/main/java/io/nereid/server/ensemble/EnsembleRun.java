package io.nereid.server.ensemble;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.Cancellation;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.ResponseListener;
import io.nereid.inference.Tensor;
import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One request to an ensemble, from its inputs to its outputs. Each thread that brings an event, as the response of a
 * step, notes it under the lock, and starts what became possible without it; while one thread starts steps, others leave
 * theirs to it, so a start that fails at once starts nothing from within.
 */
final class EnsembleRun implements Cancellation {
    private final EnsembleScheduler ensemble;
    private final EnsembleGraph graph;
    private final Selection selection;
    private final InferenceRequest request;
    private final ResponseListener listener;
    private final RunTimes times;
    /** Null where there is exactly one response. */
    private final @Nullable StreamedAnswer stream;

    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private final Scope root;
    /** Those of responses of decoupled steps, in the order in which they came, as long as anything is to be done. */
    @GuardedBy("lock")
    private final Set<Scope> scopes = new LinkedHashSet<>(0);
    @GuardedBy("lock")
    private final Deque<Ready> ready = new ArrayDeque<>(4);
    @GuardedBy("lock")
    private final Set<StepCall> running = new LinkedHashSet<>(4);
    @GuardedBy("lock")
    private final RunOptions options;
    /** Null where nobody asks. */
    @GuardedBy("lock")
    private final @Nullable RunExplanation explanation;
    @GuardedBy("lock")
    private @Nullable InferenceException failure;
    @GuardedBy("lock")
    private boolean cancelled;
    /** Whether a thread starts steps. */
    @GuardedBy("lock")
    private boolean starting;
    @GuardedBy("lock")
    private boolean ended;

    /** A step that has its inputs. */
    private record Ready(Scope scope, EnsembleGraph.Step step) {}

    EnsembleRun(EnsembleScheduler ensemble, InferenceRequest request, ResponseListener listener, long startNanos) {
        this.ensemble = ensemble;
        this.graph = ensemble.graph();
        this.selection = Selection.of(graph, request.requestedOutputs());
        this.request = request;
        this.listener = listener;
        this.times = new RunTimes(request, startNanos);
        this.options = new RunOptions(request.options(), startNanos);
        this.explanation = RunExplanation.of(request, graph, startNanos);
        this.stream = graph.decoupled() ? new StreamedAnswer(listener, ensemble.threads()) : null;
        this.root = new Scope(graph, selection, EnsembleGraph.NONE, null);
    }

    /** Begins; called once. */
    void start() {
        lock.lock();
        try {
            int uses = 0;
            for (EnsembleGraph.Port input : graph.inputs()) {
                uses += request.input(input.name()) == null ? 0 : root.usesOf(input.tensor());
            }
            HeldMemory memory = new HeldMemory(request.memory(), ensemble.account()); // charged by whoever read it
            memory.hold(uses);
            for (EnsembleGraph.Port input : graph.inputs()) {
                Tensor given = request.input(input.name());
                set(root, input.tensor(), given == null ? null : input.toSteps(given), memory);
            }
        } finally {
            lock.unlock();
        }
        advance();
    }

    @GuardedBy("lock")
    private void set(Scope scope, int number, @Nullable Tensor tensor, HeldMemory memory) {
        scope.set(number, tensor, memory);
        List<Integer> consumers = graph.consumers(number);
        for (int i = 0; i < consumers.size(); i++) {
            EnsembleGraph.Step step = graph.steps().get(consumers.get(i));
            if (!selection.steps().get(step.index())) {
                continue;
            }
            if (step.origin() == scope.origin()) {
                arrived(scope, step);
            } else {
                for (Scope later : scopes) {
                    if (later.origin() == step.origin()) {
                        arrived(later, step);
                    }
                }
            }
        }
    }

    @GuardedBy("lock")
    private void arrived(Scope scope, EnsembleGraph.Step step) {
        if (scope.arrived(step.index())) {
            ready.add(new Ready(scope, step));
        }
    }

    // What steps say

    /** Waits until the client has taken enough of what is there; for a decoupled step. */
    void awaitRoom() {
        if (stream != null) {
            stream.awaitRoom();
        }
    }

    /**
     * A step has responded; the response is this run's.
     *
     * @param last whether there will be no further one
     */
    void responded(StepCall call, InferenceResponse response, boolean last) {
        HeldMemory memory = new HeldMemory(response.memory(), ensemble.account());
        InferenceException full = charge(memory, call.step(), response);
        lock.lock();
        try {
            InferenceException wrong = full == null ? options.take(response.parameters()) : full;
            if (wrong != null) {
                fail(wrong);
            }
            if (explanation != null) {
                explanation.responded(call.step().index(), response.parameters());
            }
            if (last) {
                remove(call);
            }
            if (failure != null || ended) {
                memory.release();
            } else {
                receive(call, response, memory);
            }
        } finally {
            lock.unlock();
        }
        settle();
    }

    /**
     * Charges what a step has made in host memory: a GPU's has a limit of its own. The response of most is one of as many as there are requests, and is charged anyway;
     * those of a decoupled one may be any number.
     *
     * @return why it cannot be held; null if it can
     */
    private static @Nullable InferenceException charge(HeldMemory memory, EnsembleGraph.Step step,
            InferenceResponse response) {
        long bytes = 0;
        for (int i = 0; i < response.outputs().size(); i++) {
            bytes += response.outputs().get(i).hostBytes();
        }
        if (!step.decoupled()) {
            memory.chargeAnyway(bytes);
            return null;
        }
        try {
            memory.charge(bytes);
            return null;
        } catch (InferenceException e) {
            return e;
        }
    }

    @GuardedBy("lock")
    private void receive(StepCall call, InferenceResponse response, HeldMemory memory) {
        EnsembleGraph.Step step = call.step();
        Scope scope = call.scope();
        if (step.decoupled()) {
            scope = new Scope(graph, selection, step.index(), root);
            scopes.add(scope);
        }
        int uses = 0;
        for (EnsembleGraph.Port output : step.outputs()) {
            uses += find(response.outputs(), output.name()) == null ? 0 : scope.usesOf(output.tensor());
        }
        memory.hold(uses);
        for (EnsembleGraph.Port output : step.outputs()) {
            set(scope, output.tensor(), find(response.outputs(), output.name()), memory);
        }
    }

    private static @Nullable Tensor find(List<Tensor> tensors, String name) {
        for (int i = 0; i < tensors.size(); i++) {
            if (tensors.get(i).name().equals(name)) {
                return tensors.get(i);
            }
        }
        return null;
    }

    /** There will be no further response of a step. */
    void ended(StepCall call) {
        lock.lock();
        try {
            remove(call);
        } finally {
            lock.unlock();
        }
        settle();
    }

    @GuardedBy("lock")
    private void remove(StepCall call) {
        if (running.remove(call)) {
            call.scope().stepEnded();
            times.add(call.times());
            if (explanation != null) {
                explanation.ended(call.step().index(), call.times(), ensemble.clock().nanoTime());
            }
        }
    }

    /** A step gave an error in the place of a response, and goes on. */
    void failedResponse(StepCall call, InferenceException error) {
        fail(call, error, false);
    }

    /** A step has failed. */
    void failed(StepCall call, InferenceException error) {
        fail(call, error, true);
    }

    private void fail(StepCall call, InferenceException error, boolean last) {
        lock.lock();
        try {
            fail(error);
            if (last) {
                remove(call);
            }
        } finally {
            lock.unlock();
        }
        settle();
    }

    /** The first failure is the answer. */
    @GuardedBy("lock")
    private void fail(InferenceException error) {
        if (failure == null && !ended) {
            failure = error.withText("in ensemble '" + graph.name() + "', " + error.text());
        }
    }

    @Override
    public void cancel() {
        lock.lock();
        try {
            cancelled = true;
        } finally {
            lock.unlock();
        }
        settle();
    }

    /** Ends what is pointless, and starts what has become possible. */
    private void settle() {
        List<StepCall> pointless = List.of();
        lock.lock();
        try {
            if ((failure != null || cancelled) && !running.isEmpty()) {
                pointless = List.copyOf(running);
            }
            if (stream != null && (failure != null || cancelled)) {
                stream.close();
            }
        } finally {
            lock.unlock();
        }
        pointless.forEach(StepCall::cancel);
        advance();
    }

    // What is done

    private void advance() {
        lock.lock();
        try {
            if (starting || ended) {
                return;
            }
            starting = true;
        } finally {
            lock.unlock();
        }
        for (StepCall next = next(); next != null; next = next()) {
            next.begin();
        }
    }

    /** The next step to start; null if there is none, in which case others may look for one from then on. */
    private @Nullable StepCall next() {
        boolean over;
        lock.lock();
        try {
            if (cancelled && !ready.isEmpty()) {
                fail(new InferenceException(ErrorCode.CANCELLED, "the request was cancelled between two steps"));
            }
            answerStream();
            if (failure == null && !ready.isEmpty()) {
                Ready step = ready.poll();
                StepCall call = StepInputs.call(ensemble, this, step.scope, step.step, request,
                        options.now(ensemble.clock().nanoTime()), selection);
                running.add(call);
                if (explanation != null) {
                    explanation.started(step.step.index(), ensemble.clock().nanoTime());
                }
                return call;
            }
            starting = false;
            over = running.isEmpty() && !ended;
            ended |= over;
        } finally {
            lock.unlock();
        }
        if (over) {
            end();
        }
        return null;
    }

    /** Hands on what is complete of a decoupled ensemble's responses, in their order. */
    @GuardedBy("lock")
    private void answerStream() {
        StreamedAnswer answer = stream;
        if (answer == null || failure != null) {
            return;
        }
        for (Iterator<Scope> all = scopes.iterator(); all.hasNext();) {
            Scope scope = all.next();
            if (!scope.isAnswered() && Outputs.has(graph, selection, scope.origin())) {
                if (!Outputs.areKnown(graph, selection, scope)) {
                    return; // those that came later wait for it
                }
                scope.answered();
                times.response(ensemble.statistics(), ensemble.clock().nanoTime());
                answer.add(Outputs.of(graph, selection, scope, parameters()));
            }
            if (scope.openSteps() == 0) {
                all.remove();
                scope.release();
            }
        }
    }

    @GuardedBy("lock")
    private Map<String, ParameterValue> parameters() {
        return explanation == null ? options.parameters()
                : explanation.parameters(options.parameters(), ensemble.clock().nanoTime());
    }

    /** No step runs and none will: the answer. */
    private void end() {
        InferenceException error;
        Answer answer = null;
        lock.lock();
        try {
            error = failure;
            if (error == null && (stream == null || !Outputs.areStreamed(graph, selection))) {
                answer = Outputs.of(graph, selection, root, parameters());
            }
            root.release();
            scopes.forEach(Scope::release);
            scopes.clear();
            ready.clear();
        } finally {
            lock.unlock();
        }
        times.end(ensemble, error);
        if (stream != null) {
            if (answer != null) {
                stream.add(answer);
            }
            stream.end(error);
        } else if (error != null) {
            listener.onError(error);
        } else {
            listener.onResponse(Objects.requireNonNull(answer).handOn(), true);
        }
    }
}
