package io.nereid.server.protocol;

import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.OutputPlace;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Holds a client's request against a model's signature, in Triton's order and Triton's words (docs/errors.md).
 * Stateless and thread-safe.
 */
public final class RequestValidator {
    private static final String BATCH_NOTE = " NOTE: Setting a non-zero max_batch_size in the model config requires a"
            + " batch dimension to be prepended to each input shape. If you want to specify the full shape including the"
            + " batch dim in your input dims config, try setting max_batch_size to zero. See the model configuration docs"
            + " for more info on max_batch_size.";

    /** Names that a text lists; a model may have hundreds. */
    private static final int MOST_NAMES = 32;

    private RequestValidator() {}

    /**
     * The request as the scheduler takes it, over the same memory.
     *
     * @throws InferenceException INVALID_ARG if it does not fit the model; the client's request keeps its memory
     */
    public static InferenceRequest validate(ModelSignature model, ClientRequest request) throws InferenceException {
        List<String> outputs = requestedOutputs(model, request);
        try {
            checkInputCount(model, request);
        } catch (InferenceException e) {
            throw withId(request.id(), e);
        }
        checkInputNames(model, request);
        try {
            checkDataTypes(model, request);
            int batchSize = model.batches() ? batchSize(model, request) : 1;
            for (Tensor input : request.inputs()) {
                checkShape(model, input);
                ElementCheck.check(model.model(), input);
            }
            if (batchSize == 0) {
                throw withoutRows(model, request.inputs().getFirst());
            }
            return new InferenceRequest(request.id(), request.inputs(), outputs, batchSize, request.options(),
                    request.parameters(), request.memory()).withPlaces(places(request));
        } catch (InferenceException e) {
            throw withId(request.id(), e);
        }
    }

    /** The same failure, whose text begins with the id of its request, as those of a request that could be read do. */
    public static InferenceException withId(String requestId, InferenceException e) {
        return e.withText("[request id: " + (requestId.isEmpty() ? "<id_unknown>" : requestId) + "] " + e.text());
    }

    private static List<String> requestedOutputs(ModelSignature model, ClientRequest request)
            throws InferenceException {
        if (request.outputs().isEmpty()) {
            return List.of();
        }
        List<String> names = new ArrayList<>(request.outputs().size());
        for (RequestedOutput output : request.outputs()) {
            if (model.output(output.name()) == null) {
                throw unexpected("output", output.name(), model, model.outputs());
            }
            names.add(output.name());
        }
        return names;
    }

    /** None where all outputs are wanted in host memory, as mostly. */
    private static List<OutputPlace> places(ClientRequest request) {
        for (RequestedOutput output : request.outputs()) {
            if (!(output.place() instanceof OutputPlace.Host)) {
                return request.outputs().stream().map(RequestedOutput::place).toList();
            }
        }
        return List.of();
    }

    private static void checkInputNames(ModelSignature model, ClientRequest request) throws InferenceException {
        for (Tensor input : request.inputs()) {
            if (model.input(input.name()) == null) {
                throw unexpected("input", input.name(), model, model.inputs());
            }
        }
    }

    /** Triton puts no request id in front of these. */
    private static InferenceException unexpected(String what, String name, ModelSignature model,
            List<TensorSpec> known) {
        List<String> names = known.stream().limit(MOST_NAMES).map(TensorSpec::name).toList();
        int more = known.size() - names.size();
        return invalid("unexpected inference " + what + " '" + name + "' for model '" + model.model() + "' (its " + what
                + "s are " + quoted(names) + (more == 0 ? "" : " and " + more + " more") + ")");
    }

    private static void checkDataTypes(ModelSignature model, ClientRequest request) throws InferenceException {
        for (Tensor input : request.inputs()) {
            DataType expected = Objects.requireNonNull(model.input(input.name())).dataType();
            if (expected != input.dataType()) {
                throw invalid("inference input '" + input.name() + "' data-type is '" + input.dataType()
                        + "', but model '" + model.model() + "' expects '" + expected + "'");
            }
        }
    }

