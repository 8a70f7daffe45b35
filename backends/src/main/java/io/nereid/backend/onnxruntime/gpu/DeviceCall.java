package io.nereid.backend.onnxruntime.gpu;

import io.nereid.backend.device.CaptureLock;
import io.nereid.backend.device.CudaException;
import io.nereid.backend.device.CudaStream;
import io.nereid.backend.device.DevicePool;
import io.nereid.backend.onnxruntime.binding.BoundCall;
import io.nereid.backend.onnxruntime.binding.OrtValue;
import io.nereid.backend.onnxruntime.binding.SessionCall;
import io.nereid.backend.onnxruntime.binding.TensorSignature;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import io.nereid.inference.TensorAllocator;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorData;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Runs of a session on a GPU. Inputs are copied to the GPU as they are given, each piece from where it lies; what is in
 * the GPU's memory already is read in place. The run follows in the same stream, then the copies of the outputs that are
 * wanted on the host, and {@link #run} waits once, for all of it: so outputs that stay on the GPU may be read in any
 * other stream from then on. Inputs and outputs that the session wants on the host stay there.
 *
 * <p>A run of a number of rows for which there is a graph ({@link #prepare}) replays it.
 */
public final class DeviceCall implements SessionCall {
    private static final Logger LOG = LoggerFactory.getLogger(DeviceCall.class);

    private final String name;
    private final GpuSession session;
    private final CudaStream stream;
    private final GpuErrors errors;
    private final CaptureLock captures;
    private final HostPieces host;
    private final DeviceOutputs outputMemory;
    private final BoundCall call;
    private final DeviceBuffers inputs;
    private final DeviceBuffers outputs;
    private final boolean[] inputOnGpu;
    private final boolean[] outputOnGpu;
    private final CapturedRuns graphs;
    private final OutputCopies copies;
    private final AtomicLong bufferBytes = new AtomicLong();
    private @Nullable CapturedRun graph;
    private final boolean allOutputsOnGpu;
    private boolean begun;
    private boolean closed;

    /**
     * Where a call's tensors lie beside its own buffers.
     *
     * @param host for inputs that the session reads on the host and that lie elsewhere
     * @param onDevice for outputs that stay on the GPU
     */
    public record Memory(TensorAllocator host, DevicePool onDevice) {}

    private DeviceCall(String name, GpuSession session, BoundCall call, List<FixedRun> toCapture, CudaStream stream,
            GpuErrors errors, CaptureLock captures, Memory memory) {
        this.name = name;
        this.session = session;
        this.call = call;
        this.graphs = new CapturedRuns(name, session, stream, errors, toCapture);
        this.stream = stream;
        this.errors = errors;
        this.captures = captures;
        this.host = new HostPieces(stream, memory.host());
        this.outputMemory = new DeviceOutputs(memory.onDevice(), stream.device());
        this.copies = new OutputCopies(stream);
        this.inputs = new DeviceBuffers(stream, session.inputs().size());
        this.outputs = new DeviceBuffers(stream, session.outputs().size());
        this.inputOnGpu = onGpu(session.inputs(), session.where().inputs());
        this.outputOnGpu = onGpu(session.outputs(), session.where().outputs());
        this.allOutputsOnGpu = session.outputs().stream()
                .allMatch(output -> session.where().outputs().contains(output.name()));
    }

    /**
     * Prepares runs of a session.
     *
     * @param name of the instance, for errors
     * @param graphs the runs of which {@link #prepare} records graphs
     * @param stream the one that the session runs in; its owner closes it after the session
     * @param captures that of all models
     */
    public static DeviceCall create(String name, GpuSession session, List<FixedRun> graphs, CudaStream stream,
            GpuErrors errors, CaptureLock captures, Memory memory) throws InferenceException {
        return new DeviceCall(name, session, session.call(), graphs, stream, errors, captures, memory);
    }

    private static boolean[] onGpu(List<TensorSignature> tensors, Set<String> names) {
        boolean[] onGpu = new boolean[tensors.size()];
        for (int i = 0; i < onGpu.length; i++) {
            onGpu[i] = names.contains(tensors.get(i).name());
        }
        return onGpu;
    }

    @Override
    public void prepare() {
        graphs.capture(captures);
        measure();
    }

    /** From here to {@link #clear} no graph is recorded elsewhere. */
    @Override
    public void begin(int rows) {
        if (!begun) {
            captures.use().lock();
            begun = true;
        }
        graph = graphs.of(rows);
    }

    /** They are copied from the GPU, where they are zeroed. */
    @Override
    public boolean writesAllOfOutputs() {
        return allOutputsOnGpu;
    }

    @Override
    public boolean takesPieces() {
        return true;
    }

    @Override
    public void input(int index, Shape shape, List<TensorData> pieces) throws InferenceException {
        CapturedRun fixed = fixed(index, shape);
        if (!inputOnGpu[index]) {
            call.input(index, shape, onHost(pieces));
        } else if (fixed != null) {
            copy(pieces, fixed.input(index));
        } else if (pieces.size() == 1 && isHere(pieces.getFirst())) {
            call.input(index, shape, pieces.getFirst());
        } else {
            long bytes = bytes(pieces);
            long address = reserve(inputs, index, bytes);
            copy(pieces, address);
            call.input(index, shape, TensorData.cuda(stream.device(), address, bytes));
        }
    }

    /** The graph that the run is of; a shape that it does not take is an error of ours. */
    private @Nullable CapturedRun fixed(int index, Shape shape) {
        CapturedRun fixed = graph;
        if (fixed != null && !fixed.takes(index, shape)) {
            throw new IllegalStateException("input '" + session.inputs().get(index).name() + "' of shape " + shape
                    + " was given to a run that was recorded with another one");
        }
        return fixed;
    }

    private static long bytes(List<TensorData> pieces) {
        long bytes = 0;
        for (TensorData piece : pieces) {
            bytes += piece.length();
        }
        return bytes;
    }

    /** Whether the session can read it in place: what it reads in memory of a GPU begins as its own buffers do. */
    private boolean isHere(TensorData data) {
        return !data.kind().isHost() && data.device() == stream.device() && data.address() % DevicePool.ALIGNMENT == 0;
    }

    private long reserve(DeviceBuffers buffers, int index, long bytes) throws InferenceException {
        try {
            return buffers.reserve(index, bytes);
        } catch (CudaException e) {
            throw failure(e);
        }
    }

    private void copy(List<TensorData> pieces, long to) throws InferenceException {
        long at = to;
        try {
            for (TensorData piece : pieces) {
                if (piece.kind().isHost()) {
                    stream.copyToDevice(at, piece.segment());
                } else {
                    stream.copyWithinDevice(at, piece.address(), piece.length());
                }
                at += piece.length();
            }
        } catch (CudaException e) {
            throw failure(e);
        }
    }

    private TensorData onHost(List<TensorData> pieces) throws InferenceException {
        try {
            return host.together(pieces);
        } catch (CudaException e) {
            throw failure(e);
        }
    }

    @Override
    public void input(int index, Shape shape, MemorySegment data) throws InferenceException {
        input(index, shape, List.of(TensorData.pooled(data)));
    }

    @Override
    public void stringInput(int index, Shape shape, List<MemorySegment> encoded) throws InferenceException {
        call.stringInput(index, shape, encoded);
    }

    @Override
    public void outputInto(int index, Shape shape, MemorySegment data) throws InferenceException {
        CapturedRun fixed = graph;
        if (fixed != null) {
            zero(fixed.output(index), data.byteSize());
            copies.toHost(data, fixed.output(index));
        } else if (outputOnGpu[index]) {
            long address = reserve(outputs, index, data.byteSize());
            zero(address, data.byteSize());
            call.output(index, shape, TensorData.cuda(stream.device(), address, data.byteSize()));
            copies.toHost(data, address);
        } else {
            call.output(index, shape, TensorData.pooled(data));
        }
    }

    @Override
    public int outputDevice(int index) {
        return outputOnGpu[index] ? stream.device() : TensorData.NO_DEVICE;
    }

    @Override
    public @Nullable TensorBuffer outputMemory(long byteSize) {
        return outputMemory.tryAllocate(byteSize);
    }

    /** {@inheritDoc} A graph writes where it was recorded: from there it is copied. */
    @Override
    public void outputOnDevice(int index, Shape shape, TensorData data) throws InferenceException {
        CapturedRun fixed = graph;
        if (!isHere(data) || !outputOnGpu[index]) {
            throw new IllegalStateException("output number " + index + " cannot be left in " + data);
        }
        if (fixed != null) {
            zero(fixed.output(index), data.length());
            copies.within(data, fixed.output(index));
        } else {
            zero(data.address(), data.length());
            call.output(index, shape, data);
        }
    }

    /** Some kernels leave a part of an output as it was, and there it was another request's. */
    private void zero(long address, long bytes) throws InferenceException {
        try {
            stream.zero(address, bytes);
        } catch (CudaException e) {
            throw failure(e);
        }
    }

    @Override
    public void output(int index) throws InferenceException {
        call.outputOnHost(index);
    }

    @Override
    public void run() throws InferenceException {
        compute();
        try {
            copies.start();
            stream.synchronize();
        } catch (CudaException e) {
            throw failure(e);
        }
    }

    private void compute() throws InferenceException {
        try {
            CapturedRun fixed = graph;
            if (fixed == null) {
                call.run();
            } else {
                fixed.replay();
            }
        } catch (InferenceException e) {
            throw errors.of("instance '" + name + "'", e);
        }
    }

    private InferenceException failure(CudaException e) {
        return errors.of("instance '" + name + "'", e);
    }

    @Override
    public OrtValue take(int index) throws InferenceException {
        return call.take(index);
    }

    /** Waits for copies that a failed run has left under way: the memory that they use is given back next. */
    @Override
    public void clear() {
        try {
            stream.synchronize();
        } catch (CudaException e) {
            LOG.error("instance '{}': GPU {} does not end what it began: {}", name, stream.device(), e.getMessage());
        }
        copies.clear();
        graph = null;
        call.clear();
        host.release();
        inputs.trim();
        outputs.trim();
        measure();
        if (begun) {
            begun = false;
            captures.use().unlock();
        }
    }

    private void measure() {
        bufferBytes.lazySet(inputs.byteSize() + outputs.byteSize() + graphs.byteSize());
    }

    @Override
    public long deviceBytes() {
        return bufferBytes.get() + outputMemory.bytesInUse();
    }

    @Override
    public void terminate() throws InferenceException {
        call.terminate();
        graphs.terminate();
    }

    @Override
    public void forgetTermination() throws InferenceException {
        call.forgetTermination();
        graphs.forgetTermination();
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        clear();
        graphs.close();
        call.close();
        inputs.close();
        outputs.close();
    }
}
