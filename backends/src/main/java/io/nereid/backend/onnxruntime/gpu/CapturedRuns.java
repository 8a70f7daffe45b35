package io.nereid.backend.onnxruntime.gpu;

import io.nereid.backend.device.CaptureLock;
import io.nereid.backend.device.CudaException;
import io.nereid.backend.device.CudaStream;
import io.nereid.inference.InferenceException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Lock;

/**
 * The CUDA graphs of one instance, by the number of rows that each is of. They are recorded once, and replayed on the
 * thread that has recorded them; {@link #terminate} and {@link #forgetTermination} may be called on any.
 */
final class CapturedRuns implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CapturedRuns.class);

    private final String instance;
    private final GpuSession session;
    private final CudaStream stream;
    private final GpuErrors errors;
    private final List<FixedRun> wanted;
    private final ConcurrentHashMap<Integer, CapturedRun> byRows = new ConcurrentHashMap<>();
    private @Nullable Thread capturedBy;

    /**
     * None is recorded yet.
     *
     * @param instance its name, for the log
     * @param stream the one that the session runs in
     * @param wanted the runs of which there are to be graphs
     */
    CapturedRuns(String instance, GpuSession session, CudaStream stream, GpuErrors errors, List<FixedRun> wanted) {
        this.instance = instance;
        this.session = session;
        this.stream = stream;
        this.errors = errors;
        this.wanted = List.copyOf(wanted);
    }

    /**
     * Records the graphs, on the thread that will replay them. What cannot be recorded runs without a graph, and the log
     * says why.
     *
     * @param captures that of all models
     */
    void capture(CaptureLock captures) {
        if (wanted.isEmpty()) {
            return;
        }
        Lock lock = captures.capture();
        lock.lock();
        try {
            wanted.forEach(this::capture);
            capturedBy = Thread.currentThread();
        } finally {
            lock.unlock();
        }
        LOG.info("instance '{}': batches of {} are CUDA graphs", instance, new TreeSet<>(byRows.keySet()));
    }

    private void capture(FixedRun run) {
        try {
            byRows.put(run.rows(), CapturedRun.capture(session, stream, run));
        } catch (CudaException e) {
            withoutGraph(run, errors.of("recording it", e));
        } catch (InferenceException e) {
            withoutGraph(run, errors.of("recording it", e));
        }
    }

    private void withoutGraph(FixedRun run, InferenceException why) {
        LOG.warn("instance '{}': batches of {} run without a CUDA graph: {}", instance, run.rows(), why.text());
    }

    /** The graph of so many rows; null where there is none, or another thread has recorded it. */
    @Nullable
    CapturedRun of(int rows) {
        return capturedBy == Thread.currentThread() ? byRows.get(rows) : null;
    }

    /** Bytes that they take on the GPU. */
    long byteSize() {
        long bytes = 0;
        for (CapturedRun captured : byRows.values()) {
            bytes += captured.byteSize();
        }
        return bytes;
    }

    /** Makes a replay under way, or the next one, end early with an error. */
    void terminate() throws InferenceException {
        for (CapturedRun captured : byRows.values()) {
            captured.call().terminate();
        }
    }

    /** Lets replays be whole again after {@link #terminate}. */
    void forgetTermination() throws InferenceException {
        for (CapturedRun captured : byRows.values()) {
            captured.call().forgetTermination();
        }
    }

    /** Gives their buffers back; nothing runs in the stream. */
    @Override
    public void close() {
        byRows.values().forEach(CapturedRun::close);
    }
}
