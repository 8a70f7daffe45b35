package io.nereid.server.model;

import io.nereid.server.config.Flag;
import io.nereid.server.config.FlagGroup;
import io.nereid.server.config.FlagValues;
import io.nereid.server.config.UsageException;
import io.nereid.server.config.ValueType;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The flags of the model repositories: where they are, how they are read, and when models are loaded. Makes the
 * {@link RepositoryConfig} of them.
 */
public final class RepositoryFlags {
    private static final int ANY = Integer.MAX_VALUE;

    /** The folder of the models; required. */
    public static final Flag<String> MODEL_REPOSITORY = Flag
            .of(FlagGroup.MODELS, "model-repository", ValueType.NAME, "",
                    "Folder with one sub-folder per model, or s3://... or gs://... Required.")
            .orAs("model-store").repeated();
    public static final Flag<Boolean> DISABLE_AUTO_COMPLETE_CONFIG = Flag.of(FlagGroup.MODELS,
            "disable-auto-complete-config", ValueType.SWITCH,
            "false", "Take config.pbtxt as it is: a backend fills in nothing that it leaves out.");
    public static final Flag<Boolean> STRICT_MODEL_CONFIG = Flag.of(FlagGroup.MODELS, "strict-model-config",
            ValueType.BOOL, "false",
            "Deprecated: true is the same as --disable-auto-complete-config.");
    public static final Flag<String> MODEL_CONFIG_NAME = Flag.of(FlagGroup.MODELS, "model-config-name", ValueType.NAME,
            "",
            "Read configs/<name>.pbtxt of a model that has one, instead of its config.pbtxt.");
    public static final Flag<Integer> MODEL_LOAD_THREAD_COUNT = Flag.of(FlagGroup.MODELS, "model-load-thread-count",
            ValueType.integer(1, ANY),
            "" + RepositoryConfig.DEFAULT_LOAD_THREADS, "How many models load at the same time.");
    public static final Flag<String> GPU_FALLBACK = Flag.of(FlagGroup.MODELS, "gpu-fallback",
            ValueType.choice("none", "cpu"), "none",
            "Where instance groups run that ask for GPUs on a machine that has none: nowhere, so that the model fails"
                    + " to load, or on the CPU. (Not in Triton.)");
    public static final Flag<String> MODEL_CONTROL_MODE = Flag.of(FlagGroup.MODELS, "model-control-mode",
            ValueType.choice("none", "poll", "explicit"), "none",
            "When models are loaded and unloaded: at the start and never"
                    + " again, whenever the repository changes, or when clients ask for it.");
    public static final Flag<Long> REPOSITORY_POLL_SECS = Flag.of(FlagGroup.MODELS, "repository-poll-secs",
            ValueType.number(0, ANY),
            "" + ModelControlConfig.DEFAULT.pollInterval().toSeconds(),
            "Seconds between two looks at the repositories, with --model-control-mode=poll; 0 for none.");
    public static final Flag<String> LOAD_MODEL = Flag.of(FlagGroup.MODELS, "load-model", ValueType.NAME, "",
            "Load this model at the start, with --model-control-mode=explicit; * for all.").repeated();
    public static final Flag<Integer> MODEL_LOAD_RETRY_COUNT = Flag.of(FlagGroup.MODELS, "model-load-retry-count",
            ValueType.integer(0, ANY),
            "" + ModelControlConfig.DEFAULT.retries(), "How often a model that fails to load is tried again.");
    public static final Flag<Boolean> ALLOW_CLIENT_NATIVE_CODE = Flag.of(FlagGroup.MODELS, "allow-client-native-code",
            ValueType.BOOL, "false",
            "Let load requests bring native code, as operator libraries: whoever may load models can then run any"
                    + " program as this user. (Not in Triton.)");

