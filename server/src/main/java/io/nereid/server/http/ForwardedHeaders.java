package io.nereid.server.http;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.ParameterValue;
import io.netty.handler.codec.http.HttpHeaders;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Turns header lines whose names match a pattern into request parameters ({@code --http-header-forward-pattern}). */
final class ForwardedHeaders {
    private static final Set<String> RESERVED = Set.of("sequence_id", "sequence_start", "sequence_end", "priority",
            "timeout", "headers", "binary_data_output");
    private static final String RESERVED_PREFIX = "triton_";

    private final Optional<Pattern> pattern;

    ForwardedHeaders(Optional<Pattern> pattern) {
        this.pattern = pattern;
    }

    /**
     * The parameters that the matching header lines make.
     *
     * @throws InferenceException INVALID_ARG if a matching name is one of the protocol's own
     */
    Map<String, ParameterValue> from(HttpHeaders headers) throws InferenceException {
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
