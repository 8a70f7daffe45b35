package io.nereid.server.http;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Tensor;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.http.codec.GenerateResponseWriter;
import io.nereid.server.http.codec.InferRequestReader;
import io.nereid.server.http.codec.JsonErrors;
import io.nereid.server.http.codec.ReadRequest;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.inference.InferenceCall;
import io.nereid.server.ledger.Charge;
import io.nereid.server.model.ServedModel;
import io.nereid.server.protocol.ClientRequest;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpResponseStatus;

import java.nio.charset.StandardCharsets;

/** The {@code generate} routes: flat JSON in; flat JSON out, or the same as server-sent events. */
final class GenerateCodec implements RouteCodec {
    private static final String EVENTS = "text/event-stream; charset=utf-8";
    private static final byte[] EVENT_START = "data: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] EVENT_END = "\n\n".getBytes(StandardCharsets.US_ASCII);

    private final InferRequestReader reader;
    private final GenerateResponseWriter writer = new GenerateResponseWriter();
    private final boolean asEvents;

    private GenerateCodec(InferRequestReader reader, boolean asEvents) {
        this.reader = reader;
        this.asEvents = asEvents;
    }

    /** One JSON document. */
    static GenerateCodec document(InferRequestReader reader) {
        return new GenerateCodec(reader, false);
    }

    /** A stream of events, one for each response. */
    static GenerateCodec events(InferRequestReader reader) {
        return new GenerateCodec(reader, true);
    }

    @Override
    public long bytesToRead(HttpExchange exchange) {
        return exchange.body().segment().byteSize();
    }

    @Override
    public long bytesToWrite(HttpExchange exchange, ClientRequest request, InferenceResponse response) {
        long bytes = 0;
        for (Tensor output : response.outputs()) {
            bytes += output.byteSize();
        }
        return bytes;
    }

    @Override
    public ReadRequest read(HttpExchange exchange, InferenceCall call) throws InferenceException {
        Compression.refuse(exchange.headers(), "the generate routes");
        return ReadRequest.whole(reader.readGenerate(call.model().model().signature(), call.inputMemory(),
                exchange.body()));
    }

    @Override
    public HttpReply answer(HttpExchange exchange, ModelHandle<ServedModel> model, ClientRequest request,
            InferenceResponse response, Charge charge) throws InferenceException {
        ByteBuf body = begin(exchange);
        HttpReply reply;
        try {
            writer.write(InferCodec.info(model, request), response, body, charge);
            reply = reply(HttpResponseStatus.OK, body);
        } catch (InferenceException | RuntimeException | Error e) {
            body.release();
            throw e;
        }
        response.memory().release();
        return reply;
    }

    @Override
    public HttpReply failure(HttpExchange exchange, InferenceException error) {
        ByteBuf body = begin(exchange);
        JsonErrors.write(error.text(), body);
        return reply(status(error), body).withRetryAfter(error);
    }

    private ByteBuf begin(HttpExchange exchange) {
        ByteBuf body = exchange.allocator().directBuffer();
        return asEvents ? body.writeBytes(EVENT_START) : body;
    }

    private HttpReply reply(HttpResponseStatus status, ByteBuf body) {
        ByteBuf whole = asEvents ? body.writeBytes(EVENT_END) : body;
        return HttpReply.of(status, asEvents ? EVENTS : HttpReply.JSON, whole);
    }

    @Override
    public ExchangeTransport transport(HttpExchange exchange, ModelPath path) {
        return asEvents ? new EventTransport(exchange, path, this) : new ReplyTransport(exchange, path, this);
    }

    @Override
    public InferenceException notOneResponse() {
        return new InferenceException(ErrorCode.INTERNAL, "generate expects model to produce exactly 1 response, use"
                + " generate stream for model that generates various number of responses");
    }

    /** The answer without any event. */
    HttpReply empty() {
        return HttpReply.empty(HttpResponseStatus.OK, EVENTS);
    }

    /** In chunks, as Triton does. */
    @Override
    public void send(HttpExchange exchange, HttpReply reply) {
        exchange.startStream(reply);
        exchange.endStream();
    }
}
