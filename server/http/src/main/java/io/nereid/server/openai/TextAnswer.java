package io.nereid.server.openai;

import io.nereid.inference.ElementLayout;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Tensor;
import io.nereid.server.http.codec.JsonWriter;
import io.nereid.server.http.codec.TensorDataWriter;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.UUID;

/**
 * The answer of a text model in OpenAI's words: whole, or as events. Not thread-safe: its responses are written one
 * after the other.
 */
final class TextAnswer {
    static final String TEXT = "text_output";
    static final String INPUT_TOKENS = "num_input_tokens";
    static final String OUTPUT_TOKENS = "num_output_tokens";
    static final String FINISH_REASON = "finish_reason";
    static final byte[] EVENT_START = "data: ".getBytes(StandardCharsets.US_ASCII);
    static final byte[] EVENT_END = "\n\n".getBytes(StandardCharsets.US_ASCII);
    private static final Set<String> FINISH_REASONS = Set.of("stop", "length", "tool_calls", "content_filter");
    private static final int LONGEST_REASON = 16;

    private final TextForm form;
    private final String model;
    private final long created;
    private final String id;
    private final TokenUsage usage = new TokenUsage();
    private String finishReason = "stop";
    private boolean roleSaid;

    /** @param created when the request came, in seconds since 1970 */
    TextAnswer(TextForm form, String model, long created) {
        this.form = form;
        this.model = model;
        this.created = created;
        this.id = form.idPrefix() + UUID.randomUUID();
    }

    /**
     * Writes the only response as one document.
     *
     * @throws InferenceException INTERNAL if it is not one text, or there is no memory for it
     */
    void writeWhole(InferenceResponse response, JsonWriter json) throws InferenceException {
        note(response);
        Tensor text = text(response);
        begin(form.object(), json);
        json.raw(",\"choices\":[{\"index\":0,");
        if (form == TextForm.CHAT) {
            json.raw("\"message\":{\"role\":\"assistant\",\"content\":");
            new TensorDataWriter(json).write(text);
            json.raw('}');
        } else {
            json.raw("\"text\":");
            new TensorDataWriter(json).write(text);
        }
        finish(finishReason, json);
        json.raw("],\"usage\":");
        usage.write(json);
        json.raw('}');
    }

    /** Writes one response as an event; of a chat, the first one says before whose it is. */
    void writePart(InferenceResponse response, JsonWriter json) throws InferenceException {
        note(response);
        if (!roleSaid && form == TextForm.CHAT) {
            writeEvent("\"delta\":{\"role\":\"assistant\",\"content\":\"\"}", null, json);
        }
        roleSaid = true;
        if (response.outputs().isEmpty()) { // the model has only said that it is at its end
            return;
        }
        Tensor text = text(response);
        beginEvent(json);
        json.raw(form == TextForm.CHAT ? "\"delta\":{\"content\":" : "\"text\":");
        new TensorDataWriter(json).write(text);
        json.raw(form == TextForm.CHAT ? "}" : "");
        finish(null, json);
        json.raw("]}\n\n");
    }

    /** Writes what is behind the last response: why it ended, what it took, and that nothing follows. */
    void writeEnd(boolean usageWanted, JsonWriter json) throws InferenceException {
        writeEvent(form == TextForm.CHAT ? "\"delta\":{}" : "\"text\":\"\"", finishReason, json);
        if (usageWanted) {
            json.raw("data: ");
            begin(form.chunkObject(), json);
            json.raw(",\"choices\":[],\"usage\":");
            usage.write(json);
            json.raw("}\n\n");
        }
        json.raw("data: [DONE]\n\n");
    }

    private void writeEvent(String content, @Nullable String reason, JsonWriter json) throws InferenceException {
        beginEvent(json);
        json.raw(content);
        finish(reason, json);
        json.raw("]}\n\n");
    }

    private void beginEvent(JsonWriter json) throws InferenceException {
        json.raw("data: ");
        begin(form.chunkObject(), json);
        json.raw(",\"choices\":[{\"index\":0,");
    }

    private void begin(String object, JsonWriter json) throws InferenceException {
        json.raw("{\"id\":");
        json.string(id);
        json.raw(",\"object\":");
        json.string(object);
        json.raw(",\"created\":");
        json.signed(created);
        json.raw(",\"model\":");
        json.string(model);
        json.raw(",\"system_fingerprint\":null");
    }

    private static void finish(@Nullable String reason, JsonWriter json) throws InferenceException {
        json.raw(",\"logprobs\":null,\"finish_reason\":");
        if (reason == null) {
            json.raw("null");
        } else {
            json.string(reason);
        }
        json.raw('}');
    }

    private static Tensor text(InferenceResponse response) throws InferenceException {
        Tensor text = output(response, TEXT);
        long found = text == null ? 0 : text.shape().elementCount();
        if (text == null || found != 1) {
            throw new InferenceException(ErrorCode.INTERNAL,
                    "Expected to find 1 string in the output, found " + found + " instead.");
        }
        return text;
    }

    private void note(InferenceResponse response) {
        usage.note(output(response, INPUT_TOKENS), output(response, OUTPUT_TOKENS));
        Tensor reason = output(response, FINISH_REASON);
        if (reason != null) {
            String said = word(reason.data());
            finishReason = FINISH_REASONS.contains(said) ? said : finishReason;
        }
    }

    /** The only element, if it is a short one. */
    private static String word(MemorySegment data) {
        long length = data.byteSize() - Integer.BYTES;
        if (length < 0 || length > LONGEST_REASON || data.get(ElementLayout.INT, 0) != length) {
            return "";
        }
        return new String(data.asSlice(Integer.BYTES).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    private static @Nullable Tensor output(InferenceResponse response, String name) {
        for (Tensor output : response.outputs()) {
            if (output.name().equals(name)) {
                return output;
            }
        }
        return null;
    }
}
