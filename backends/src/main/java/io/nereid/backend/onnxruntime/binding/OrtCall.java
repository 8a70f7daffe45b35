package io.nereid.backend.onnxruntime.binding;

import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/**
 * Runs of one session that read and write host memory. The native memory it needs for that is allocated once. Inputs
 * and outputs are numbered as in the lists it was made with.
 */
public final class OrtCall implements SessionCall {
    private final OnnxRuntime runtime;
    private final OrtSession session;
    private final CallResources resources;
    private final CallTensors inputs;
    private final CallTensors outputs;
    /** The arrays of the C call: names and values of the inputs given, names and values of the outputs wanted. */
    private final MemorySegment givenNames;
    private final MemorySegment givenValues;
    private final MemorySegment wantedNames;
    private final MemorySegment wantedValues;
    /** Place of an output in the arrays above; -1 where it is not wanted. */
    private final int[] places;
    /** Whether the value at a place is, or will be, made by ONNX Runtime: then it is this object's until taken. */
    private final boolean[] madeByRun;
    private int given;
    private int wanted;
    private boolean closed;

    private OrtCall(OnnxRuntime runtime, OrtSession session, CallResources resources,
            List<TensorSignature> inputs, List<TensorSignature> outputs) {
        this.runtime = runtime;
        this.session = session;
        this.resources = resources;
        CallMemory memory = resources.memory();
        this.inputs = new CallTensors(runtime, memory, inputs);
        this.outputs = new CallTensors(runtime, memory, outputs);
        this.givenNames = memory.allocate(ADDRESS, inputs.size() + 1L);
        this.givenValues = memory.allocate(ADDRESS, inputs.size() + 1L);
        this.wantedNames = memory.allocate(ADDRESS, outputs.size() + 1L);
        this.wantedValues = memory.allocate(ADDRESS, outputs.size() + 1L);
        this.places = new int[outputs.size()];
        this.madeByRun = new boolean[outputs.size()];
        Arrays.fill(places, -1);
    }

    static OrtCall create(OnnxRuntime runtime, OrtSession session, List<TensorSignature> inputs,
            List<TensorSignature> outputs, Map<String, String> runConfig) throws InferenceException {
        CallResources resources = CallResources.create(runtime, runConfig, byteSize(inputs) + byteSize(outputs));
        try {
            return new OrtCall(runtime, session, resources, inputs, outputs);
        } catch (RuntimeException | Error e) {
            resources.close();
            throw e;
        }
    }

    /** What so many tensors and their two arrays take. */
    private static long byteSize(List<TensorSignature> signatures) {
        return 2 * ADDRESS.byteSize() * (signatures.size() + 1) + CallTensors.byteSize(signatures);
    }

    @Override
    public void input(int index, Shape shape, MemorySegment data) throws InferenceException {
        ensureOpen();
        give(index, inputs.slot(index).over(data, shape));
    }

    @Override
    public void stringInput(int index, Shape shape, List<MemorySegment> encoded) throws InferenceException {
        ensureOpen();
        give(index, resources.strings(shape, encoded).address());
    }

    /** Gives an input of strings that are all empty. */
    void emptyStrings(int index, Shape shape) throws InferenceException {
        ensureOpen();
        give(index, resources.emptyStrings(shape).address());
    }

    private void give(int index, long value) {
        givenNames.setAtIndex(JAVA_LONG, given, inputs.name(index));
        givenValues.setAtIndex(JAVA_LONG, given, value);
        given++;
    }

    @Override
    public void outputInto(int index, Shape shape, MemorySegment data) throws InferenceException {
        ensureOpen();
        want(index, outputs.slot(index).over(data, shape), false);
    }

    @Override
    public void output(int index) {
        ensureOpen();
        want(index, 0, true);
    }

    private void want(int index, long value, boolean made) {
        wantedNames.setAtIndex(JAVA_LONG, wanted, outputs.name(index));
        wantedValues.setAtIndex(JAVA_LONG, wanted, value);
        madeByRun[wanted] = made;
        places[index] = wanted;
        wanted++;
    }

    @Override
    public void run() throws InferenceException {
        ensureOpen();
        runtime.api().run(session.address(), resources.config().address(), givenNames.address(), givenValues.address(),
                given,
                wantedNames.address(), wanted, wantedValues.address());
    }

    @Override
    public void terminate() throws InferenceException {
        resources.config().terminate();
    }

    /** Lets runs log nothing but what is fatal. */
    void quiet() throws InferenceException {
        resources.config().quiet();
    }

    @Override
    public void forgetTermination() throws InferenceException {
        resources.config().forgetTermination();
    }

    @Override
    public OrtValue take(int index) throws InferenceException {
        ensureOpen();
        int place = places[index];
        if (place < 0 || !madeByRun[place] || wantedValues.getAtIndex(JAVA_LONG, place) == 0) {
            throw new IllegalStateException("output number " + index + " was not made by this run or is taken");
        }
        long value = wantedValues.getAtIndex(JAVA_LONG, place);
        wantedValues.setAtIndex(JAVA_LONG, place, 0);
        return OrtValue.output(runtime.api(), value);
    }

    @Override
    public void clear() {
        ensureOpen();
        resources.clear();
        for (int place = 0; place < wanted; place++) {
            if (madeByRun[place]) {
                runtime.api().release(OrtFunction.RELEASE_VALUE, wantedValues.getAtIndex(JAVA_LONG, place));
            }
        }
        Arrays.fill(places, -1);
        given = 0;
        wanted = 0;
    }

    private void ensureOpen() {
        if (closed) {
            throw new IllegalStateException("OrtCall used after it was closed");
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        clear();
        closed = true;
        inputs.close();
        outputs.close();
        resources.close();
    }
}
