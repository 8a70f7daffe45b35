package io.nereid.server.ensemble;

import io.nereid.inference.InferenceRequest;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.RequestTimes;
import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Where the time of one request to an ensemble went, step by step, for a request that asks for it by the parameter
 * {@link #PARAMETER} (docs/ensembles.md): of a step that ran several times, from the first start to the last end, and
 * sums. Not thread-safe: used under the lock of its {@link EnsembleRun}.
 */
public final class RunExplanation {
    /** Of a request a flag, of its response the explanation as JSON. */
    public static final String PARAMETER = "nereid_explain";

    private final EnsembleGraph graph;
    private final long startNanos;
    private final Map<Integer, Step> steps = new TreeMap<>();

    /** What one step did. */
    private static final class Step {
        private final long startNanos;
        private int requests;
        private long endNanos;
        private long queueNanos;
        private long computeNanos;
        private String inner = "";

        Step(long startNanos) {
            this.startNanos = startNanos;
            this.endNanos = startNanos;
        }
    }

    private RunExplanation(EnsembleGraph graph, long startNanos) {
        this.graph = graph;
        this.startNanos = startNanos;
    }

    /** For a request that came then; null if it does not ask. */
    static @Nullable RunExplanation of(InferenceRequest request, EnsembleGraph graph, long startNanos) {
        return request.parameters().get(PARAMETER) instanceof ParameterValue.Flag(boolean asked) && asked
                ? new RunExplanation(graph, startNanos)
                : null;
    }

    /** A step gets its request. */
    void started(int step, long nowNanos) {
        steps.computeIfAbsent(step, _ -> new Step(nowNanos)).requests++;
    }

    /** A step has responded, possibly with the explanation of an ensemble of its own. */
    void responded(int step, Map<String, ParameterValue> said) {
        Step known = steps.get(step);
        if (known != null && said.get(PARAMETER) instanceof ParameterValue.Text(String inner)) {
            known.inner = inner;
        }
    }

    /** A step's request has ended. */
    void ended(int step, RequestTimes times, long nowNanos) {
        Step known = steps.get(step);
        if (known == null) {
            return;
        }
        known.endNanos = nowNanos;
        Long queued = times.queuedNanos();
        Long started = times.startNanos();
        RequestTimes.Executed executed = times.executed();
        known.queueNanos += queued == null || started == null ? 0 : started - queued;
        known.computeNanos += executed == null ? 0 : executed.endNanos() - executed.startNanos();
    }

    /** The parameters of a response made now, with the explanation until now. */
    Map<String, ParameterValue> parameters(Map<String, ParameterValue> others, long nowNanos) {
        Map<String, ParameterValue> all = new TreeMap<>(others);
        all.put(PARAMETER, new ParameterValue.Text(toJson(nowNanos)));
        return all;
    }

    private String toJson(long nowNanos) {
        StringBuilder json = new StringBuilder("{\"total_us\":").append(micros(nowNanos - startNanos));
        json.append(",\"critical_path\":[");
        appendCriticalPath(json);
        json.append("],\"steps\":[");
        String separator = "";
        for (Map.Entry<Integer, Step> step : steps.entrySet()) {
            json.append(separator);
            append(json, step.getKey(), step.getValue());
            separator = ",";
        }
        return json.append("]}").toString();
    }

    private void append(StringBuilder json, int index, Step step) {
        json.append("{\"step\":").append(index).append(",\"model\":\"")
                .append(escaped(graph.steps().get(index).model()))
                .append("\",\"requests\":").append(step.requests).append(",\"start_us\":")
                .append(micros(step.startNanos - startNanos)).append(",\"queue_us\":").append(micros(step.queueNanos))
                .append(",\"compute_us\":").append(micros(step.computeNanos)).append(",\"end_us\":")
                .append(micros(step.endNanos - startNanos));
        if (!step.inner.isEmpty()) {
            json.append(",\"ensemble\":").append(step.inner);
        }
        json.append('}');
    }

    /** The step that ended last, before it the one that it waited for, and so on. */
    private void appendCriticalPath(StringBuilder json) {
        StringBuilder path = new StringBuilder();
        int step = last(steps.keySet());
        while (step != EnsembleGraph.NONE) {
            path.insert(0, path.isEmpty() ? "" : ",").insert(0, step);
            step = last(
                    graph.steps().get(step).inputs().stream().map(input -> graph.producer(input.tensor())).toList());
        }
        json.append(path);
    }

    private int last(Iterable<Integer> of) {
        int last = EnsembleGraph.NONE;
        for (int step : of) {
            Step known = steps.get(step);
            if (known != null && (last == EnsembleGraph.NONE || known.endNanos - endNanos(last) > 0)) {
                last = step;
            }
        }
        return last;
    }

    private long endNanos(int step) {
        Step known = steps.get(step);
        return known == null ? startNanos : known.endNanos;
    }

    private static long micros(long nanos) {
        return TimeUnit.NANOSECONDS.toMicros(nanos);
    }

    private static String escaped(String text) {
        return text.replace("\\", "\\\\").replace("\"", "\\\"");
    }
}
