package io.nereid.server.tracing;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.server.model.ModelCatalog;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.Map;

/** The trace extension: trace settings of models that there are, and the global ones. Thread-safe. */
public final class TraceService {
    private static final Logger LOG = LoggerFactory.getLogger(TraceService.class);

    private final Tracing tracing;
    private final ModelCatalog models;

    /** Settings of those models. */
    public TraceService(Tracing tracing, ModelCatalog models) {
        this.tracing = tracing;
        this.models = models;
    }

    /**
     * What holds, name and values in Triton's order, after a change that may be none.
     *
     * @param model the model's name; empty for the global settings
     * @throws InferenceException INVALID_ARG for a model that is unknown or not ready
     */
    public Map<String, List<String>> apply(String model, TraceSettingsUpdate update) throws InferenceException {
        checkModel(model);
        if (!update.isEmpty()) {
            tracing.update(model, update);
            LOG.info("trace settings of {} changed by a client: {}", model.isEmpty() ? "the server"
                    : "model '" + model + "'", tracing.shown(model));
        }
        return tracing.shown(model);
    }

    /** Fails for a model that no request can be sent to. */
    public void checkModel(String model) throws InferenceException {
        if (model.isEmpty()) {
            return;
        }
        try {
            models.acquire(model, "").release();
        } catch (InferenceException e) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "Request for unknown model : " + model, e);
        }
    }
}
