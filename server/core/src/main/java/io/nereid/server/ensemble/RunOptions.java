package io.nereid.server.ensemble;

import io.nereid.inference.CorrelationId;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.RequestOptions;
import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What the steps of one request ask of their schedulers: what the request asks, with the time that is left of its
 * timeout, and the sequence that a step has named. Not thread-safe: used under the lock of its {@link EnsembleRun}.
 */
final class RunOptions {
    private static final String ID = "sequence_id";
    private static final String START = "sequence_start";
    private static final String END = "sequence_end";

    private final long startNanos;
    private RequestOptions options;

    /** @param startNanos when the request came */
    RunOptions(RequestOptions options, long startNanos) {
        this.options = options;
        this.startNanos = startNanos;
    }

    /** The options of a step that starts now; one that is late asks for the shortest wait there is. */
    RequestOptions now(long nowNanos) {
        if (options.timeoutMicros() == 0) {
            return options;
        }
        long left = options.timeoutMicros() - TimeUnit.NANOSECONDS.toMicros(nowNanos - startNanos);
        return new RequestOptions(options.priority(), Math.max(1, left), options.sequenceId(),
                options.sequenceStart(), options.sequenceEnd());
    }

    /** The sequence, as the request or a step has named it, for the ensemble's response: there always, as in Triton. */
    Map<String, ParameterValue> parameters() {
        Map<String, ParameterValue> named = new LinkedHashMap<>();
        named.put(ID, id(options.sequenceId()));
        named.put(START, new ParameterValue.Flag(options.sequenceStart()));
        named.put(END, new ParameterValue.Flag(options.sequenceEnd()));
        return named;
    }

    private static ParameterValue id(CorrelationId id) {
        return switch (id) {
            case CorrelationId.NumberId(long number) -> new ParameterValue.Int(number);
            case CorrelationId.TextId(String text) -> new ParameterValue.Text(text);
            case CorrelationId.ServerId _ -> new ParameterValue.Int(0);
        };
    }

    /**
     * Takes over what a step's response says of the sequence.
     *
     * @return what is wrong with it; null if nothing is
     */
    @Nullable
    InferenceException take(Map<String, ParameterValue> said) {
        if (said.isEmpty()) {
            return null;
        }
        CorrelationId id = options.sequenceId();
        switch (said.get(ID)) {
            case null -> {
            }
            case ParameterValue.Int(long number) -> id = CorrelationId.of(number);
            case ParameterValue.Text(String text) -> id = CorrelationId.of(text);
            default -> {
                return wrong("expected parameter '" + ID + "' to be TRITONSERVER_PARAMETER_INT or"
                        + " TRITONSERVER_PARAMETER_STRING");
            }
        }
        if (isNoFlag(said.get(START)) || isNoFlag(said.get(END))) {
            return wrong("expect parameter '" + (isNoFlag(said.get(START)) ? START : END)
                    + "' to be TRITONSERVER_PARAMETER_BOOL");
        }
        options = new RequestOptions(options.priority(), options.timeoutMicros(), id,
                flag(said.get(START), options.sequenceStart()), flag(said.get(END), options.sequenceEnd()));
        return null;
    }

    private static boolean isNoFlag(@Nullable ParameterValue value) {
        return value != null && !(value instanceof ParameterValue.Flag);
    }

    private static boolean flag(@Nullable ParameterValue value, boolean otherwise) {
        return value instanceof ParameterValue.Flag(boolean set) ? set : otherwise;
    }

    private static InferenceException wrong(String text) {
        return new InferenceException(ErrorCode.INVALID_ARG, text);
    }
}
