package io.nereid.server.inference;

import io.nereid.inference.NanoClock;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.model.ModelCatalog;
import io.nereid.server.model.ServedModel;
import io.nereid.statistics.Rejection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Logs which models refuse requests, and why: a line for each of them and minute at most, whatever the load,
 * with how many there were since the last one. It looks at the models' statistics from time to time, on a thread of
 * its own, so that a refusal costs nothing more.
 */
public final class RefusalLog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RefusalLog.class);
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(5);
    private static final long BETWEEN_LINES_NANOS = Duration.ofMinutes(1).toNanos();
    /** What an operator can do something about; a client that goes away is none of these. */
    private static final List<Rejection> LOGGED = List.of(Rejection.QUEUE_FULL, Rejection.TIMEOUT, Rejection.OVERLOAD);

    private final Supplier<Map<String, Map<Rejection, Long>>> counts;
    private final NanoClock clock;
    private final Consumer<String> log;
    private final ScheduledThreadPoolExecutor thread = new ScheduledThreadPoolExecutor(1,
            Thread.ofPlatform().daemon().name("refusal-log").factory());

    // Those of the thread that looks.

    private Map<String, Seen> seen = new HashMap<>();

    /**
     * What a model had refused when that was logged.
     *
     * @param loggedNanos when that was
     */
    private record Seen(Map<Rejection, Long> counts, long loggedNanos) {}

    /** @param counts what each model has refused since it was loaded */
    RefusalLog(Supplier<Map<String, Map<Rejection, Long>>> counts, NanoClock clock, Consumer<String> log) {
        this.counts = counts;
        this.clock = clock;
        this.log = log;
    }

    /** Begins to look after those models. */
    public static RefusalLog start(ModelCatalog models) {
        RefusalLog refusals = new RefusalLog(() -> refused(models), NanoClock.SYSTEM, LOG::warn);
        refusals.thread.scheduleWithFixedDelay(refusals::lookSafely, BETWEEN_LOOKS.toMillis(),
                BETWEEN_LOOKS.toMillis(), TimeUnit.MILLISECONDS);
        return refusals;
    }

    /** A border: what is thrown would end the looking for good. */
    private void lookSafely() {
        try {
            look();
        } catch (RuntimeException e) {
            LOG.error("the refusals of models could not be counted", e);
        }
    }

    /** Looks once. Not thread-safe. */
    void look() {
        long now = clock.nanoTime();
        Map<String, Seen> next = new HashMap<>();
        counts.get().forEach((model, refused) -> next.put(model, look(model, logged(refused), now)));
        seen = next;
    }

    private static Map<String, Map<Rejection, Long>> refused(ModelCatalog models) {
        Map<String, Map<Rejection, Long>> all = new TreeMap<>();
        for (ModelHandle<ServedModel> model : models.acquireAll()) {
            try {
                all.put(model.toString(), model.model().statistics().snapshot().explanation().rejected());
            } finally {
                model.release();
            }
        }
        return all;
    }

    private static Map<Rejection, Long> logged(Map<Rejection, Long> refused) {
        Map<Rejection, Long> logged = new EnumMap<>(Rejection.class);
        LOGGED.forEach(reason -> logged.put(reason, refused.getOrDefault(reason, 0L)));
        return logged;
    }

    private Seen look(String model, Map<Rejection, Long> refused, long now) {
        Seen last = seen.getOrDefault(model, new Seen(Map.of(), now - BETWEEN_LINES_NANOS));
        Map<Rejection, Long> more = difference(refused, last.counts());
        if (more.isEmpty() || now - last.loggedNanos() < BETWEEN_LINES_NANOS) {
            return last;
        }
        long sum = more.values().stream().mapToLong(Long::longValue).sum();
        log.accept("%s has refused %d request%s: %s".formatted(model, sum, sum == 1 ? "" : "s", more.entrySet().stream()
                .map(reason -> reason.getValue() + " " + words(reason.getKey())).collect(Collectors.joining(", "))));
        return new Seen(refused, now);
    }

    /** A count that has become smaller is that of the same version loaded anew. */
    private static Map<Rejection, Long> difference(Map<Rejection, Long> counts, Map<Rejection, Long> before) {
        Map<Rejection, Long> more = new EnumMap<>(Rejection.class);
        counts.forEach((reason, count) -> {
            long last = before.getOrDefault(reason, 0L);
            long difference = count >= last ? count - last : count;
            if (difference > 0) {
                more.put(reason, difference);
            }
        });
        return more;
    }

    private static String words(Rejection reason) {
        return switch (reason) {
            case QUEUE_FULL -> "because the queue was full";
            case TIMEOUT -> "because the answer came too late or would have";
            case OVERLOAD -> "because too much was in flight on the whole server";
            case NO_INSTANCE -> "because no instance of the model was running";
            case CANCELLED -> "because the client gave up";
            case MALFORMED -> "because they could not be read";
            case MISMATCH -> "because they did not fit the model";
            case UNSUPPORTED -> "because the call does not offer the model";
        };
    }

    /** Looks no more, after one last time. */
    @Override
    public void close() {
        thread.shutdown();
        try {
            if (thread.awaitTermination(BETWEEN_LOOKS.toMillis(), TimeUnit.MILLISECONDS)) {
                lookSafely();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
