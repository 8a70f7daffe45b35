package io.nereid.backend.onnxruntime.binding;

import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import io.nereid.inference.TensorData;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/**
 * Runs of one session whose inputs and outputs are bound beforehand, to memory of the host or of a GPU: ONNX Runtime
 * then copies nothing that lies where the session wants it. Used by one thread at a time; what is bound stays bound
 * until {@link #clear}, for as many runs as the caller likes. Inputs and outputs are numbered as in the lists it was
 * made with.
 */
public final class BoundCall implements AutoCloseable {
    private final OnnxRuntime runtime;
    private final OrtSession session;
    private final CallResources resources;
    private final OrtMemoryInfo deviceMemory;
    private final long binding;
    private final CallTensors inputs;
    private final CallTensors outputs;
    private final MemorySegment out;
    /** The outputs that are bound, in the order in which they were. */
    private final List<Integer> bound = new ArrayList<>();
    /** By output: whether ONNX Runtime makes it, and what the last run made of it. */
    private final boolean[] madeByRun;
    private final long[] made;
    private int toBeMade;
    private boolean closed;

    private BoundCall(OnnxRuntime runtime, OrtSession session, CallResources resources, OrtMemoryInfo deviceMemory,
            List<TensorSignature> inputs, List<TensorSignature> outputs)
            throws InferenceException {
        this.runtime = runtime;
        this.session = session;
        this.resources = resources;
        this.deviceMemory = deviceMemory;
        this.inputs = new CallTensors(runtime, resources.memory(), inputs);
        this.outputs = new CallTensors(runtime, resources.memory(), outputs);
        this.out = resources.memory().allocate(ADDRESS, 2);
        this.madeByRun = new boolean[outputs.size()];
        this.made = new long[outputs.size()];
        runtime.api().call(OrtFunction.CREATE_IO_BINDING, session.address(), out.address());
        this.binding = out.get(JAVA_LONG, 0);
    }

    static BoundCall create(OnnxRuntime runtime, OrtSession session, OrtMemoryInfo deviceMemory,
            List<TensorSignature> inputs, List<TensorSignature> outputs, Map<String, String> runConfig)
            throws InferenceException {
        CallResources resources = CallResources.create(runtime, runConfig,
                4 * ADDRESS.byteSize() + CallTensors.byteSize(inputs) + CallTensors.byteSize(outputs));
        try {
            return new BoundCall(runtime, session, resources, deviceMemory, inputs, outputs);
        } catch (InferenceException | RuntimeException | Error e) {
            resources.close();
            throw e;
        }
    }

    /** Binds an input of fixed-size elements, row-major in {@code data}, which stays as it is while runs read it. */
    public void input(int index, Shape shape, TensorData data) throws InferenceException {
        ensureOpen();
        bindInput(index, inputs.slot(index).over(memoryOf(data), data.address(), data.length(), shape));
    }

    /** Binds an input of strings, copied from {@code encoded}: each a 4-byte little-endian length and the bytes. */
    public void stringInput(int index, Shape shape, List<MemorySegment> encoded) throws InferenceException {
        ensureOpen();
        bindInput(index, resources.strings(shape, encoded).address());
    }

    private void bindInput(int index, long value) throws InferenceException {
        runtime.api().call(OrtFunction.BIND_INPUT, binding, inputs.name(index), value);
    }

    /** Binds an output of this very shape to {@code data}; a run fails where the shape is another. */
    public void output(int index, Shape shape, TensorData data) throws InferenceException {
        ensureOpen();
        runtime.api().call(OrtFunction.BIND_OUTPUT, binding, outputs.name(index),
                outputs.slot(index).over(memoryOf(data), data.address(), data.length(), shape));
        bound.add(index);
    }

    /** Binds an output to host memory of ONNX Runtime's, whatever its shape; {@link #take} hands it out. */
    public void outputOnHost(int index) throws InferenceException {
        ensureOpen();
        runtime.api().call(OrtFunction.BIND_OUTPUT_TO_DEVICE, binding, outputs.name(index), runtime.cpuMemory());
        bound.add(index);
        madeByRun[index] = true;
        toBeMade++;
    }

    private long memoryOf(TensorData data) {
        return data.kind().isHost() ? runtime.cpuMemory() : deviceMemory.address();
    }

    /** Runs the model with what is bound. Blocks as long as it computes, what it gave a GPU to do included. */
    public void run() throws InferenceException {
        ensureOpen();
        releaseMade();
        runtime.api().call(OrtFunction.RUN_WITH_BINDING, session.address(), resources.config().address(), binding);
        if (toBeMade > 0) {
            collect();
        }
    }

    /** The binding's outputs are all handed out at once; those over memory of the caller's are of no use. */
    private void collect() throws InferenceException {
        MemorySegment count = out.asSlice(ADDRESS.byteSize());
        runtime.api().call(OrtFunction.GET_BOUND_OUTPUT_VALUES, binding, runtime.allocator(), out.address(),
                count.address());
        long address = out.get(JAVA_LONG, 0);
        long length = count.get(JAVA_LONG, 0);
        MemorySegment values = MemorySegment.ofAddress(address).reinterpret(length * ADDRESS.byteSize());
        for (int place = 0; place < length; place++) {
            long value = values.getAtIndex(JAVA_LONG, place);
            int index = bound.get(place);
            if (madeByRun[index]) {
                made[index] = value;
            } else {
                runtime.api().release(OrtFunction.RELEASE_VALUE, value);
            }
        }
        runtime.api().call(OrtFunction.ALLOCATOR_FREE, runtime.allocator(), address);
    }

    /** The value of an output that the last run made; the caller owns it from here on. */
    public OrtValue take(int index) throws InferenceException {
        ensureOpen();
        long value = made[index];
        if (value == 0) {
            throw new IllegalStateException("output number " + index + " was not made by this run or is taken");
        }
        made[index] = 0;
        return OrtValue.output(runtime.api(), value);
    }

    /** Forgets what is bound; outputs that nobody took are given back. */
    public void clear() {
        ensureOpen();
        releaseMade();
        runtime.api().release(OrtFunction.CLEAR_BOUND_INPUTS, binding);
        runtime.api().release(OrtFunction.CLEAR_BOUND_OUTPUTS, binding);
        resources.clear();
        for (int index : bound) {
            madeByRun[index] = false;
        }
        bound.clear();
        toBeMade = 0;
    }

    private void releaseMade() {
        for (int index = 0; toBeMade > 0 && index < made.length; index++) {
            if (made[index] != 0) {
                runtime.api().release(OrtFunction.RELEASE_VALUE, made[index]);
                made[index] = 0;
            }
        }
    }

    /** Makes the run under way, or the next one, end early with an error. On any thread, while this is not closed. */
    public void terminate() throws InferenceException {
        resources.config().terminate();
    }

    /** Lets runs be whole again after {@link #terminate}. */
    public void forgetTermination() throws InferenceException {
        resources.config().forgetTermination();
    }

    private void ensureOpen() {
        if (closed) {
            throw new IllegalStateException("BoundCall used after it was closed");
        }
    }

    /** Gives everything back, but not the description of the device's memory; again, it does nothing. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        clear();
        closed = true;
        runtime.api().release(OrtFunction.RELEASE_IO_BINDING, binding);
        inputs.close();
        outputs.close();
        resources.close();
    }
}
