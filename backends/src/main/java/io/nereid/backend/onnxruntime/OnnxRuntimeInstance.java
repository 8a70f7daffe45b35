package io.nereid.backend.onnxruntime;

import io.nereid.backend.InstancePlacement;
import io.nereid.backend.onnxruntime.binding.SessionArenas;
import io.nereid.backend.onnxruntime.binding.SessionCall;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorAllocator;
import io.nereid.scheduler.instance.Batch;
import io.nereid.scheduler.instance.ModelInstance;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** The calls of one thread at a time to a session. */
final class OnnxRuntimeInstance implements ModelInstance, ArenaTrimmer.Instance {
    private static final Logger LOG = LoggerFactory.getLogger(OnnxRuntimeInstance.class);

    /** What ONNX Runtime's releases say when an output does not fit the memory it was given. */
    private static final List<String> SHAPE_MISMATCH = List.of("computed output shape", "shape verification failed");

    private final String name;
    private final int gpu;
    private final SessionCall call;
    private final boolean batching;
    private final InputTensors inputs;
    private final StateTensors states;
    private final OutputTensors outputs;
    private final @Nullable SessionArenas arenas;
    private final Runnable closeSession;
    private final Consumer<OnnxRuntimeInstance> onClosed;
    private final @Nullable GpuPlace gpuPlace;
    private final boolean hasOneThread;
    /** Written by the thread alone that runs the instance. */
    private final AtomicLong runMarks = new AtomicLong();

