package io.nereid.server.inference;

import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.OutputPlace;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorMemory;
import io.nereid.server.protocol.Classification;
import io.nereid.server.protocol.ModelSignature;
import io.nereid.server.protocol.OutputTarget;
import io.nereid.server.protocol.RequestedOutput;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The outputs that a client asked for, with their targets, which are its owner's to release once.
 *
 * @param outputs those it named; none for all
 */
record RequestedResponse(List<RequestedOutput> outputs) {
    /** All outputs as they are. */
    static final RequestedResponse ALL = new RequestedResponse(List.of());

    /** Those outputs, or all if there are none. */
    static RequestedResponse of(List<RequestedOutput> outputs) {
        return outputs.isEmpty() ? ALL : new RequestedResponse(outputs);
    }

    /**
     * A response of the model as the client asked for it: with classes in place of tensors, and without the data of
     * outputs that have a target, which has been written there. It owns the memory of the one passed in; if this
     * fails, that one is still the caller's. Blocks as long as copying takes.
     *
     * @param memory where classes are written
     * @throws InferenceException INVALID_ARG if an output cannot be classified, INTERNAL if it does not fit its
     *     target
     */
    InferenceResponse shape(ModelSignature signature, InferenceResponse response, TensorMemory memory)
            throws InferenceException {
        InferenceResponse classified = Classification.apply(signature, outputs, response, memory);
        if (!hasTarget()) {
            return classified; // nothing of both is ever asked of one output
        }
        List<Tensor> placed = new ArrayList<>(classified.outputs().size());
        for (Tensor output : classified.outputs()) {
            placed.add(placed(output));
        }
        return new InferenceResponse(placed, classified.parameters(), classified.memory());
    }

    private boolean hasTarget() {
        for (RequestedOutput output : outputs) {
            if (output.target() != null) {
                return true;
            }
        }
        return false;
    }

    private Tensor placed(Tensor output) throws InferenceException {
        for (RequestedOutput asked : outputs) {
            OutputTarget target = asked.target();
            if (target != null && asked.name().equals(output.name())) {
                if (!isThere(asked, output)) {
                    target.write(output.name(), output.data());
                }
                return new Tensor(output.name(), output.dataType(), output.shape(), MemorySegment.NULL);
            }
        }
        return output;
    }

    /** Whether the model has left it at its target. */
    private static boolean isThere(RequestedOutput asked, Tensor output) {
        return asked.place() instanceof OutputPlace.Given given && given.holds(output.memory());
    }

    /** Whether {@link #shape} may wait for others: then no event loop calls it. */
    boolean shapesSlowly(InferenceResponse response) {
        for (RequestedOutput asked : outputs) {
            OutputTarget target = asked.target();
            if (target != null && target.writesSlowly()) {
                for (Tensor output : response.outputs()) {
                    if (output.name().equals(asked.name()) && !isThere(asked, output)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    /** Gives the targets back. */
    void release() {
        for (RequestedOutput output : outputs) {
            OutputTarget target = output.target();
            if (target != null) {
                target.release();
            }
        }
    }
}
