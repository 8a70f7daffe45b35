package io.nereid.server.openai;

import io.nereid.inference.ElementLayout;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Tensor;
import io.nereid.server.http.codec.JsonWriter;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;

/** How many tokens a request took, as its model says. Not thread-safe. */
final class TokenUsage {
    private long input;
    private long output;
    private boolean known;

    /** Notes what one response says: the prompt's count is said anew, that of the answer adds up. */
    void note(@Nullable Tensor inputTokens, @Nullable Tensor outputTokens) {
        if (inputTokens != null) {
            known = true;
            input = Math.max(input, sum(inputTokens));
        }
        if (outputTokens != null) {
            known = true;
            output += sum(outputTokens);
        }
    }

    /** The object {@code usage}, null where the model has said nothing. */
    void write(JsonWriter json) throws InferenceException {
        if (!known) {
            json.raw("null");
            return;
        }
        json.raw("{\"prompt_tokens\":");
        json.signed(input);
        json.raw(",\"completion_tokens\":");
        json.signed(output);
        json.raw(",\"total_tokens\":");
        json.signed(input + output);
        json.raw('}');
    }

    /** The counts that a response says of its rows, together. */
    static long sum(Tensor counts) {
        MemorySegment data = counts.data();
        int size = counts.dataType().byteSize();
        long sum = 0;
        for (long at = 0; size > 0 && at + size <= data.byteSize(); at += size) {
            sum += switch (counts.dataType()) {
                case INT32 -> data.get(ElementLayout.INT, at);
                case UINT32 -> Integer.toUnsignedLong(data.get(ElementLayout.INT, at));
                case INT64, UINT64 -> data.get(ElementLayout.LONG, at);
                default -> 0;
            };
        }
        return sum;
    }
}
