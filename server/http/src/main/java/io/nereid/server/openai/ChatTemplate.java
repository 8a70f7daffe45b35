package io.nereid.server.openai;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * How the messages of a chat become one text: the parameters {@code chat_template_begin}, {@code
 * chat_template_message} or {@code chat_template_<role>}, in which {@code {role}} and {@code {content}} stand for a
 * message's own, and {@code chat_template_end} of a model (docs/openai.md). Immutable.
 */
final class ChatTemplate {
    private static final String PREFIX = "chat_template_";
    private static final String ANY_ROLE = PREFIX + "message";
    private static final String ROLE = "{role}";
    private static final String CONTENT = "{content}";

    private final Map<String, String> parameters;

    private ChatTemplate(Map<String, String> parameters) {
        this.parameters = parameters;
    }

    /** What stands for a part of a message. */
    sealed interface Piece {}

    /** A text that is the same for all messages. */
    record Literal(String text) implements Piece {
        byte[] utf8() {
            return text.getBytes(StandardCharsets.UTF_8);
        }
    }

    /** The role of the message, or what it says. */
    enum Part implements Piece {
        ROLE,
        CONTENT
    }

    /** That of a model with these parameters; null where it has none. */
    static @Nullable ChatTemplate of(Map<String, String> parameters) {
        return parameters.keySet().stream().anyMatch(name -> name.startsWith(PREFIX)) ? new ChatTemplate(parameters)
                : null;
    }

    /** What stands before the messages. */
    byte[] begin() {
        return text(PREFIX + "begin");
    }

    /** What stands behind them: where the answer begins. */
    byte[] end() {
        return text(PREFIX + "end");
    }

    private byte[] text(String parameter) {
        return parameters.getOrDefault(parameter, "").getBytes(StandardCharsets.UTF_8);
    }

    /** What a message of that role becomes; null where nothing is said of it. */
    @Nullable
    List<Piece> message(String role) {
        String template = parameters.getOrDefault(PREFIX + role, parameters.get(ANY_ROLE));
        if (template == null) {
            return null;
        }
        List<Piece> pieces = new ArrayList<>();
        int from = 0;
        while (from < template.length()) {
            int next = next(template, from);
            if (next > from) {
                pieces.add(new Literal(template.substring(from, next)));
            }
            if (template.startsWith(ROLE, next)) {
                pieces.add(Part.ROLE);
                from = next + ROLE.length();
            } else if (template.startsWith(CONTENT, next)) {
                pieces.add(Part.CONTENT);
                from = next + CONTENT.length();
            } else {
                from = template.length();
            }
        }
        return pieces;
    }

    private static int next(String template, int from) {
        int role = template.indexOf(ROLE, from);
        int content = template.indexOf(CONTENT, from);
        int first = role < 0 || (content >= 0 && content < role) ? content : role;
        return first < 0 ? template.length() : first;
    }
}
