package io.nereid.server.openai;

import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
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
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** A request for a completion or a chat completion: a text model is asked (docs/openai.md). */
final class TextRequest extends OpenAiRequest {
    private static final String EVENTS = "text/event-stream; charset=utf-8";
    private static final String PROMPT = "prompt";
    private static final String INCLUDE_USAGE = "include_usage";

    private final TextForm form;
    private boolean stream;
    private boolean usageWanted;
    private @Nullable TextAnswer answer;

    TextRequest(OpenAiContext context, TextForm form) {
        super(context, FieldNames.of(form));
        this.form = form;
    }

    @Override
    boolean isStream() {
        return stream;
    }

    @Override
    List<String> fill(Members request, ServedModel served, ModelInputs inputs) throws InferenceException {
        boolean streamed = request.flag("stream", false);
        usageWanted = usageWanted(request, streamed);
        Sampling.refuseUnsupported(request);
        checkTextModel(served.signature());
        if (form == TextForm.CHAT) {
            ChatPrompt.fill(request, served.config(), inputs);
        } else {
            fillPrompt(request, inputs);
        }
        if (inputs.has("stream")) {
            inputs.flag("stream", streamed);
        }
        Sampling.fill(request, inputs);
        for (String name : List.of("return_num_input_tokens", "return_num_output_tokens")) {
            if (inputs.has(name)) {
                inputs.flag(name, true);
            }
        }
        answer = new TextAnswer(form, model(), context().clock().instant().getEpochSecond());
        stream = streamed;
        return Stream.of(TextAnswer.TEXT, TextAnswer.INPUT_TOKENS, TextAnswer.OUTPUT_TOKENS, TextAnswer.FINISH_REASON)
                .filter(name -> served.signature().output(name) != null).toList();
    }

    private static boolean usageWanted(Members request, boolean streamed) throws InferenceException {
        if (!request.has("stream_options")) {
            return false;
        }
        if (request.kind("stream_options") != JsonKind.OBJECT) {
            throw request.fault("model_attributes_type", "stream_options", "Input should be an object");
        }
        if (!streamed) {
            throw request.refusal("stream_options", "stream_options can only be used when stream is true");
        }
        JsonScanner options = request.at("stream_options");
        boolean wanted = false;
        for (boolean more = options.enterObject(); more; more = options.nextMember()) {
            if (options.name().equals(INCLUDE_USAGE) && options.peek() != JsonKind.NULL) {
                if (options.peek() != JsonKind.BOOLEAN) {
                    throw request.fault("bool_type", List.of("stream_options", INCLUDE_USAGE),
                            "Input should be a valid boolean");
                }
                wanted = options.bool("");
            } else {
                options.skip();
            }
        }
        return wanted;
    }

    private static void checkTextModel(ModelSignature model) throws InferenceException {
        TensorSpec text = model.output(TextAnswer.TEXT);
        if (text == null || text.dataType() != DataType.BYTES) {
            throw invalid("model '" + model.model() + "' gives no text (expected an output '" + TextAnswer.TEXT
                    + "' of TYPE_STRING)");
        }
    }

    private static void fillPrompt(Members request, ModelInputs inputs) throws InferenceException {
        InferenceException single = request.refusal(PROMPT, "only single string input is supported");
        Texts prompt = Texts.read(request.at(PROMPT), null, single);
        if (prompt.count() != 1) {
            throw single;
        }
        if (prompt.bytes() == Integer.BYTES) {
            throw request.refusal(PROMPT, "prompt must be non-empty");
        }
        inputs.texts(ModelInputs.TEXT, request.at(PROMPT), single);
    }

    @Override
    public InferenceException notOneResponse() {
        return new InferenceException(ErrorCode.INTERNAL, "Unexpected number of responses: expected one with text where"
                + " the request asks for no stream");
    }

    @Override
    public HttpReply answer(HttpExchange exchange, ModelHandle<ServedModel> model, ClientRequest request,
            InferenceResponse response, Charge charge) throws InferenceException {
        TextAnswer text = Objects.requireNonNull(answer);
        HttpReply reply = write(exchange, charge, json -> {
            if (stream) {
                text.writePart(response, json);
            } else {
                text.writeWhole(response, json);
            }
        });
        response.memory().release();
        return reply;
    }

    @Override
    HttpReply end(HttpExchange exchange) {
        TextAnswer text = Objects.requireNonNull(answer);
        try {
            return write(exchange, null, json -> text.writeEnd(usageWanted, json));
        } catch (InferenceException e) {
            throw new IllegalStateException("a few bytes could not be written", e);
        }
    }

    /** An event with the error: the status has been sent. */
    @Override
    HttpReply failureInStream(HttpExchange exchange, InferenceException error) {
        HttpReply failure = failure(exchange, error);
        ByteBuf event = exchange.allocator().directBuffer(failure.body().readableBytes() + 16);
        event.writeBytes(TextAnswer.EVENT_START).writeBytes(failure.body()).writeBytes(TextAnswer.EVENT_END);
        failure.release();
        return HttpReply.of(failure.status(), EVENTS, event);
    }

    private interface Writing {
        void write(JsonWriter json) throws InferenceException;
    }

    private HttpReply write(HttpExchange exchange, @Nullable Charge charge, Writing writing)
            throws InferenceException {
        ByteBuf body = exchange.allocator().directBuffer();
        try {
            JsonWriter json = new JsonWriter(body, charge);
            writing.write(json);
            json.flush();
        } catch (InferenceException | RuntimeException | Error e) {
            body.release();
            throw e;
        }
        return HttpReply.of(HttpResponseStatus.OK, stream ? EVENTS : HttpReply.JSON, body);
    }
}
