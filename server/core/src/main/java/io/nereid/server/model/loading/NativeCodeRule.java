package io.nereid.server.model.loading;

import io.nereid.backend.Backend;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.ModelConfig;

import java.util.ArrayList;
import java.util.List;

/**
 * Whether a load request may bring native code into the process. Immutable and thread-safe.
 *
 * @param backends know what does
 * @param allowed whether every client that may load models may run programs on this machine
 */
public record NativeCodeRule(Backends backends, boolean allowed) {
    /** What a configuration brings; see {@link Backend#nativeCode}. */
    public List<String> of(ModelConfig config, boolean filesToo) {
        try {
            return backends.named(config.backend()).nativeCode(config, filesToo);
        } catch (InferenceException _) {
            return List.of(); // no such backend: nothing of it will be loaded
        }
    }

    /**
     * Holds the configuration of a load request against the rule.
     *
     * @param trusted what the repository's own configuration brings, and which the request may keep
     * @param filesToo whether the request has the model's files as well
     * @throws InferenceException INVALID_ARG if it brings what it may not; the text names that
     */
    public void check(ModelConfig config, List<String> trusted, boolean filesToo) throws InferenceException {
        List<String> brought = new ArrayList<>(of(config, filesToo));
        brought.removeAll(trusted);
        if (!allowed && !brought.isEmpty()) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "failed to load '" + config.name()
                    + "': the load request would bring native code into the server: " + String.join(", ", brought)
                    + "; leave that out, or put the model into the model repository. The server takes it from clients"
                    + " with --allow-client-native-code=true, for where all that may load models may run programs"
                    + " on its machine");
        }
    }
}
