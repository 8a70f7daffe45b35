package io.nereid.server.http.codec;

import io.nereid.inference.CorrelationId;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.RequestOptions;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads the parameters of a request: those the server knows into options, all others for the backend. */
final class JsonParameters {
    private static final String RESERVED_PREFIX = "triton_";

    private final JsonScanner scanner;
    private boolean present;
    private int count;
    private boolean binaryByDefault;
    private long priority;
    private long timeoutMicros;
    private CorrelationId sequenceId = CorrelationId.none();
    private boolean sequenceStart;
    private boolean sequenceEnd;
    private Map<String, ParameterValue> custom = Map.of();

    JsonParameters(JsonScanner scanner) {
        this.scanner = scanner;
    }

    /** Reads the object that comes next. */
    void read() throws InferenceException {
        present = true;
        if (scanner.peek() != JsonKind.OBJECT) {
            throw new InferenceException(ErrorCode.INTERNAL,
                    "failed to get request params.: attempt to get members for non-object");
        }
        for (boolean more = scanner.enterObject(); more; more = scanner.nextMember()) {
            count();
            readOne(scanner.name());
        }
    }

    private void readOne(String name) throws InferenceException {
        switch (name) {
            case "sequence_id" -> sequenceId = sequenceId();
            case "sequence_start" -> sequenceStart = scanner.bool("Unable to parse 'sequence_start'");
            case "sequence_end" -> sequenceEnd = scanner.bool("Unable to parse 'sequence_end'");
            case "priority" -> priority = scanner.unsigned("Unable to parse 'priority'");
            case "timeout" -> timeoutMicros = capped("Unable to parse 'timeout'");
            case "binary_data_output" -> binaryByDefault = scanner.bool("Unable to parse 'binary_data_output'");
            default -> readCustom(name);
        }
    }

    private void count() throws InferenceException {
        scanner.limits().checkParameters(++count);
    }

    private CorrelationId sequenceId() throws InferenceException {
        if (scanner.peek() != JsonKind.NUMBER) {
            return CorrelationId.of(scanner.string("Unable to parse 'sequence_id'"));
        }
        JsonNumber number = scanner.number("Unable to parse 'sequence_id'");
        if (!number.isUnsigned()) {
            throw JsonScanner.mismatch("Unable to parse 'sequence_id'", "non-string as string");
        }
        return CorrelationId.of(number.toLong());
    }

    /** An unsigned number; what is beyond a signed one is as good as the largest. */
    private long capped(String context) throws InferenceException {
        long value = scanner.unsigned(context);
        return value < 0 ? Long.MAX_VALUE : value;
    }

    /**
     * Reads the value that comes next, which is no member of {@code parameters}, as if it were; the first of two
     * counts.
     */
    void readOutside(String name) throws InferenceException {
        count();
        readCustom(name);
    }

    private void readCustom(String name) throws InferenceException {
        if (name.startsWith(RESERVED_PREFIX)) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "parameter keys starting with 'triton_' are reserved "
                    + "for Triton usage and should not be specified.");
        }
        ParameterValue value = switch (scanner.peek()) {
            case STRING -> new ParameterValue.Text(scanner.string(""));
            case BOOLEAN -> new ParameterValue.Flag(scanner.bool(""));
            case NUMBER -> numeric(scanner.number(""));
            case OBJECT, ARRAY, NULL -> throw new InferenceException(ErrorCode.INVALID_ARG, "parameter '" + name
                    + "' has invalid type. It should be either 'int', 'bool', or 'string'.");
        };
        if (custom.isEmpty()) {
            custom = new LinkedHashMap<>();
        }
        custom.putIfAbsent(name, value);
    }

    private static ParameterValue numeric(JsonNumber number) throws InferenceException {
        return number.isSigned() ? new ParameterValue.Int(number.toLong())
                : new ParameterValue.Real(DecimalFloat.toDouble(number));
    }

    /** Whether {@link #read} was called. */
    boolean present() {
        return present;
    }

    /** Whether outputs not listed are to be sent as binary tensors. */
    boolean binaryByDefault() {
        return binaryByDefault;
    }

    /** What the request asks of the scheduler. */
    RequestOptions options() {
        if (priority == 0 && timeoutMicros == 0 && sequenceId.isNone() && !sequenceStart && !sequenceEnd) {
            return RequestOptions.DEFAULT;
        }
        return new RequestOptions(priority, timeoutMicros, sequenceId, sequenceStart, sequenceEnd);
    }

    /** The parameters for the backend, in the order they came. */
    Map<String, ParameterValue> custom() {
        return Collections.unmodifiableMap(custom);
    }
}
