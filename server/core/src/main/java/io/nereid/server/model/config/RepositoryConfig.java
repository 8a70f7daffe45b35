package io.nereid.server.model.config;

import io.nereid.server.config.Require;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * Where the models are and how they are read.
 *
 * @param locations the model repositories, at least one: folders with one sub-folder per model, or places in object
 *        stores ({@code s3://}, {@code gs://}, {@code as://}). Whether they can be read is found out when they are
 * @param autoCompleteConfig whether a backend may fill in what {@code config.pbtxt} leaves out
 * @param configName prefer {@code configs/NAME.pbtxt} of a model to its {@code config.pbtxt}; empty for none
 * @param loadThreads how many models load at the same time
 * @param cpuInsteadOfGpus whether instance groups that ask for GPUs run on the CPU where the server has none
 * @param namespaces whether each repository has names of its own, so that models of the same name can be served
 * @param control when models are loaded and unloaded
 */
public record RepositoryConfig(List<String> locations, boolean autoCompleteConfig, String configName, int loadThreads,
        boolean cpuInsteadOfGpus, boolean namespaces, ModelControlConfig control) {

    public static final int DEFAULT_LOAD_THREADS = 4;

    public RepositoryConfig {
        locations = List.copyOf(locations);
        Objects.requireNonNull(control, "control");
        Require.that(!locations.isEmpty(), "locations: got none (expected at least one model repository)");
        Require.that(configName.indexOf('/') < 0, "configName: got '%s' (expected a file name without '/')",
                configName);
        Require.that(loadThreads >= 1, "loadThreads: got %d (expected 1 or more)", loadThreads);
    }

    /** The defaults over these folders. */
    public static RepositoryConfig of(List<Path> paths) {
        return ofLocations(paths.stream().map(Path::toString).toList());
    }

    /** The defaults over these folders and places in object stores. */
    public static RepositoryConfig ofLocations(List<String> locations) {
        return new RepositoryConfig(locations, true, "", DEFAULT_LOAD_THREADS, false, false,
                ModelControlConfig.DEFAULT);
    }

    /** Over these folders and places in object stores. */
    public RepositoryConfig withLocations(List<String> newLocations) {
        return new RepositoryConfig(newLocations, autoCompleteConfig, configName, loadThreads, cpuInsteadOfGpus,
                namespaces,
                control);
    }

    public RepositoryConfig withAutoCompleteConfig(boolean complete) {
        return new RepositoryConfig(locations, complete, configName, loadThreads, cpuInsteadOfGpus, namespaces,
                control);
    }

    public RepositoryConfig withConfigName(String name) {
        return new RepositoryConfig(locations, autoCompleteConfig, name, loadThreads, cpuInsteadOfGpus, namespaces,
                control);
    }

    public RepositoryConfig withLoadThreads(int threads) {
        return new RepositoryConfig(locations, autoCompleteConfig, configName, threads, cpuInsteadOfGpus, namespaces,
                control);
    }

    public RepositoryConfig withCpuInsteadOfGpus(boolean instead) {
        return new RepositoryConfig(locations, autoCompleteConfig, configName, loadThreads, instead, namespaces,
                control);
    }

    public RepositoryConfig withNamespaces(boolean own) {
        return new RepositoryConfig(locations, autoCompleteConfig, configName, loadThreads, cpuInsteadOfGpus, own,
                control);
    }

    public RepositoryConfig withControl(ModelControlConfig newControl) {
        return new RepositoryConfig(locations, autoCompleteConfig, configName, loadThreads, cpuInsteadOfGpus,
                namespaces,
                newControl);
    }
}
