package io.nereid.server.model.control;

import io.nereid.modelrepo.OverrideFiles;
import org.jspecify.annotations.Nullable;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a load request has in place of parts of the repository, or which part it is about.
 *
 * @param config the configuration in its JSON form; absent for the repository's own
 * @param files all files of the model; null for those of the repository. Whoever loads takes or closes them
 * @param byModel whether a model asks for it that this server runs: it is a program on this machine already, so it may
 *     bring one
 * @param version the one version to load, in addition to what is served; empty for those that the version policy
 *     takes, in the place of all that is served
 * @param waiting the model whose own load waits for this one, since its code has asked for it; empty for none
 */
public record LoadOverride(Optional<String> config, @Nullable OverrideFiles files, OptionalLong version,
        boolean byModel, String waiting) {
    /** Nothing: the model as the repository has it. */
    public static final LoadOverride NONE = new LoadOverride(Optional.empty(), null);

    /** What a client's request has. */
    public LoadOverride(Optional<String> config, @Nullable OverrideFiles files) {
        this(config, files, OptionalLong.empty(), false, "");
    }

    /** The same, to load one version only. */
    public LoadOverride ofVersion(OptionalLong only) {
        return new LoadOverride(config, files, only, byModel, waiting);
    }

    /** Whether the repository's model is to be loaded as it is. */
    public boolean isNone() {
        return config.isEmpty() && files == null && version.isEmpty();
    }

    /** Deletes the files, unless they were taken. */
    public void close() {
        if (files != null) {
            files.close();
        }
    }
}
