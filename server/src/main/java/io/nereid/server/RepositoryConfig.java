package io.nereid.server;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * Where the models are and how they are read.
 *
 * @param paths the model repositories, each a folder with one sub-folder per model; at least one. Whether they can be
 *        read is found out when they are
 * @param autoCompleteConfig whether a backend may fill in what {@code config.pbtxt} leaves out
 * @param configName prefer {@code configs/NAME.pbtxt} of a model to its {@code config.pbtxt}; empty for none
 * @param loadThreads how many models load at the same time
 * @param control when models are loaded and unloaded
 */
public record RepositoryConfig(List<Path> paths, boolean autoCompleteConfig, String configName, int loadThreads,
        ModelControlConfig control) {

    public static final int DEFAULT_LOAD_THREADS = 4;

    public RepositoryConfig {
        paths = List.copyOf(paths);
        Objects.requireNonNull(control, "control");
        Require.that(!paths.isEmpty(), "paths: got none (expected at least one model repository)");
        Require.that(configName.indexOf('/') < 0, "configName: got '%s' (expected a file name without '/')",
                configName);
        Require.that(loadThreads >= 1, "loadThreads: got %d (expected 1 or more)", loadThreads);
    }

    /** The defaults over these repositories. */
    public static RepositoryConfig of(List<Path> paths) {
        return new RepositoryConfig(paths, true, "", DEFAULT_LOAD_THREADS, ModelControlConfig.DEFAULT);
    }

    public RepositoryConfig withAutoCompleteConfig(boolean complete) {
        return new RepositoryConfig(paths, complete, configName, loadThreads, control);
    }

    public RepositoryConfig withConfigName(String name) {
        return new RepositoryConfig(paths, autoCompleteConfig, name, loadThreads, control);
    }

    public RepositoryConfig withLoadThreads(int threads) {
        return new RepositoryConfig(paths, autoCompleteConfig, configName, threads, control);
    }

    public RepositoryConfig withControl(ModelControlConfig newControl) {
        return new RepositoryConfig(paths, autoCompleteConfig, configName, loadThreads, newControl);
    }
}
