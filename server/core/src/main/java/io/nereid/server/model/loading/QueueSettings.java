package io.nereid.server.model.loading;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.DynamicBatchingConfig;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.QueuePolicyConfig;
import io.nereid.modelrepo.config.SequenceBatchingConfig;
import io.nereid.scheduler.BatchPolicy;
import io.nereid.scheduler.PriorityLevels;
import io.nereid.scheduler.QueuePolicy;
import io.nereid.scheduler.sequence.SequenceLimits;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * How a model's requests are queued, as its configuration says: by {@code dynamic_batching}, or for a model that has
 * none by {@code parameters} named after the fields of a queue policy (docs/batching.md).
 *
 * @param batches how large batches get and how long they wait
 * @param priorities levels and their queue policies
 * @param preserveOrdering whether responses keep the order of the requests
 * @param targetP99Nanos latency under which the batcher keeps the p99 by itself, in nanoseconds; 0 where it follows
 *        {@code batches} only
 * @param adaptive whether batches stay small where they were measured to gain nothing
 * @param inline whether a request may run on the thread that queues it
 */
public record QueueSettings(BatchPolicy batches, PriorityLevels priorities, boolean preserveOrdering,
        long targetP99Nanos,
        boolean adaptive, boolean inline) {
    private static final String TARGET_P99 = "batching.target_p99_us";
    private static final String ADAPTIVE = "batching.adaptive";
    private static final String INLINE = "inline_execution";
    private static final String PREFIX = "queue_policy.";
    private static final String TIMEOUT_ACTION = PREFIX + "timeout_action";
    private static final String DEFAULT_TIMEOUT = PREFIX + "default_timeout_microseconds";
    private static final String ALLOW_OVERRIDE = PREFIX + "allow_timeout_override";
    private static final String MAX_QUEUE_SIZE = PREFIX + "max_queue_size";
    private static final String MAX_OPEN = "batching.max_open_sequences";
    private static final Set<String> NAMES = Set.of(TIMEOUT_ACTION, DEFAULT_TIMEOUT, ALLOW_OVERRIDE, MAX_QUEUE_SIZE,
            TARGET_P99, ADAPTIVE, MAX_OPEN);

    /**
     * The settings of a complete configuration.
     *
     * @throws InferenceException INVALID_ARG if a parameter makes no sense
     */
    public static QueueSettings of(ModelConfig config) throws InferenceException {
        checkNames(config);
        if (config.scheduling() instanceof DynamicBatchingConfig dynamic) {
            return of(config, dynamic);
        }
        requireAbsent(config, "dynamic_batching", TARGET_P99, ADAPTIVE);
        return new QueueSettings(BatchPolicy.ALONE, PriorityLevels.of(policy(config, QueuePolicyConfig.DEFAULT)),
                false, 0, false, inline(config));
    }

    private static boolean inline(ModelConfig config) throws InferenceException {
        return choice(config, INLINE, Map.of("auto", true, "off", false), true);
    }

    private static void checkNames(ModelConfig config) throws InferenceException {
        for (String name : config.parameters().keySet()) {
            if ((name.startsWith(PREFIX) || name.startsWith("batching.")) && !NAMES.contains(name)) {
                throw invalid(config, "there is no parameter '" + name + "'", String.join(", ", NAMES));
            }
        }
        if (!(config.scheduling() instanceof SequenceBatchingConfig)) {
            requireAbsent(config, "sequence_batching", MAX_OPEN);
        }
    }

    private static void requireAbsent(ModelConfig config, String without, String... names) throws InferenceException {
        for (String name : names) {
            if (config.parameters().containsKey(name)) {
                throw invalid(config, "parameter '" + name + "' is given without " + without,
                        without + " { } beside it");
            }
        }
    }

    /**
     * How many sequences a model may have, and how long their requests wait.
     *
     * @throws InferenceException INVALID_ARG if a parameter makes no sense
     */
    static SequenceLimits ofSequences(ModelConfig config, SequenceBatchingConfig batching) throws InferenceException {
        checkNames(config);
        requireAbsent(config, "dynamic_batching", TARGET_P99, ADAPTIVE);
        QueuePolicy policy = policy(config, QueuePolicyConfig.DEFAULT);
        if (policy.timeoutAction() == QueuePolicy.TimeoutAction.DELAY) {
            throw invalid(config, "parameter '" + TIMEOUT_ACTION + "' is 'DELAY'",
                    "REJECT: the requests of a sequence cannot change places");
        }
        return new SequenceLimits(TimeUnit.NANOSECONDS.convert(batching.maxSequenceIdle()), policy,
                number(config, MAX_OPEN, Long.MAX_VALUE, 0));
    }

    private static QueueSettings of(ModelConfig config, DynamicBatchingConfig dynamic) throws InferenceException {
        Map<Long, QueuePolicy> policies = new HashMap<>();
        dynamic.priorityQueuePolicies().forEach((level, policy) -> policies.put(level, policy(policy)));
        long target = number(config, TARGET_P99, Long.MAX_VALUE / 1000, 0) * 1000;
        int largest = Math.max(1, config.maxBatchSize());
        BatchPolicy batches = target > 0 ? new BatchPolicy(largest, List.of(), 0)
                : new BatchPolicy(largest, dynamic.preferredBatchSizes(),
                        TimeUnit.NANOSECONDS.convert(dynamic.maxQueueDelay()));
        return new QueueSettings(batches,
                new PriorityLevels(dynamic.priorityLevels(), dynamic.defaultPriorityLevel(),
                        policy(config, dynamic.defaultQueuePolicy()), policies),
                dynamic.preserveOrdering(), target,
                choice(config, ADAPTIVE, Map.of("true", true, "false", false), true), inline(config));
    }

    /** The policy for requests that name no priority level. */
    public QueuePolicy defaultPolicy() {
        return priorities.policy(priorities.levelOf(0));
    }

    /** For the log: how requests come together. */
    String describe() {
        if (!batches.batches()) {
            return "requests run one at a time";
        }
        if (targetP99Nanos > 0) {
            return "batches of up to " + batches.maxBatchSize() + " rows, as many as keep the p99 under "
                    + targetP99Nanos / 1000 + " us";
        }
        return "batches of up to " + batches.maxBatchSize() + " rows, preferred " + batches.preferredBatchSizes()
                + ", a request waits for others up to " + batches.maxQueueDelayNanos() / 1000 + " us";
    }

    private static QueuePolicy policy(QueuePolicyConfig policy) {
        QueuePolicy.TimeoutAction action = switch (policy.timeoutAction()) {
            case REJECT -> QueuePolicy.TimeoutAction.REJECT;
            case DELAY -> QueuePolicy.TimeoutAction.DELAY;
        };
        return new QueuePolicy(action, TimeUnit.NANOSECONDS.convert(policy.defaultTimeout()),
                policy.allowTimeoutOverride(),
                policy.maxQueueSize());
    }

    /** The policy of the configuration, with what the parameters say otherwise. */
    private static QueuePolicy policy(ModelConfig config, QueuePolicyConfig configured) throws InferenceException {
        QueuePolicy policy = policy(configured);
        return new QueuePolicy(
                choice(config, TIMEOUT_ACTION,
                        Map.of("REJECT", QueuePolicy.TimeoutAction.REJECT, "DELAY", QueuePolicy.TimeoutAction.DELAY),
                        policy.timeoutAction()),
                number(config, DEFAULT_TIMEOUT, Long.MAX_VALUE / 1000, policy.defaultTimeoutNanos() / 1000) * 1000,
                choice(config, ALLOW_OVERRIDE, Map.of("true", true, "false", false), policy.allowTimeoutOverride()),
                number(config, MAX_QUEUE_SIZE, Long.MAX_VALUE, policy.maxQueueSize()));
    }

    private static <T> T choice(ModelConfig config, String name, Map<String, T> choices, T otherwise)
            throws InferenceException {
        String value = config.parameters().get(name);
        if (value == null) {
            return otherwise;
        }
        T chosen = choices.get(value.strip());
        if (chosen == null) {
            throw invalid(config, "parameter '" + name + "' is '" + value + "'",
                    String.join(" or ", choices.keySet().stream().sorted().toList()));
        }
        return chosen;
    }

    private static long number(ModelConfig config, String name, long most, long otherwise) throws InferenceException {
        String value = config.parameters().get(name);
        if (value == null) {
            return otherwise;
        }
        try {
            long number = Long.parseLong(value.strip());
            if (number >= 0 && number <= most) {
                return number;
            }
        } catch (NumberFormatException _) {
            // said below
        }
        throw invalid(config, "parameter '" + name + "' is '" + value + "'", "a number from 0 to " + most);
    }

    private static InferenceException invalid(ModelConfig config, String what, String expected) {
        return new InferenceException(ErrorCode.INVALID_ARG,
                "unable to load model '" + config.name() + "', " + what + " (expected " + expected + ")");
    }
}
