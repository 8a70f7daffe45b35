package io.nereid.backend.identity;

import io.nereid.backend.InstancePlacement;
import io.nereid.backend.Sleeper;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorAllocator;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;
import io.nereid.scheduler.instance.Batch;
import io.nereid.scheduler.instance.ModelInstance;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Copies each request's inputs into a buffer of its response. */
final class IdentityInstance implements ModelInstance {
    private final String name;
    private final int gpu;
    private final List<IdentityBackend.Pair> pairs;
    private final Duration delay;
    private final Sleeper sleeper;
    private final TensorAllocator memory;
    /** The instance thread while it sleeps. */
    private volatile @Nullable Thread sleeping;
    /** Whether the execution under way, or about to begin, is to end at once. */
    private volatile boolean terminated;

    IdentityInstance(InstancePlacement placement, List<IdentityBackend.Pair> pairs, Duration delay, Sleeper sleeper,
            TensorAllocator memory) {
        this.name = placement.name();
        this.gpu = placement.gpu();
        this.pairs = pairs;
        this.delay = delay;
        this.sleeper = sleeper;
        this.memory = memory;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int gpu() {
        return gpu;
    }

    /** {@inheritDoc} Not if it sleeps. */
    @Override
    public boolean runsOnAnyThread() {
        return delay.isZero();
    }

    @Override
    public void execute(Batch batch) throws InferenceException {
        batch.inputsReady();
        sleep();
        batch.outputsStart();
        for (int i = 0; i < batch.size(); i++) {
            try {
                batch.respond(i, response(batch.request(i)));
            } catch (InferenceException e) {
                batch.fail(i, e);
            }
        }
    }

    private void sleep() throws InferenceException {
        if (delay.isZero()) {
            return;
        }
        sleeping = Thread.currentThread();
        try {
            if (terminated) { // before there was anything to interrupt
                throw new InterruptedException();
            }
            sleeper.sleep(delay);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new InferenceException(ErrorCode.UNAVAILABLE, "instance '" + name + "' was interrupted");
        } finally {
            sleeping = null;
        }
    }

    /** Ends the delay. */
    @Override
    public void terminate() {
        terminated = true;
        Thread thread = sleeping;
        if (thread != null) {
            thread.interrupt();
        }
    }

    /** An interrupt that came too late for the delay it was meant for must not shorten the next. */
    @Override
    public void forgetTermination() {
        terminated = false;
        boolean _ = Thread.interrupted();
    }

    private InferenceResponse response(InferenceRequest request) throws InferenceException {
        List<Tensor> sources = new ArrayList<>(pairs.size());
        long bytes = 0;
        for (IdentityBackend.Pair pair : pairs) {
            Tensor source = pair.optional() ? request.input(pair.input()) : request.requiredInput(pair.input());
            if (source != null && request.wants(pair.output())) {
                sources.add(new Tensor(pair.output(), pair.dataType(), source.shape(), source.data()));
                bytes += TensorMemory.aligned(source.byteSize());
            }
        }
        TensorBuffer buffer = memory.allocate(bytes);
        return new InferenceResponse(copies(sources, buffer.segment()), Map.of(), buffer);
    }

    private static List<Tensor> copies(List<Tensor> sources, MemorySegment target) {
        List<Tensor> copies = new ArrayList<>(sources.size());
        long at = 0;
        for (Tensor source : sources) {
            MemorySegment data = target.asSlice(at, source.byteSize());
            data.copyFrom(source.data());
            copies.add(new Tensor(source.name(), source.dataType(), source.shape(), data));
            at += TensorMemory.aligned(source.byteSize());
        }
        return copies;
    }

    @Override
    public void close() {
        // It holds nothing between executions.
    }
}
