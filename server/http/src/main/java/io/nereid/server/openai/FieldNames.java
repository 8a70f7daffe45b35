package io.nereid.server.openai;

import java.util.HashSet;
import java.util.Set;

/**
 * The names of a route's members.
 *
 * @param known those that it reads
 * @param data those of them that become the data of tensors, and may be long
 * @param areAll whether others are refused; if not, they are skipped
 */
record FieldNames(Set<String> known, Set<String> data, boolean areAll) {
    private static final Set<String> OF_TEXTS = Set.of("model", "stream", "stream_options", "max_tokens",
            "temperature", "top_p", "frequency_penalty", "presence_penalty", "seed", "stop", "n", "logit_bias",
            "logprobs", "top_logprobs");
    private static final FieldNames COMPLETION = ofTexts(Set.of("prompt", "echo", "suffix", "best_of"),
            Set.of("prompt"));
    private static final FieldNames CHAT = ofTexts(Set.of("messages", "max_completion_tokens", "tools",
            "tool_choice", "response_format"), Set.of("messages", "tools"));

    private static FieldNames ofTexts(Set<String> own, Set<String> data) {
        Set<String> known = new HashSet<>(own);
        known.addAll(OF_TEXTS);
        return new FieldNames(Set.copyOf(known), data, false);
    }

    /** Those of a request for a text. */
    static FieldNames of(TextForm form) {
        return switch (form) {
            case COMPLETION -> COMPLETION;
            case CHAT -> CHAT;
        };
    }

    /** Whether the route reads that member. */
    boolean isKnown(String name) {
        return known.contains(name);
    }

    /** Whether that member may be long. */
    boolean isData(String name) {
        return data.contains(name);
    }
}
