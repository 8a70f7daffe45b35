package io.nereid.backend.tokenizer;

import io.nereid.backend.BytesElements;
import io.nereid.backend.FunctionModel;
import io.nereid.inference.DataType;
import io.nereid.inference.ElementLayout;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorAllocator;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Makes tokens of each row of a request. */
record Tokenization(TokenizerSettings settings, TensorAllocator memory) implements FunctionModel.Function {
    /** What a text may have on the heap while it is read. */
    private static final int LONGEST_TEXT = 1 << 20;

    @Override
    public InferenceResponse of(InferenceRequest request) throws InferenceException {
        Tensor input = request.requiredInput(settings.input());
        List<int[]> rows = new ArrayList<>();
        int longest = 0;
        for (MemorySegment text : BytesElements.of(input)) {
            int[] tokens = settings.tokenizer().tokens(text(text, rows.size()));
            longest = Math.max(longest, tokens.length);
            rows.add(tokens);
        }
        List<TokenizerSettings.Output> wanted = settings.outputs().stream()
                .filter(output -> request.wants(output.name())).toList();
        long bytes = 0;
        for (TokenizerSettings.Output output : wanted) {
            bytes += TensorMemory.aligned(byteSize(output, rows.size(), longest));
        }
        TensorBuffer buffer = memory.allocate(bytes);
        List<Tensor> outputs = new ArrayList<>(wanted.size());
        long at = 0;
        for (TokenizerSettings.Output output : wanted) {
            long size = byteSize(output, rows.size(), longest);
            MemorySegment data = buffer.segment().asSlice(at, size);
            write(output, rows, longest, data);
            outputs.add(new Tensor(output.name(), output.wide() ? DataType.INT64 : DataType.INT32,
                    shape(rows.size(), width(output, longest)), data));
            at += TensorMemory.aligned(size);
        }
        return new InferenceResponse(outputs, Map.of(), buffer);
    }

    /** Strictly: what is no UTF-8 is no text, and would be other tokens. */
    private CharBuffer text(MemorySegment utf8, int row) throws InferenceException {
        if (utf8.byteSize() > LONGEST_TEXT) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "input '" + settings.input() + "', text " + (row + 1)
                    + ": got " + utf8.byteSize() + " bytes (expected at most " + LONGEST_TEXT + ")");
        }
        ByteBuffer bytes = utf8.asByteBuffer();
        try {
            return StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT).decode(bytes);
        } catch (CharacterCodingException e) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "input '" + settings.input() + "', text " + (row + 1)
                    + ": is not valid UTF-8", e);
        }
    }

    private Shape shape(int rows, int width) {
        return settings.batching() ? Shape.of(rows, width) : Shape.of(width);
    }

    private static int width(TokenizerSettings.Output output, int longest) {
        return output.kind() == TokenizerSettings.Kind.NUM_TOKENS ? 1 : longest;
    }

    private static long byteSize(TokenizerSettings.Output output, int rows, int longest) {
        return (long) rows * width(output, longest) * (output.wide() ? Long.BYTES : Integer.BYTES);
    }

    private void write(TokenizerSettings.Output output, List<int[]> rows, int longest, MemorySegment data) {
        int width = width(output, longest);
        for (int row = 0; row < rows.size(); row++) {
            int[] tokens = rows.get(row);
            for (int i = 0; i < width; i++) {
                boolean there = i < tokens.length;
                int value = switch (output.kind()) {
                    case INPUT_IDS -> there ? tokens[i] : settings.tokenizer().padding();
                    case ATTENTION_MASK -> there ? 1 : 0;
                    case TOKEN_TYPE_IDS -> 0;
                    case NUM_TOKENS -> tokens.length;
                };
                long index = (long) row * width + i;
                if (output.wide()) {
                    data.set(ElementLayout.LONG, index * Long.BYTES, value);
                } else {
                    data.set(ElementLayout.INT, index * Integer.BYTES, value);
                }
            }
        }
    }
}
