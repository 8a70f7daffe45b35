package io.nereid.server.openai;

import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.server.http.codec.JsonKind;
import io.nereid.server.http.codec.JsonScanner;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

/**
 * Hands the messages of a chat to a model: as they are where it has an input {@code messages}, else as one text by its
 * {@link ChatTemplate}. The text is made in two walks over the messages, one that measures it and one that writes it
 * into tensor memory. One object for one walk.
 */
final class ChatPrompt {
    private static final String MESSAGES = "messages";
    private static final Set<String> ROLES = Set.of("system", "developer", "user", "assistant", "tool", "function");
    private static final byte[] BETWEEN_PARTS = "\n".getBytes(StandardCharsets.US_ASCII);

    private final Members request;
    private final @Nullable ChatTemplate template;
    private final @Nullable MemorySegment target;
    private long length;

    private ChatPrompt(Members request, @Nullable ChatTemplate template, @Nullable MemorySegment target) {
        this.request = request;
        this.template = template;
        this.target = target;
    }

    /** @throws InferenceException INVALID_ARG if there are no messages, or the model takes none */
    static void fill(Members request, ModelConfig config, ModelInputs inputs) throws InferenceException {
        if (request.kind(MESSAGES) != JsonKind.ARRAY) {
            throw request.fault("list_type", MESSAGES, "Input should be a valid list");
        }
        if (inputs.hasText(MESSAGES)) {
            new ChatPrompt(request, null, null).walk();
            inputs.text(MESSAGES, request.json(MESSAGES));
            return;
        }
        ChatTemplate template = ChatTemplate.of(config.parameters());
        if (template == null) {
            throw OpenAiRequest.invalid("model '" + config.name() + "' takes no chat (expected an input 'messages' of"
                    + " TYPE_STRING, or a parameter chat_template_message in its configuration)");
        }
        ChatPrompt measured = new ChatPrompt(request, template, null);
        measured.walk();
        new ChatPrompt(request, template, inputs.text(ModelInputs.TEXT, measured.length)).walk();
    }

    private void walk() throws InferenceException {
        JsonScanner messages = request.at(MESSAGES);
        if (template != null) {
            add(template.begin());
        }
        int read = 0;
        for (boolean more = messages.enterArray(); more; more = messages.nextElement()) {
            readMessage(messages);
            read++;
        }
        if (read == 0) {
            throw request.refusal(MESSAGES, "messages must be non-empty");
        }
        if (template != null) {
            add(template.end());
        }
    }

    private void readMessage(JsonScanner messages) throws InferenceException {
        expect(messages, JsonKind.OBJECT, "a message is an object");
        String role = "";
        long content = -1;
        for (boolean more = messages.enterObject(); more; more = messages.nextMember()) {
            String name = messages.name();
            JsonKind kind = messages.peek();
            if (name.equals("role")) {
                expect(messages, JsonKind.STRING, "a role is a string");
                role = messages.string("");
                continue;
            }
            if (name.equals("content")) {
                content = kind == JsonKind.NULL ? -1 : messages.position();
            }
            messages.skip();
        }
        if (!ROLES.contains(role)) {
            throw request.fault(role.isEmpty() ? "missing" : "literal_error", MESSAGES,
                    "role: got '" + role + "' (expected one of " + String.join(", ", ROLES.stream().sorted().toList())
                            + ")");
        }
        if (template != null) {
            long end = messages.position();
            addMessage(messages, template.message(role), role, content);
            messages.resume(end);
        }
    }

    private void addMessage(JsonScanner messages, @Nullable List<ChatTemplate.Piece> pieces, String role,
            long content) throws InferenceException {
        if (pieces == null) {
            throw request.refusal(MESSAGES, "the model takes no messages of the role '" + role + "'");
        }
        for (ChatTemplate.Piece piece : pieces) {
            switch (piece) {
                case ChatTemplate.Literal literal -> add(literal.utf8());
                case ChatTemplate.Part.ROLE -> add(role.getBytes(StandardCharsets.UTF_8));
                case ChatTemplate.Part.CONTENT -> {
                    if (content >= 0) {
                        messages.resume(content);
                        addContent(messages);
                    }
                }
            }
        }
    }

    /** A string, or parts of which each is a text. */
    private void addContent(JsonScanner content) throws InferenceException {
        if (content.peek() == JsonKind.STRING) {
            addString(content);
            return;
        }
        expect(content, JsonKind.ARRAY, "a message's content is a string or a list of parts");
        boolean first = true;
        for (boolean more = content.enterArray(); more; more = content.nextElement()) {
            if (!first) {
                add(BETWEEN_PARTS);
            }
            first = false;
            addPart(content);
        }
    }

    private void addPart(JsonScanner part) throws InferenceException {
        expect(part, JsonKind.OBJECT, "a part of a message's content is an object");
        String type = "";
        long text = -1;
        for (boolean more = part.enterObject(); more; more = part.nextMember()) {
            String name = part.name();
            if (part.peek() == JsonKind.STRING && name.equals("type")) {
                type = part.string("");
                continue;
            }
            if (part.peek() == JsonKind.STRING && name.equals("text")) {
                text = part.position();
            }
            part.skip();
        }
        if (!type.equals("text") || text < 0) {
            throw request.refusal(MESSAGES,
                    "only text message is supported, but got " + (type.isEmpty() ? "none" : type));
        }
        long end = part.position();
        part.resume(text);
        addString(part);
        part.resume(end);
    }

    private void addString(JsonScanner string) throws InferenceException {
        length += string.stringBytes("", target, length);
    }

    private void add(byte[] utf8) {
        if (target != null) {
            MemorySegment.copy(MemorySegment.ofArray(utf8), 0, target, length, utf8.length);
        }
        length += utf8.length;
    }

    private void expect(JsonScanner scanner, JsonKind kind, String text) throws InferenceException {
        if (scanner.peek() != kind) {
            throw request.fault("type_error", MESSAGES, text);
        }
    }
}