    /** All of them, in the order of the help. */
    public static final List<Flag<?>> ALL = List.of(MODEL_REPOSITORY, DISABLE_AUTO_COMPLETE_CONFIG, STRICT_MODEL_CONFIG,
            MODEL_CONFIG_NAME, MODEL_LOAD_THREAD_COUNT, GPU_FALLBACK, MODEL_CONTROL_MODE, REPOSITORY_POLL_SECS,
            LOAD_MODEL, MODEL_LOAD_RETRY_COUNT, ALLOW_CLIENT_NATIVE_CODE,
            Flag.refused(FlagGroup.MODELS, "model-namespacing", ValueType.BOOL, "false", "model namespacing",
                    "Let repositories hold models of the same name.", "false"),
            Flag.refused(FlagGroup.MODELS, "model-load-gpu-limit",
                    ValueType.matching("<device>:<fraction>", "DEVICE:FRACTION", "\\d+:[0-9.]+"), "",
                    "a limit of GPU memory", "Refuse to load models once this much of a GPU is used.").repeated(),
            Flag.noEffect(FlagGroup.MODELS, "enable-peer-access", ValueType.BOOL, "true", "copying between GPUs",
                    "Let GPUs read each other."),
            Flag.noEffect(FlagGroup.MODELS, "min-supported-compute-capability",
                    ValueType.matching("<float>", "a number", "[0-9.]+"), "6.0", "a check of the GPU's generation",
                    "Do not use GPUs older than this."));

    private RepositoryFlags() {}

    /**
     * The configuration that the flags give.
     *
     * @param exitOnError whether a repository that cannot be read is an error here already
     * @throws UsageException where a repository is missing or cannot be read, or values do not go together
     */
    public static RepositoryConfig read(FlagValues flags, boolean exitOnError) throws UsageException {
        boolean autoComplete = !flags.get(DISABLE_AUTO_COMPLETE_CONFIG) && !flags.get(STRICT_MODEL_CONFIG);
        return RepositoryConfig.ofLocations(locations(flags, exitOnError)).withAutoCompleteConfig(autoComplete)
                .withConfigName(configName(flags))
                .withLoadThreads(flags.get(MODEL_LOAD_THREAD_COUNT))
                .withCpuInsteadOfGpus(flags.get(GPU_FALLBACK).equals("cpu")).withControl(control(flags));
    }

    private static List<String> locations(FlagValues flags, boolean exitOnError) throws UsageException {
        List<String> locations = new ArrayList<>();
        for (String location : flags.all(MODEL_REPOSITORY)) {
            locations.add(exitOnError ? RepositoryFolder.check(location) : RepositoryFolder.named(location));
        }
        if (locations.isEmpty()) {
            throw new UsageException("--model-repository is missing; "
                    + "give the folder of the models, for example --model-repository=examples/food11/models");
        }
        return locations;
    }

    private static String configName(FlagValues flags) throws UsageException {
        String configName = flags.isGiven(MODEL_CONFIG_NAME) ? flags.get(MODEL_CONFIG_NAME) : "";
        if (configName.indexOf('/') >= 0) {
            throw new UsageException("--model-config-name: got '%s' (expected the name of a file in configs/, without "
                    .formatted(configName) + ".pbtxt)");
        }
        return configName;
    }

    private static ModelControlConfig control(FlagValues flags) throws UsageException {
        ModelControlMode mode = ModelControlMode.valueOf(flags.get(MODEL_CONTROL_MODE).toUpperCase(Locale.ROOT));
        List<String> startupModels = flags.all(LOAD_MODEL);
        if (!startupModels.isEmpty() && mode != ModelControlMode.EXPLICIT) {
            throw new UsageException("--load-model needs --model-control-mode=explicit; in the other modes all models"
                    + " are loaded");
        }
        if (startupModels.size() > 1 && startupModels.contains(ModelControlConfig.EVERY_MODEL)) {
            throw new UsageException("--load-model=* loads all models; leave the other --load-model out");
        }
        return ModelControlConfig.DEFAULT.withStartup(mode, startupModels)
                .withPollInterval(Duration.ofSeconds(flags.get(REPOSITORY_POLL_SECS)))
                .withRetries(flags.get(MODEL_LOAD_RETRY_COUNT))
                .withClientNativeCode(flags.get(ALLOW_CLIENT_NATIVE_CODE));
    }
}
