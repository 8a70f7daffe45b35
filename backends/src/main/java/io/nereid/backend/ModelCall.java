package io.nereid.backend;

import io.nereid.inference.Lease;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.RequestTrace;
import io.nereid.inference.Tensor;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/**
 * A request of a model to a model of the same server.
 *
 * @param caller the name of the model that asks
 * @param model the name of the one that is asked
 * @param version its number in decimal digits; empty for the highest that is ready
 * @param decoupled whether the caller takes any number of responses; else a decoupled model is an error
 * @param id the caller's name for the request; may be empty
 * @param inputs the tensors, not validated, in any host memory; the caller may have them too
 * @param requestedOutputs names of the outputs wanted; empty for all
 * @param options what it asks of the scheduler
 * @param parameters custom parameters
 * @param memory what the inputs lie in; released, once, when nobody reads them any more
 * @param trace the trace of the request for whose sake it is made; null for none
 */
public record ModelCall(String caller, String model, String version, boolean decoupled, String id, List<Tensor> inputs,
        List<String> requestedOutputs, RequestOptions options, Map<String, ParameterValue> parameters, Lease memory,
        @Nullable RequestTrace trace) {}
