package io.nereid.server.model.loading;

import io.nereid.backend.Abandonment;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.lifecycle.ModelLoader;
import io.nereid.server.model.ServedModel;

import java.util.List;

/** Takes the versions of one model from their files to what runs. Thread-safe. */
public interface VersionLoader extends ModelLoader<ServedModel> {
    /** {@inheritDoc} The text of what it throws begins with the code, as the reasons in Triton's index do. */
    @Override
    ServedModel load(long version) throws InferenceException;

    /** Loads a version at the first try; the texts of what it throws have no code in front. */
    ServedModel loadOnce(long version) throws InferenceException;

    /**
     * What the configuration becomes when everything is filled in.
     *
     * @throws InferenceException if it cannot be said, or this server does not run such models
     */
    ModelConfig completeConfig() throws InferenceException;

    /** Of the load. */
    Abandonment abandonment();

    /** What is passed over of the configuration, each a text for people; known once that is complete. */
    List<String> warnings();
}
