package io.nereid.server.model.config;

import io.nereid.server.config.Flag;
import io.nereid.server.config.FlagGroup;
import io.nereid.server.config.FlagValues;
import io.nereid.server.config.UsageException;
import io.nereid.server.config.ValueType;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The flags of the model repositories: where they are, how they are read, and when models are loaded. Makes the
 * {@link RepositoryConfig} of them.
 */
public final class RepositoryFlags {
    private static final int ANY = Integer.MAX_VALUE;
    private static final String ON_DEMAND = "on-demand";

    /** The folder of the models; required. */
    public static final Flag<String> MODEL_REPOSITORY = Flag
            .of(FlagGroup.MODELS, "model-repository", ValueType.NAME, "",
                    "Folder with one sub-folder per model, or s3://..., gs://... or as://... Required.")
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
            ValueType.choice("none", "poll", "explicit", ON_DEMAND), "none",
            "When models are loaded and unloaded: at the start and never"
                    + " again, whenever the repository changes, when clients ask for it, or each with its first request,"
                    + " within --model-memory-budget. (The last is not in Triton.)");
    public static final Flag<Long> REPOSITORY_POLL_SECS = Flag.of(FlagGroup.MODELS, "repository-poll-secs",
            ValueType.number(0, ANY),
            "" + ModelControlConfig.DEFAULT.pollInterval().toSeconds(),
            "Seconds between two looks at the repositories, with --model-control-mode=poll; 0 for none.");
    public static final Flag<String> LOAD_MODEL = Flag.of(FlagGroup.MODELS, "load-model", ValueType.NAME, "",
            "Load this model at the start, with --model-control-mode=explicit or on-demand; * for all, with explicit.")
            .repeated();
    public static final Flag<Long> MODEL_MEMORY_BUDGET = Flag.of(FlagGroup.MODELS, "model-memory-budget",
            ValueType.number(1, Long.MAX_VALUE), "",
            "Bytes that loaded models may hold together, with --model-control-mode=on-demand, which needs it. (Not in"
                    + " Triton.)");
    public static final Flag<Integer> ON_DEMAND_MAX_WAIT_SECS = Flag.of(FlagGroup.MODELS, "on-demand-max-wait-secs",
            ValueType.integer(1, 86_400), "" + OnDemandConfig.DEFAULT.longestWait().toSeconds(),
            "Seconds that a request waits for its model to be loaded; then it gets 503 and Retry-After. (Not in"
                    + " Triton.)");
    public static final Flag<Integer> ON_DEMAND_MAX_WAITING_REQUESTS = Flag.of(FlagGroup.MODELS,
            "on-demand-max-waiting-requests", ValueType.integer(1, ANY),
            "" + OnDemandConfig.DEFAULT.mostWaiting(),
            "Requests that may wait so at once; more get 503 and Retry-After. (Not in Triton.)");
    public static final Flag<Integer> ON_DEMAND_MIN_LOADED_SECS = Flag.of(FlagGroup.MODELS, "on-demand-min-loaded-secs",
            ValueType.integer(0, 86_400), "" + OnDemandConfig.DEFAULT.safeTime().toSeconds(),
            "Seconds for which a model that was loaded is not unloaded for another one. (Not in Triton.)");
    public static final Flag<Integer> MODEL_LOAD_RETRY_COUNT = Flag.of(FlagGroup.MODELS, "model-load-retry-count",
            ValueType.integer(0, ANY),
            "" + ModelControlConfig.DEFAULT.retries(), "How often a model that fails to load is tried again.");
    public static final Flag<Boolean> MODEL_PARTIAL_AVAILABILITY = Flag.of(FlagGroup.MODELS,
            "model-partial-availability", ValueType.BOOL, "false",
            "Serve a model without those of its versions that fail to load, instead of not at all. (Not in Triton.)");
    public static final Flag<Boolean> ALLOW_CLIENT_NATIVE_CODE = Flag.of(FlagGroup.MODELS, "allow-client-native-code",
            ValueType.BOOL, "false",
            "Let load requests bring native code, as operator libraries: whoever may load models can then run any"
                    + " program as this user. (Not in Triton.)");

    public static final Flag<Boolean> MODEL_NAMESPACING = Flag.of(FlagGroup.MODELS, "model-namespacing",
            ValueType.BOOL, "false",
            "Let each repository have names of its own: models of the same name are served to the ensembles of theirs.");

    /** All of them, in the order of the help. */
    public static final List<Flag<?>> ALL = List.of(MODEL_REPOSITORY, DISABLE_AUTO_COMPLETE_CONFIG, STRICT_MODEL_CONFIG,
            MODEL_CONFIG_NAME, MODEL_LOAD_THREAD_COUNT, GPU_FALLBACK, MODEL_CONTROL_MODE, REPOSITORY_POLL_SECS,
            LOAD_MODEL, MODEL_MEMORY_BUDGET, ON_DEMAND_MAX_WAIT_SECS, ON_DEMAND_MAX_WAITING_REQUESTS,
            ON_DEMAND_MIN_LOADED_SECS, MODEL_LOAD_RETRY_COUNT, MODEL_PARTIAL_AVAILABILITY,
            ALLOW_CLIENT_NATIVE_CODE, MODEL_NAMESPACING,
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
     * @param otherwise the repository of a command line that names none; absent for none
     * @throws UsageException where a repository is missing or cannot be read, or values do not go together
     */
    public static RepositoryConfig read(FlagValues flags, boolean exitOnError, Optional<String> otherwise)
            throws UsageException {
        checkOnDemand(flags);
        boolean autoComplete = !flags.get(DISABLE_AUTO_COMPLETE_CONFIG) && !flags.get(STRICT_MODEL_CONFIG);
        return RepositoryConfig.ofLocations(locations(flags, exitOnError, otherwise))
                .withAutoCompleteConfig(autoComplete)
                .withConfigName(configName(flags))
                .withLoadThreads(flags.get(MODEL_LOAD_THREAD_COUNT))
                .withNamespaces(flags.get(MODEL_NAMESPACING))
                .withCpuInsteadOfGpus(flags.get(GPU_FALLBACK).equals("cpu")).withControl(control(flags));
    }

    private static List<String> locations(FlagValues flags, boolean exitOnError, Optional<String> otherwise)
            throws UsageException {
        List<String> locations = new ArrayList<>();
        List<String> given = flags.all(MODEL_REPOSITORY);
        for (String location : given.isEmpty() ? otherwise.stream().toList() : given) {
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
        ModelControlMode mode = ModelControlMode
                .valueOf(flags.get(MODEL_CONTROL_MODE).toUpperCase(Locale.ROOT).replace('-', '_'));
        List<String> startupModels = flags.all(LOAD_MODEL);
        if (!startupModels.isEmpty() && !mode.isControlledByClients()) {
            throw new UsageException("--load-model needs --model-control-mode=explicit or on-demand; in the other modes"
                    + " all models are loaded");
        }
        if (mode == ModelControlMode.ON_DEMAND && startupModels.contains(ModelControlConfig.EVERY_MODEL)) {
            throw new UsageException("--load-model=* needs --model-control-mode=explicit; on demand not all models need"
                    + " to fit, so name those that are to be there from the start");
        }
        if (startupModels.size() > 1 && startupModels.contains(ModelControlConfig.EVERY_MODEL)) {
            throw new UsageException("--load-model=* loads all models; leave the other --load-model out");
        }
        return ModelControlConfig.DEFAULT.withStartup(mode, startupModels)
                .withPollInterval(Duration.ofSeconds(flags.get(REPOSITORY_POLL_SECS)))
                .withRetries(flags.get(MODEL_LOAD_RETRY_COUNT))
                .withPartialAvailability(flags.get(MODEL_PARTIAL_AVAILABILITY))
                .withClientNativeCode(flags.get(ALLOW_CLIENT_NATIVE_CODE))
                .withOnDemand(new OnDemandConfig(flags.isGiven(MODEL_MEMORY_BUDGET) ? flags.get(MODEL_MEMORY_BUDGET)
                        : OnDemandConfig.DEFAULT.memoryBudget(),
                        Duration.ofSeconds(flags.get(ON_DEMAND_MAX_WAIT_SECS)),
                        flags.get(ON_DEMAND_MAX_WAITING_REQUESTS),
                        Duration.ofSeconds(flags.get(ON_DEMAND_MIN_LOADED_SECS))));
    }

    /** What this mode needs, and what only it can use. */
    private static void checkOnDemand(FlagValues flags) throws UsageException {
        boolean onDemand = flags.get(MODEL_CONTROL_MODE).equals(ON_DEMAND);
        if (onDemand && !flags.isGiven(MODEL_MEMORY_BUDGET)) {
            throw new UsageException("--model-control-mode=on-demand needs --model-memory-budget: the bytes that all"
                    + " loaded models may hold together");
        }
        if (onDemand && flags.get(MODEL_NAMESPACING)) {
            throw new UsageException(
                    "--model-namespacing=true does not go together with --model-control-mode=on-demand:"
                            + " a first request names its model without a namespace");
        }
        for (Flag<?> flag : List.of(MODEL_MEMORY_BUDGET, ON_DEMAND_MAX_WAIT_SECS, ON_DEMAND_MAX_WAITING_REQUESTS,
                ON_DEMAND_MIN_LOADED_SECS)) {
            if (!onDemand && flags.isGiven(flag)) {
                throw new UsageException("--" + flag.name() + " needs --model-control-mode=on-demand");
            }
        }
    }
}
