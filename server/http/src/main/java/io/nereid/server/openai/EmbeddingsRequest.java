package io.nereid.server.openai;

import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Tensor;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.http.codec.JsonKind;
import io.nereid.server.http.codec.JsonScanner;
import io.nereid.server.http.codec.JsonWriter;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.ledger.Charge;
import io.nereid.server.model.ServedModel;
import io.nereid.server.protocol.ClientRequest;
import io.nereid.server.protocol.ModelSignature;
import io.nereid.server.protocol.TensorSpec;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpResponseStatus;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** A request for the embeddings of texts, or of tokens (docs/openai.md). */
final class EmbeddingsRequest extends OpenAiRequest {
    private static final String INPUT = "input";
    private static final String DIMENSIONS = "dimensions";
    private static final String FORMAT = "encoding_format";
    private static final String TOKENS = "num_input_tokens";
    /** As many as OpenAI takes. */
    private static final long MAX_ELEMENTS = 2048;
    private static final FieldNames NAMES = new FieldNames(
            Set.of("model", INPUT, DIMENSIONS, FORMAT, "user"), Set.of(INPUT), true);

    /** How many there are for each request to the model. */
    private List<Long> rows = List.of();
    private String output = "";
    /** 0 for all there are. */
    private long dimensions;
    private boolean base64;

    EmbeddingsRequest(OpenAiContext context) {
        super(context, NAMES);
    }

    @Override
    List<String> fill(Members request, ServedModel served, ModelInputs inputs) throws InferenceException {
        base64 = base64(request);
        dimensions = dimensions(request);
        ModelSignature model = served.signature();
        output = output(model);
        JsonScanner input = request.at(INPUT);
        if (isTokens(input)) {
            fillTokens(request, model, inputs);
        } else {
            fillTexts(request, model, inputs);
        }
        List<String> outputs = new ArrayList<>(List.of(output));
        if (model.output(TOKENS) != null) {
            outputs.add(TOKENS);
        }
        return outputs;
    }

    private static boolean base64(Members request) throws InferenceException {
        if (!request.has(FORMAT)) {
            return false;
        }
        String format = request.text(FORMAT);
        if (!format.equals("float") && !format.equals("base64")) {
            throw request.fault("literal_error", FORMAT, "Input should be 'float' or 'base64'");
        }
        return format.equals("base64");
    }

    private static long dimensions(Members request) throws InferenceException {
        if (!request.has(DIMENSIONS)) {
            return 0;
        }
        long dimensions = request.integer(DIMENSIONS);
        if (dimensions < 1) {
            throw request.refusal(DIMENSIONS, "dimensions: got " + dimensions + " (expected 1 or more)");
        }
        return dimensions;
    }

    private static void checkCount(Members request, long count, ModelSignature model) throws InferenceException {
        long limit = Math.max(MAX_ELEMENTS, model.maxBatchSize());
        if (count > limit) {
            throw request.refusal(INPUT, "input: got " + count + " elements (expected at most " + limit + ")");
        }
    }

    /** Whether a value is one list of tokens, or a list of such lists. */
    private static boolean isTokens(JsonScanner input) throws InferenceException {
        long start = input.position();
        boolean tokens = input.peek() == JsonKind.ARRAY && input.enterArray()
                && (input.peek() == JsonKind.NUMBER || input.peek() == JsonKind.ARRAY);
        input.resume(start);
        return tokens;
    }

    private void fillTexts(Members request, ModelSignature model, ModelInputs inputs) throws InferenceException {
        InferenceException expected = request.fault("string_type", INPUT,
                "Input should be a string, a list of strings, a list of tokens or a list of such lists");
        Texts texts = Texts.read(request.at(INPUT), null, expected);
        if (texts.bytes() == texts.count() * Integer.BYTES) {
            throw request.refusal(INPUT, "input must be non-empty");
        }
        checkCount(request, texts.count(), model);
        InputRows read = inputs
                .rows(input(model, ModelInputs.TEXT, "texts (TYPE_STRING)", type -> type == DataType.BYTES));
        read.readTexts(request.at(INPUT), texts, expected);
        rows = read.rows();
    }

    private void fillTokens(Members request, ModelSignature model, ModelInputs inputs) throws InferenceException {
        TokenLists lists = TokenLists.measure(request, INPUT);
        checkCount(request, lists.count(), model);
        InputRows read = inputs.rows(input(model, "input_ids", "tokens (TYPE_INT32 or TYPE_INT64)",
                type -> type == DataType.INT32 || type == DataType.INT64));
        read.readTokens(request.at(INPUT), lists);
        rows = read.rows();
    }

    /** The input of that name, or the only one of such a type. */
    private static String input(ModelSignature model, String name, String what, Predicate<DataType> type)
            throws InferenceException {
        return only(model, "input", model.inputs(), List.of(name), what, type);
    }

    private static String output(ModelSignature model) throws InferenceException {
        return only(model, "output", model.outputs(), List.of("embedding", "embeddings", "sentence_embedding"),
                "embeddings (TYPE_FP32, TYPE_FP16, TYPE_BF16 or TYPE_FP64)", Embeddings::isFloat);
    }

    private static String only(ModelSignature model, String kind, List<TensorSpec> all, List<String> names,
            String what, Predicate<DataType> type) throws InferenceException {
        List<TensorSpec> fitting = all.stream().filter(tensor -> type.test(tensor.dataType())).toList();
        for (TensorSpec tensor : fitting) {
            if (fitting.size() == 1 || names.contains(tensor.name())) {
                return tensor.name();
            }
        }
        throw invalid("model '" + model.model() + "' has " + fitting.size() + " " + kind + "s for " + what
                + " (expected one, or one of them to be named " + String.join(" or ", names) + ")");
    }

    @Override
    public InferenceException notOneResponse() {
        return new InferenceException(ErrorCode.INTERNAL, "Unexpected number of responses: expected 1");
    }

    @Override
    public HttpReply answer(HttpExchange exchange, ModelHandle<ServedModel> model, ClientRequest request,
            InferenceResponse response, Charge charge) throws InferenceException {
        ByteBuf body = exchange.allocator().directBuffer();
        try {
            JsonWriter json = new JsonWriter(body, charge);
            write(response, json);
            json.flush();
        } catch (InferenceException | RuntimeException | Error e) {
            body.release();
            throw e;
        }
        response.memory().release();
        return HttpReply.of(HttpResponseStatus.OK, HttpReply.JSON, body);
    }

    private void write(InferenceResponse response, JsonWriter json) throws InferenceException {
        long tokens = 0;
        long first = 0;
        Iterator<Long> rowsOfPart = rows.iterator();
        json.raw("{\"object\":\"list\",\"data\":[");
        for (Tensor tensor : response.outputs()) {
            if (tensor.name().equals(output) && rowsOfPart.hasNext()) {
                long count = rowsOfPart.next();
                new Embeddings(tensor, count, dimensions).write(first, base64, json);
                first += count;
            } else if (tensor.name().equals(TOKENS)) {
                tokens += TokenUsage.sum(tensor);
            }
        }
        if (rowsOfPart.hasNext()) {
            throw new InferenceException(ErrorCode.INTERNAL, "the model gave no output '" + output + "'");
        }
        json.raw("],\"model\":");
        json.string(model());
        json.raw(",\"usage\":{\"prompt_tokens\":");
        json.signed(tokens);
        json.raw(",\"total_tokens\":");
        json.signed(tokens);
        json.raw("}}");
    }
}
