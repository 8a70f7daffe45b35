package io.nereid.server.openai;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.Tensor;
import io.nereid.server.http.Compression;
import io.nereid.server.http.RouteCodec;
import io.nereid.server.http.codec.JsonScanner;
import io.nereid.server.http.codec.ReadRequest;
import io.nereid.server.http.codec.RequestMemory;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.inference.InferenceCall;
import io.nereid.server.model.ServedModel;
import io.nereid.server.protocol.ClientRequest;
import io.nereid.server.protocol.RequestedOutput;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;

/**
 * One request of one of the routes: reads it, and writes its answer. Its call hands it from thread to thread; what the
 * answer needs of the request is kept here.
 */
abstract class OpenAiRequest implements RouteCodec {
    private static final String MODEL = "model";
    private static final long MOST_BYTES_BEFORE_MODEL = 64 << 10;

    private final OpenAiContext context;
    private final FieldNames names;
    private @Nullable Members members;
    private String model = "";
    private List<List<Tensor>> furtherParts = List.of();

    OpenAiRequest(OpenAiContext context, FieldNames names) {
        this.context = context;
        this.names = names;
    }

    final OpenAiContext context() {
        return context;
    }

    /** The model that the body names; empty before that was read. */
    final String model() {
        return model;
    }

    /** The model that a body names which is still to be read; null where it is not near its beginning. */
    final @Nullable String asked(MemorySegment body) {
        MemorySegment beginning = body.asSlice(0, Math.min(body.byteSize(), MOST_BYTES_BEFORE_MODEL));
        try {
            return Members.find(new JsonScanner(beginning, beginning.byteSize(), context.limits()), MODEL);
        } catch (InferenceException _) { // it is read once more, and then refused
            return null;
        }
    }

    /** Whether the answer goes to the client as the model gives it. Known when the request is read. */
    boolean isStream() {
        return false;
    }

    /** What does not go to the model with the first request; known when the request is read. */
    final List<List<Tensor>> furtherParts() {
        return furtherParts;
    }

    /** What is sent behind the last response of a stream. */
    HttpReply end(HttpExchange exchange) {
        throw new IllegalStateException("no stream");
    }

    /** The error of a request whose answer has begun. */
    HttpReply failureInStream(HttpExchange exchange, InferenceException error) {
        throw new IllegalStateException("no stream");
    }

    @Override
    public final long bytesToRead(HttpExchange exchange) {
        return exchange.body().segment().byteSize();
    }

    @Override
    public final long bytesToWrite(HttpExchange exchange, ClientRequest request, InferenceResponse response) {
        return response.outputs().stream().mapToLong(Tensor::byteSize).sum();
    }

    @Override
    public final ReadRequest read(HttpExchange exchange, InferenceCall call) throws InferenceException {
        Compression.refuse(exchange.headers(), "the OpenAI-compatible routes");
        Members read = new Members(exchange.body().segment(), context.limits(), names);
        members = read;
        read.read();
        model = read.text(MODEL);
        try {
            call.admit(model, "");
        } catch (InferenceException e) {
            throw e.code() == ErrorCode.NOT_FOUND ? e.withText("Unknown model: " + model) : e;
        }
        ServedModel served = call.model().model();
        RequestMemory memory = new RequestMemory(call.inputMemory(), context.shared(), exchange.body());
        return ReadRequest.whole(memory.orRelease(() -> {
            ModelInputs inputs = new ModelInputs(served.signature(), memory);
            List<String> outputs = fill(read, served, inputs);
            furtherParts = inputs.furtherParts();
            return new ClientRequest("", inputs.tensors(),
                    outputs.stream().map(name -> new RequestedOutput(name, true, 0)).toList(), true,
                    RequestOptions.DEFAULT, Map.of(), memory);
        }));
    }

    /**
     * Makes the inputs of the request.
     *
     * @return the outputs that the answer needs
     * @throws InferenceException INVALID_ARG if the request is not good, or none for that model
     */
    abstract List<String> fill(Members request, ServedModel served, ModelInputs inputs) throws InferenceException;

    @Override
    public final HttpReply unread(HttpExchange exchange, InferenceException error) {
        return OpenAiErrors.FORM.of(exchange, error);
    }

    @Override
    public final HttpReply refusal(HttpExchange exchange, InferenceException error) {
        Members request = members;
        if (request == null) {
            return unread(exchange, error);
        }
        Members.Fault fault = request.of(error);
        return fault == null ? OpenAiErrors.FORM.of(exchange, error, request.memberOf(error))
                : OpenAiErrors.FORM.of(exchange, fault, error);
    }

    @Override
    public final HttpReply failure(HttpExchange exchange, InferenceException error) {
        return unread(exchange, error);
    }

    @Override
    public final HttpResponseStatus status(InferenceException error) {
        return OpenAiErrors.status(error);
    }

    /** The error of a request that is well formed and cannot be served. */
    static InferenceException invalid(String text) {
        return new InferenceException(ErrorCode.INVALID_ARG, text);
    }
}