    /**
     * An instance on a session.
     *
     * @param closeSession what to do when it needs the session no longer
     * @param memory where inputs are gathered and states kept
     * @param outputMemory where outputs lie
     * @param arenas the session's, closed with it; null where it keeps no memory or cannot say how much
     * @param onClosed called before anything is given back
     * @param gpuPlace what it has of its GPU, closed with it; null where it is on none
     * @param hasOneThread whether a run computes on the thread that calls it and waits for no other
     */
    OnnxRuntimeInstance(InstancePlacement placement, Runnable closeSession, SessionCall call,
            SignatureCheck.Checked checked,
            EmptyDimensions emptyDimensions, TensorAllocator memory, TensorAllocator outputMemory,
            @Nullable SessionArenas arenas,
            Consumer<OnnxRuntimeInstance> onClosed, @Nullable GpuPlace gpuPlace, boolean hasOneThread) {
        this.name = placement.name();
        this.gpu = placement.gpu();
        this.closeSession = closeSession;
        this.call = call;
        this.batching = checked.batching();
        this.inputs = new InputTensors(checked, emptyDimensions, call, memory);
        this.states = new StateTensors(checked, call, memory);
        this.outputs = new OutputTensors(checked, states, call, outputMemory);
        this.arenas = arenas;
        this.onClosed = onClosed;
        this.gpuPlace = gpuPlace;
        this.hasOneThread = hasOneThread;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int gpu() {
        return gpu;
    }

    /** {@inheritDoc} With several threads it waits for those, on a GPU for that. */
    @Override
    public boolean runsOnAnyThread() {
        return hasOneThread;
    }

    @Override
    public void prepare() {
        call.prepare();
    }

    /** Bytes that it holds: its session's arenas, and the buffers of inputs and outputs on a GPU; 0 if nobody can say. */
    long heldBytes() {
        try {
            return call.deviceBytes() + (arenas == null ? 0 : arenas.totalBytes());
        } catch (InferenceException e) {
            LOG.debug("instance '{}': ONNX Runtime does not say what it holds: {}", name, e.text());
            return 0;
        }
    }

    /** Bytes of its GPU's memory that it holds: ONNX Runtime's arena, and the buffers of inputs and outputs. */
    long gpuBytes() {
        try {
            return call.deviceBytes() + (arenas == null ? 0 : arenas.gpuBytes());
        } catch (InferenceException e) {
            LOG.debug("instance '{}': ONNX Runtime does not say what it holds of its GPU: {}", name, e.text());
            return call.deviceBytes();
        }
    }

    @Override
    public void execute(Batch batch) throws InferenceException {
        markRun();
        try {
            if (batch.size() == 1) {
                runOne(batch, 0);
            } else if (!batching || !runTogether(batch)) {
                runEach(batch);
            }
        } finally {
            states.finish(batch);
            markRun();
        }
    }

    private void markRun() {
        runMarks.lazySet(runMarks.getPlain() + 1);
    }

    /** Runs all requests of the batch as one; false if their inputs do not go together: then nothing has run. */
    private boolean runTogether(Batch batch) throws InferenceException {
        try {
            if (!giveTogether(batch)) {
                return false;
            }
            answer(batch, 0, batch.size(), batch.rows());
            return true;
        } finally {
            release();
        }
    }

    private boolean giveTogether(Batch batch) throws InferenceException {
        try {
            give(batch, 0, batch.size(), batch.rows());
            return true;
        } catch (InferenceException e) {
            if (e.code() == ErrorCode.INVALID_ARG) {
                return false; // alone, each request gets the error that it has itself
            }
            throw e;
        }
    }

    private void runEach(Batch batch) {
        for (int i = 0; i < batch.size(); i++) {
            try {
                runOne(batch, i);
            } catch (InferenceException e) {
                batch.fail(i, e);
            }
        }
    }

    private void runOne(Batch batch, int index) throws InferenceException {
        int rows = batch.request(index).batchSize();
        try {
            give(batch, index, 1, rows);
            answer(batch, index, 1, rows);
        } finally {
            release();
        }
    }

    private void give(Batch batch, int first, int count, int rows) throws InferenceException {
        call.begin(rows);
        inputs.give(batch, first, count, rows);
        states.give(batch, first, count, rows);
    }

    /** Runs {@code count} requests whose inputs are given, together of {@code rows} rows; answers all or none. */
    private void answer(Batch batch, int first, int count, int rows) throws InferenceException {
        outputs.want(batch, first, count, rows);
        batch.inputsReady();
        compute(batch, first, count, rows);
        batch.outputsStart();
        outputs.respond(batch, first, count, rows);
    }

    private void release() {
        call.clear();
        inputs.release();
        states.release();
        outputs.release();
    }

    private void compute(Batch batch, int first, int count, int rows) throws InferenceException {
        try {
            call.run();
        } catch (InferenceException e) {
            if (SHAPE_MISMATCH.stream().noneMatch(e.text()::contains) || !outputs.distrustShapes()) {
                throw e;
            }
            LOG.warn(
                    "instance '{}': the model's outputs are not of the shapes it declares; from now on they are copied:"
                            + " {}",
                    name, e.text());
            again(batch, first, count, rows);
        }
    }

    private void again(Batch batch, int first, int count, int rows) throws InferenceException {
        release();
        give(batch, first, count, rows);
        outputs.want(batch, first, count, rows);
        call.run();
    }

    @Override
    public void terminate() {
        try {
            call.terminate();
        } catch (InferenceException e) { // then it runs to its end
            LOG.warn("instance '{}': a run that nobody waits for could not be ended: {}", name, e.text());
        }
    }

    @Override
    public void forgetTermination() {
        try {
            call.forgetTermination();
        } catch (InferenceException e) {
            LOG.error("instance '{}': runs may go on to be ended early: {}", name, e.text());
        }
    }

    @Override
    public long runMarks() {
        return runMarks.get();
    }

    @Override
    public long keptBytes() throws InferenceException {
        return arenas == null ? 0 : arenas.keptBytes();
    }

    @Override
    public void shrink() throws InferenceException {
        if (arenas != null && gpuPlace != null) {
            gpuPlace.shrink(arenas);
        } else if (arenas != null) {
            arenas.shrink();
        }
    }

    @Override
    public void close() {
        onClosed.accept(this);
        if (gpuPlace == null) {
            closeSession();
        } else {
            gpuPlace.close(this::closeSession);
        }
    }

    private void closeSession() {
        if (arenas != null) {
            arenas.close();
        }
        call.close();
        closeSession.run();
    }
}
