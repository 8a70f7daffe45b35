package io.nereid.server.grpc.codec;

import io.nereid.inference.CorrelationId;
import io.nereid.inference.InferenceException;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.RequestOptions;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The parameters of a request: those that the server knows, and the others, which are the backend's. Not thread-safe.
 */
final class RequestParameters {
    private static final String EMPTY_FINAL = "triton_enable_empty_final_response";
    private static final String RESERVED_PREFIX = "triton_";

    private long priority;
    private long timeoutMicros;
    private CorrelationId sequenceId = CorrelationId.none();
    private boolean sequenceStart;
    private boolean sequenceEnd;
    private boolean emptyFinal;
    private Map<String, ParameterValue> custom = Map.of();

    void add(Parameter parameter) throws InferenceException {
        switch (parameter.name()) {
            case "sequence_id" -> sequenceId = sequenceId(parameter);
            case "sequence_start" -> sequenceStart = parameter.flag();
            case "sequence_end" -> sequenceEnd = parameter.flag();
            case "priority" -> priority = parameter.count();
            case "timeout" -> timeoutMicros = timeout(parameter);
            case EMPTY_FINAL -> emptyFinal = parameter.flag();
            default -> addCustom(parameter);
        }
    }

    private static CorrelationId sequenceId(Parameter parameter) throws InferenceException {
        return switch (parameter.choice()) {
            case STRING -> CorrelationId.of(parameter.text());
            case INT64 -> CorrelationId.of(parameter.number());
            default -> throw Parameter.invalid(
                    "invalid value type for 'sequence_id' parameter, expected int64_param or string_param.");
        };
    }

    private static long timeout(Parameter parameter) throws InferenceException {
        long micros = parameter.int64("");
        return micros < 0 ? Long.MAX_VALUE : micros;
    }

    private void addCustom(Parameter parameter) throws InferenceException {
        String name = parameter.name();
        if (name.startsWith(RESERVED_PREFIX)) {
            throw Parameter.invalid("parameter keys starting with 'triton_' are reserved for Triton usage. Only the"
                    + " following keys starting with 'triton_' are allowed: " + EMPTY_FINAL);
        }
        ParameterValue value = switch (parameter.choice()) {
            case BOOL -> new ParameterValue.Flag(parameter.number() != 0);
            case INT64 -> new ParameterValue.Int(parameter.number());
            case STRING -> new ParameterValue.Text(parameter.text());
            case DOUBLE -> new ParameterValue.Real(Double.longBitsToDouble(parameter.number()));
            case UINT64, NONE -> throw Parameter.invalid("invalid value type for '" + name
                    + "' parameter, expected int64_param, bool_param, or string_param.");
        };
        if (custom.isEmpty()) {
            custom = new LinkedHashMap<>();
        }
        custom.put(name, value);
    }

    /** Whether a request without a response gets an empty last message. */
    boolean emptyFinal() {
        return emptyFinal;
    }

    RequestOptions options() {
        if (priority == 0 && timeoutMicros == 0 && sequenceId.isNone() && !sequenceStart && !sequenceEnd) {
            return RequestOptions.DEFAULT;
        }
        return new RequestOptions(priority, timeoutMicros, sequenceId, sequenceStart, sequenceEnd);
    }

    Map<String, ParameterValue> custom() {
        return Collections.unmodifiableMap(custom);
    }
}
