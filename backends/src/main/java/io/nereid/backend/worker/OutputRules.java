package io.nereid.backend.worker;

import io.nereid.backend.worker.message.WireTensor;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Holds what a model answers against its configuration: what contradicts it is sent as it is and warned of once for each
 * output, as Triton's clients are used to, or is an error where the model asks for that. Thread-safe.
 */
public final class OutputRules {
    /** The parameter of a model that makes contradictions errors. */
    public static final String STRICT = "strict_outputs";

    private static final Logger LOG = LoggerFactory.getLogger(OutputRules.class);

    private final String model;
    private final ModelTensors tensors;
    private final boolean strict;
    private final Set<String> warned = ConcurrentHashMap.newKeySet();

    public OutputRules(String model, ModelTensors tensors, boolean strict) {
        this.model = model;
        this.tensors = tensors;
        this.strict = strict;
    }

    /** What the model has. */
    public ModelTensors tensors() {
        return tensors;
    }

    /**
     * Checks an output that the model has.
     *
     * @param output as the client would get it
     * @param rows of the request
     * @throws InferenceException INTERNAL if it contradicts the configuration and must not, or its data is not as long
     *     as its shape says
     */
    void check(WireTensor output, ModelTensors.ModelTensor configured, int rows) throws InferenceException {
        if (!output.hasFittingLength()) {
            throw new InferenceException(ErrorCode.INTERNAL, "model '" + model + "', output '" + output.name() + "': "
                    + output.location().length() + " bytes for " + output.dataType() + " of shape " + output.shape());
        }
        boolean typeFits = configured.dataType() == null || configured.dataType() == output.dataType();
        Shape expected = configured.batching() ? configured.shape().withFirst(rows) : configured.shape();
        if (typeFits && expected.accepts(output.shape())) {
            return;
        }
        if (!strict && !warned.add(output.name())) {
            return;
        }
        String text = "model '" + model + "', output '" + output.name() + "': the model answers " + output.dataType()
                + " " + output.shape() + ", its configuration says "
                + (configured.dataType() == null ? "" : configured.dataType() + " ") + expected;
        if (strict) {
            throw new InferenceException(ErrorCode.INTERNAL, text);
        }
        LOG.warn("{}; it is sent as it is, and not warned of again (parameters {} makes it an error)", text, STRICT);
    }
}
