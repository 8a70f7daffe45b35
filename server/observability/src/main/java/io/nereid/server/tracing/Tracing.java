package io.nereid.server.tracing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.server.tracing.TraceSettingsUpdate.Change;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * The trace settings of a server, global and of models, and the choice of what is traced. A setting that a model does
 * not have is the global one; a global one that nobody has set is what the server was started with. Thread-safe;
 * asking whether a request is traced takes no lock unless its model is.
 */
public final class Tracing implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Tracing.class);
    /** What names the global settings. */
    public static final String GLOBAL = "";

    private final TracingConfig config;
    private final TraceSink sink;
    private final AtomicLong lastId = new AtomicLong();
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private final Map<String, TraceOverrides> overrides = new HashMap<>();
    /** Replaced whole by each change. */
    private volatile Samplers samplers;

    /**
     * Who chooses.
     *
     * @param on whether any of them may choose a request
     */
    private record Samplers(boolean on, TraceSampler global, Map<String, TraceSampler> ofModels) {
        static Samplers of(TraceSampler global, Map<String, TraceSampler> ofModels) {
            boolean on = global.isOn() || ofModels.values().stream().anyMatch(TraceSampler::isOn);
            return new Samplers(on, global, Map.copyOf(ofModels));
        }

        TraceSampler of(String model) {
            return ofModels.getOrDefault(model, global);
        }
    }

    /** Tracing as configured; the sink is closed with it. */
    public Tracing(TracingConfig config, TraceSink sink) {
        this.config = config;
        this.sink = sink;
        this.samplers = Samplers.of(new TraceSampler(config.settings()), Map.of());
        String why = whyLost(config, config.settings());
        if (why != null) {
            LOG.warn("the server is to be traced, but no trace is kept: {}", why);
        }
    }

    /** Whether any request may be traced now: while not, {@link #begin} need not be asked. */
    public boolean isOn() {
        return samplers.on();
    }

    /**
     * Whether the next request to a model is traced, and how; null too where its trace would go nowhere.
     *
     * @param header the value of one of the request's header lines, null where it has none of that name
     */
    public @Nullable TraceStart begin(String model, Function<String, @Nullable String> header) {
        TraceSampler sampler = samplers.of(model);
        if (!sampler.isOn()) {
            return null;
        }
        boolean spans = config.mode() == TracingConfig.Mode.OPENTELEMETRY;
        TraceContext context = spans
                ? TraceContext.of(header.apply(TraceContext.PARENT), header.apply(TraceContext.STATE))
                : null;
        if (!sampler.sample(context != null) || !sink.keepsTraces()) {
            return null;
        }
        return new TraceStart(sampler, lastId.incrementAndGet(), context, null,
                spans ? TraceSpan.in(context) : null);
    }

    /** A request that is made for the sake of a traced one: traced as that one is, and not counted. */
    public TraceStart beginChild(TraceStart parent) {
        TraceSpan span = parent.span();
        return new TraceStart(parent.sampler(), lastId.incrementAndGet(), null, parent,
                span == null ? null : span.another());
    }

    /** Whether the elements of traced tensors go anywhere. */
    public boolean keepsElements() {
        return sink.keepsElements();
    }

    /** Hands a finished trace on. */
    public void end(Trace trace) {
        sink.accept(trace);
    }

    /** The settings that hold for a model, or {@link #GLOBAL}; their count is what is left of it. */
    public TraceSettings settings(String model) {
        TraceSampler sampler = samplers.of(model);
        return sampler.settings().withCount(sampler.remaining());
    }

    /**
     * Changes the settings of a model, or {@link #GLOBAL}, and says what holds then.
     *
     * @throws InferenceException INVALID_ARG, and nothing changes, if requests were to be traced and no trace could be
     *     kept
     */
    public TraceSettings update(String model, TraceSettingsUpdate update) throws InferenceException {
        lock.lock();
        try {
            Samplers before = samplers;
            checkKept(model, update);
            overrides.merge(model, TraceOverrides.NONE.after(update), (now, _) -> now.after(update));
            Samplers after = model.equals(GLOBAL) ? withGlobal(before, update) : withModel(before, model, update);
            samplers = after;
            retireReplaced(before, after);
        } finally {
            lock.unlock();
        }
        return settings(model);
    }

    @GuardedBy("lock")
    private void checkKept(String model, TraceSettingsUpdate update) throws InferenceException {
        TraceOverrides own = overrides.getOrDefault(model, TraceOverrides.NONE).after(update);
        TraceSettings fallback = model.equals(GLOBAL) ? config.settings() : left(samplers.global());
        boolean follows = !model.equals(GLOBAL) && own.isEmpty();
        String why = whyLost(config, own.over(fallback));
        if (why != null && !follows) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "Attempting to set invalid trace setting :" + why);
        }
    }

    /** Why no trace with these settings is kept; null where they are kept, or nothing is traced. */
    private static @Nullable String whyLost(TracingConfig config, TraceSettings settings) {
        if (settings.levels().isEmpty() || config.mode() != TracingConfig.Mode.TRITON) {
            return null;
        }
        if (settings.rate() == 0) {
            return "sample rate must be non-zero (trace_rate is 0)";
        }
        return config.file().isEmpty()
                ? "trace file name is not given (start with --trace-config triton,file=FILE)"
                : null;
    }

    @GuardedBy("lock")
    private Samplers withModel(Samplers before, String model, TraceSettingsUpdate update) {
        Map<String, TraceSampler> ofModels = new HashMap<>(before.ofModels());
        TraceOverrides own = overrides.getOrDefault(model, TraceOverrides.NONE);
        if (own.isEmpty()) {
            overrides.remove(model);
            ofModels.remove(model);
        } else {
            TraceSettings fallback = left(before.global());
            ofModels.put(model, new TraceSampler(
                    counting(own.over(fallback), update.count(), before.ofModels().get(model))));
        }
        return Samplers.of(before.global(), ofModels);
    }

    @GuardedBy("lock")
    private Samplers withGlobal(Samplers before, TraceSettingsUpdate update) {
        TraceOverrides own = overrides.getOrDefault(GLOBAL, TraceOverrides.NONE);
        TraceSampler global = new TraceSampler(
                counting(own.over(config.settings()), update.count(), before.global()));
        Map<String, TraceSampler> ofModels = new HashMap<>();
        before.ofModels().forEach((model, sampler) -> ofModels.put(model, following(model, sampler, global)));
        return Samplers.of(global, ofModels);
    }

    /** What a model does not say itself follows the new global settings; a count of its own goes on. */
    @GuardedBy("lock")
    private TraceSampler following(String model, TraceSampler sampler, TraceSampler global) {
        TraceOverrides own = overrides.getOrDefault(model, TraceOverrides.NONE);
        TraceSettings settings = own.over(left(global));
        return new TraceSampler(own.count() == null ? settings : settings.withCount(sampler.remaining()));
    }

    private static TraceSettings left(TraceSampler sampler) {
        return sampler.settings().withCount(sampler.remaining());
    }

    /** A count that nobody touches goes on from where it is. */
    private static TraceSettings counting(TraceSettings settings, Change<Integer> count,
            @Nullable TraceSampler before) {
        return count instanceof Change.Keep && before != null ? settings.withCount(before.remaining()) : settings;
    }

    @SuppressWarnings("ReferenceEquality") // the very sampler
    private void retireReplaced(Samplers before, Samplers after) {
        if (before.global() != after.global()) {
            retire(before.global());
        }
        before.ofModels().forEach((model, sampler) -> {
            if (after.ofModels().get(model) != sampler) {
                retire(sampler);
            }
        });
    }

    private void retire(TraceSampler sampler) {
        sampler.retire();
        sink.retired(sampler);
    }

    /** The settings as both protocols show them: name and values, in Triton's order. */
    public Map<String, List<String>> shown(String model) {
        TraceSettings settings = settings(model);
        Map<String, List<String>> shown = new LinkedHashMap<>();
        shown.put(TraceSettingsUpdate.LEVEL, TraceLevel.names(settings.levels()));
        shown.put(TraceSettingsUpdate.RATE, List.of(Long.toString(settings.rate())));
        shown.put(TraceSettingsUpdate.COUNT, List.of(Integer.toString(settings.count())));
        switch (config.mode()) {
            case TRITON -> {
                shown.put(TraceSettingsUpdate.LOG_FREQUENCY, List.of(Integer.toString(settings.logFrequency())));
                shown.put(TraceSettingsUpdate.FILE, List.of(config.file()));
                shown.put(TraceSettingsUpdate.MODE, List.of(config.mode().word()));
            }
            case OPENTELEMETRY -> {
                shown.put(TraceSettingsUpdate.MODE, List.of(config.mode().word()));
                config.openTelemetry().shown().forEach((name, value) -> shown.put(name, List.of(value)));
            }
        }
        return shown;
    }

    /** Writes or sends what is finished. */
    @Override
    public void close() {
        sink.close();
    }
}
