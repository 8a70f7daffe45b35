package io.nereid.backend.onnxruntime.binding;

import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorData;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Runs of one session by one thread at a time: given inputs and outputs, run, read, cleared and given the next ones.
 * Inputs and outputs are numbered as in the lists it was made with.
 */
public interface SessionCall extends AutoCloseable {
    /** Does what has to be done on the thread that will run, before its first run. */
    default void prepare() {}

    /** Bytes of a GPU's memory that inputs and outputs take, beside what ONNX Runtime takes. On any thread. */
    default long deviceBytes() {
        return 0;
    }

    /** Whether a run writes every byte of what {@link #outputInto} gave it: else a kernel may leave some as they were. */
    default boolean writesAllOfOutputs() {
        return false;
    }

    /**
     * Says how many rows the next run has, before anything is given to it. Only a call that prepares for certain
     * numbers of rows needs to know.
     */
    default void begin(int rows) {}

    /** Whether an input may be given in pieces, which lie anywhere; else it is one piece of aligned host memory. */
    default boolean takesPieces() {
        return false;
    }

    /**
     * Gives an input of fixed-size elements whose rows lie in several places, one behind the other in {@code pieces};
     * they stay as they are until the run is over.
     *
     * @throws IllegalStateException unless it {@link #takesPieces}
     */
    default void input(int index, Shape shape, List<TensorData> pieces) throws InferenceException {
        throw new IllegalStateException("input number " + index + " was given in pieces");
    }

    /** Gives an input of fixed-size elements, row-major in {@code data}, which stays as it is until the run is over. */
    void input(int index, Shape shape, MemorySegment data) throws InferenceException;

    /** Gives an input of strings, copied from {@code encoded}: each a 4-byte little-endian length and the bytes. */
    void stringInput(int index, Shape shape, List<MemorySegment> encoded) throws InferenceException;

    /** Wants an output of this very shape, written into {@code data}; the run fails where the shape is another. */
    void outputInto(int index, Shape shape, MemorySegment data) throws InferenceException;

    /** The GPU on which the session leaves an output; {@link TensorData#NO_DEVICE} where it is made on the host. */
    default int outputDevice(int index) {
        return TensorData.NO_DEVICE;
    }

    /**
     * Memory of that GPU for outputs that stay there, for the caller to release; on the thread of the run, after {@link
     * #begin}.
     *
     * @return null if so much is not to be had now
     */
    default @Nullable TensorBuffer outputMemory(long byteSize) {
        return null;
    }

    /**
     * Wants an output of this very shape, left in memory of the {@link #outputDevice}: when {@link #run} returns it is
     * there for every stream.
     *
     * @throws IllegalStateException if the session does not leave it there
     */
    default void outputOnDevice(int index, Shape shape, TensorData data) throws InferenceException {
        throw new IllegalStateException("output number " + index + " is on no GPU");
    }

    /** Wants an output in host memory of ONNX Runtime's, whatever its shape; {@link #take} hands it out. */
    void output(int index) throws InferenceException;

    /** Runs the model with what was given since the last {@link #clear}. Blocks as long as it computes. */
    void run() throws InferenceException;

    /** The value of an output that the run made; the caller owns it from here on. */
    OrtValue take(int index) throws InferenceException;

    /** Forgets inputs and outputs; outputs that nobody took are given back. */
    void clear();

    /**
     * Makes the run under way, or the next one, end early with an error. On any thread, while the caller knows that
     * this object is not closed.
     */
    void terminate() throws InferenceException;

    /** Lets runs be whole again after {@link #terminate}. */
    void forgetTermination() throws InferenceException;

    /** Gives everything back; the second and every further call does nothing. */
    @Override
    void close();
}
