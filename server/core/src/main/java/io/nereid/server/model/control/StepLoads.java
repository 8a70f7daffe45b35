package io.nereid.server.model.control;

import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.EnsembleConfig;
import org.jspecify.annotations.Nullable;

/** What is done for a model that is about to be loaded, and after it. Thread-safe; blocks. */
interface StepLoads {
    /**
     * Loads the models that an ensemble needs, where they are not served as the repository has them.
     *
     * @return why the ensemble cannot be loaded; null if nothing is known against it
     */
    @Nullable
    InferenceException prepare(String ensemble, EnsembleConfig config);

    /** A model has been loaded, or loaded anew. */
    void loaded(String model);
}
