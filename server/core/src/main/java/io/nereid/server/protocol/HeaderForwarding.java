package io.nereid.server.protocol;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.ParameterValue;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Turns header lines whose names match a pattern into request parameters ({@code --http-header-forward-pattern},
 * {@code --grpc-header-forward-pattern}). Thread-safe.
 */
public final class HeaderForwarding {
    private static final Set<String> RESERVED = Set.of("sequence_id", "sequence_start", "sequence_end", "priority",
            "timeout", "headers", "binary_data_output");
    private static final String RESERVED_PREFIX = "triton_";

    private final Optional<Pattern> pattern;

    /** @param pattern what the names must contain a match of; absent where no header is forwarded */
    public HeaderForwarding(Optional<Pattern> pattern) {
        this.pattern = pattern;
    }

    /** Whether there is anything to look for. */
    public boolean isOn() {
        return pattern.isPresent();
    }

    /**
     * The parameters that the matching header lines make; of two with the same name the last counts.
     *
     * @throws InferenceException INVALID_ARG if a matching name is one of the protocol's own
     */
    public Map<String, ParameterValue> from(Iterable<Map.Entry<String, String>> headers) throws InferenceException {
        if (pattern.isEmpty()) {
            return Map.of();
        }
        Map<String, ParameterValue> parameters = new HashMap<>();
        for (Map.Entry<String, String> header : headers) {
            if (pattern.get().matcher(header.getKey()).find()) {
                checkFree(header.getKey());
                parameters.put(header.getKey(), new ParameterValue.Text(header.getValue()));
            }
        }
        return parameters;
    }

    private static void checkFree(String name) throws InferenceException {
        String lower = name.toLowerCase(Locale.ROOT);
        if (RESERVED.contains(lower) || lower.startsWith(RESERVED_PREFIX)) {
            throw new InferenceException(ErrorCode.INVALID_ARG,
                    "Header '" + name + "' is reserved for Triton usage and cannot be forwarded.");
        }
    }
}
