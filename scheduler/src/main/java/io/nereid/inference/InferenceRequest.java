package io.nereid.inference;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * One request to one model version: validated against the model's configuration, ready to be queued.
 *
 * <p>The request owns the memory of its inputs through {@code memory}; whoever owns the request releases it, exactly
 * once.
 *
 * @param id the client's name for it, empty where it gave none
 * @param inputs the tensors, in the client's order
 * @param requestedOutputs names of the outputs wanted, in the client's order; empty means all the model has
 * @param places where the model may leave them, in the same order; empty means in host memory
 * @param batchSize rows in it: the outermost dimension of the inputs where the model batches, possibly 0;
 *     else 1
 * @param options what it asks of the scheduler
 * @param parameters the custom parameters, handed to the backend as they came
 * @param memory what the inputs lie in
 * @param times where the scheduler notes when what happens to it; null where nobody asks
 * @param trace the trace that it is recorded in; null for none
 */
public record InferenceRequest(String id, List<Tensor> inputs, List<String> requestedOutputs,
        List<OutputPlace> places, int batchSize, RequestOptions options, Map<String, ParameterValue> parameters,
        Lease memory, @Nullable RequestTimes times, @Nullable RequestTrace trace) {

    /** A request whose outputs are wanted in host memory, whose times nobody asks for, and that is not traced. */
    public InferenceRequest(String id, List<Tensor> inputs, List<String> requestedOutputs, int batchSize,
            RequestOptions options, Map<String, ParameterValue> parameters, Lease memory) {
        this(id, inputs, requestedOutputs, List.of(), batchSize, options, parameters, memory, null, null);
    }

    /** The same request, over the same memory, whose times are noted there, and that is recorded in that trace. */
    public InferenceRequest withTimes(RequestTimes noted, @Nullable RequestTrace recorded) {
        return new InferenceRequest(id, inputs, requestedOutputs, places, batchSize, options, parameters, memory, noted,
                recorded);
    }

    /** The same request with further inputs; {@code memory} takes the place of its memory, and keeps both. */
    public InferenceRequest withInputs(List<Tensor> more, Lease memory) {
        List<Tensor> all = new ArrayList<>(inputs.size() + more.size());
        all.addAll(inputs);
        all.addAll(more);
        return new InferenceRequest(id, all, requestedOutputs, places, batchSize, options, parameters, memory, times,
                trace);
    }

    /** The same request with those inputs instead of its own, and those options, over the same memory. */
    public InferenceRequest with(List<Tensor> others, RequestOptions asked) {
        return new InferenceRequest(id, others, requestedOutputs, places, batchSize, asked, parameters, memory, times,
                trace);
    }

    /** The same request, whose inputs are kept by that memory. */
    public InferenceRequest withMemory(Lease keeper) {
        return new InferenceRequest(id, inputs, requestedOutputs, places, batchSize, options, parameters, keeper, times,
                trace);
    }

    /** The same request, whose outputs are in these places; empty for host memory. */
    public InferenceRequest withPlaces(List<OutputPlace> others) {
        return others.equals(places) ? this
                : new InferenceRequest(id, inputs, requestedOutputs, others, batchSize, options, parameters, memory,
                        times, trace);
    }

    /** The input of that name, or null where the request has none. */
    public @Nullable Tensor input(String name) {
        for (Tensor input : inputs) {
            if (input.name().equals(name)) {
                return input;
            }
        }
        return null;
    }

    /**
     * The input of that name.
     *
     * @throws InferenceException INVALID_ARG if the request has none
     */
    public Tensor requiredInput(String name) throws InferenceException {
        Tensor input = input(name);
        if (input == null) {
            throw new InferenceException(ErrorCode.INVALID_ARG,
                    "request '" + id + "' has no input '" + name + "', which the model needs");
        }
        return input;
    }

    /** Whether the client wants the output of that name. */
    public boolean wants(String output) {
        return requestedOutputs.isEmpty() || requestedOutputs.contains(output);
    }

    /** Where the model may leave the output of that name. */
    public OutputPlace place(String output) {
        int index = places.isEmpty() ? -1 : requestedOutputs.indexOf(output);
        return index < 0 ? OutputPlace.HOST : places.get(index);
    }
}