    private static void checkInputCount(ModelSignature model, ClientRequest request) throws InferenceException {
        List<String> got = names(request.inputs());
        List<String> missing = new ArrayList<>();
        int required = 0;
        for (TensorSpec input : model.inputs()) {
            if (!input.optional()) {
                required++;
                if (!got.contains(input.name())) {
                    missing.add(input.name());
                }
            }
        }
        int most = model.inputs().size();
        if (missing.isEmpty() && got.size() <= most) {
            return;
        }
        if (!missing.isEmpty() && got.size() >= required && got.size() <= most && namesUnknown(model, got)) {
            return; // the unknown name is the better explanation, and is found next
        }
        String expected = required == most ? "expected " + most + " inputs"
                : "expected number of inputs between " + required + " and " + most;
        String explanation = missing.isEmpty() ? "Got input(s) " + quoted(got) + "."
                : "Got input(s) " + quoted(got) + ", but missing required input(s) " + quoted(missing)
                        + ". Please provide all required input(s).";
        throw invalid(expected + " but got " + got.size() + " inputs for model '" + model.model() + "'. "
                + explanation);
    }

    private static List<String> names(List<Tensor> tensors) {
        List<String> names = new ArrayList<>(tensors.size());
        for (Tensor tensor : tensors) {
            names.add(tensor.name());
        }
        return names;
    }

    private static boolean namesUnknown(ModelSignature model, List<String> names) {
        return names.stream().anyMatch(name -> model.input(name) == null);
    }

    private static int batchSize(ModelSignature model, ClientRequest request) throws InferenceException {
        long batchSize = -1;
        for (Tensor input : request.inputs()) {
            if (input.shape().rank() == 0) {
                throw invalid("input '" + input.name() + "' has no shape but model requires batch dimension for '"
                        + model.model() + "'");
            }
            long rows = input.shape().dim(0);
            if (batchSize != -1 && rows != batchSize) {
                throw invalid("input '" + input.name() + "' batch size does not match other inputs for '"
                        + model.model() + "'");
            }
            batchSize = rows;
        }
        if (batchSize > model.maxBatchSize()) {
            throw invalid("inference request batch-size must be <= " + model.maxBatchSize() + " for '" + model.model()
                    + "'");
        }
        return batchSize == -1 ? 1 : (int) batchSize;
    }

    /** Triton counts no rows as one, and misses its bytes; where a row has none it never answers. */
    private static InferenceException withoutRows(ModelSignature model, Tensor input) {
        long elements = input.shape().tail().elementCount();
        return elements > 0 && input.dataType().isFixedSize()
                ? ElementCheck.sizeMismatch(model.model(), input, elements * input.dataType().byteSize())
                : invalid("inference request batch-size must be >= 1 for '" + model.model() + "'");
    }

    private static void checkShape(ModelSignature model, Tensor input) throws InferenceException {
        Shape expected = Objects.requireNonNull(model.input(input.name())).shape();
        for (int i = 0; i < input.shape().rank(); i++) {
            if (input.shape().dim(i) < 0) {
                throw invalid("All input dimensions should be specified for input '" + input.name() + "' for model '"
                        + model.model() + "', got " + input.shape());
            }
        }
        if (!expected.accepts(input.shape())) {
            throw invalid("unexpected shape for input '" + input.name() + "' for model '" + model.model()
                    + "'. Expected " + expected + ", got " + input.shape() + "."
                    + (model.batches() ? BATCH_NOTE : ""));
        }
    }

    private static String quoted(List<String> names) {
        return names.stream().map(name -> "'" + name + "'").collect(Collectors.joining(",", "[", "]"));
    }

    static InferenceException invalid(String text) {
        return new InferenceException(ErrorCode.INVALID_ARG, text);
    }
}
