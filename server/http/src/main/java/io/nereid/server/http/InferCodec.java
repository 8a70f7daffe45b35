package io.nereid.server.http;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.InputMemory;
import io.nereid.inference.Lease;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorBuffer;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.http.codec.EncodedResponse;
import io.nereid.server.http.codec.InferRequestReader;
import io.nereid.server.http.codec.InferResponseWriter;
import io.nereid.server.http.codec.ReadRequest;
import io.nereid.server.http.codec.ResponseInfo;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.inference.CodecThreads;
import io.nereid.server.inference.InferenceCall;
import io.nereid.server.ledger.Charge;
import io.nereid.server.model.ServedModel;
import io.nereid.server.protocol.ClientRequest;
import io.nereid.server.protocol.HeaderForwarding;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.Map;

/** The {@code infer} route: JSON, binary tensors, both or a photograph in, the same out, compressed or not. */
final class InferCodec implements RouteCodec {
    private static final HttpReply.Header CODINGS = new HttpReply.Header("Accept-Encoding", "gzip, deflate");
    private static final int TYPICAL_COMPRESSION = 8;
    private static final int TYPICAL_JSON_BYTES = 512;
    /** What a reply takes without a charge of its own: every request is charged with as much. */
    private static final int FREE_BYTES = 4 << 10;

    private final InferRequestReader reader;
    private final InferResponseWriter writer = new InferResponseWriter();
    private final HeaderForwarding forwarded;
    private final long maxInputBytes;
    private final JsonLength jsonLength;
    private final ErrorStatus errors;

    InferCodec(InferRequestReader reader, HeaderForwarding forwarded, long maxInputBytes, JsonLength jsonLength,
            ErrorStatus errors) {
        this.reader = reader;
        this.forwarded = forwarded;
        this.maxInputBytes = maxInputBytes;
        this.jsonLength = jsonLength;
        this.errors = errors;
    }

    @Override
    public long bytesToRead(HttpExchange exchange) {
        long length = exchange.body().segment().byteSize();
        boolean compressed = exchange.headers().contains(HttpHeaderNames.CONTENT_ENCODING);
        long json = jsonLength.hint(exchange.headers());
        return compressed ? length * TYPICAL_COMPRESSION : json >= 0 ? Math.min(json, length) : length;
    }

    @Override
    public long bytesToWrite(HttpExchange exchange, ClientRequest request, InferenceResponse response) {
        return bytesToWrite(exchange.headers(), request, response);
    }

    /** Many clients say of every answer that they want it as it is: that is no work. */
    static long bytesToWrite(HttpHeaders headers, ClientRequest request, InferenceResponse response) {
        boolean compressed = Compression.preferred(headers.get(HttpHeaderNames.ACCEPT_ENCODING)) != null;
        long bytes = 0;
        for (Tensor output : response.outputs()) {
            if (request.target(output.name()) != null) {
                bytes += output.byteSize() / CodecThreads.COPIES_PER_TEXT;
            } else if (compressed || !request.wantsBinary(output.name())) {
                bytes += output.byteSize();
            }
        }
        return bytes;
    }

    @Override
    public ReadRequest read(HttpExchange exchange, InferenceCall call) throws InferenceException {
        ServedModel model = call.model().model();
        InputMemory memory = call.inputMemory();
        Compression compression = Compression.ofRequest(exchange.headers().get(HttpHeaderNames.CONTENT_ENCODING));
        if (compression == null) {
            return read(exchange, model, memory, exchange.body());
        }
        TensorBuffer plain = compression.decompress(exchange.body(), memory.allocator(), maxInputBytes);
        try {
            ReadRequest request = read(exchange, model, memory, plain);
            exchange.body().release();
            return request;
        } catch (InferenceException | RuntimeException | Error e) {
            plain.release();
            throw e;
        }
    }

    private ReadRequest read(HttpExchange exchange, ServedModel model, InputMemory memory, TensorBuffer body)
            throws InferenceException {
        long json = jsonLength.of(exchange.headers(), body.segment().byteSize());
        Map<String, ParameterValue> more = forwarded.from(exchange.headers());
        return request(exchange, model, memory, body, json).withParameters(more);
    }

    private ReadRequest request(HttpExchange exchange, ServedModel model, InputMemory memory, TensorBuffer body,
            long json) throws InferenceException {
        boolean said = jsonLength.isSaid(exchange.headers());
        if (!said && InferRequestReader.isPhotograph(model.signature(), body)) {
            return ReadRequest.whole(reader.readPhotograph(model.signature(), memory, body));
        }
        if (said && json == JsonLength.RAW) {
            return ReadRequest.whole(reader.readRaw(model.signature(), memory, body));
        }
        return reader.read(model.signature().model(), memory, body, json);
    }

    @Override
    public HttpReply answer(HttpExchange exchange, ModelHandle<ServedModel> model, ClientRequest request,
            InferenceResponse response, Charge charge) throws InferenceException {
        ByteBuf json = exchange.allocator().directBuffer(TYPICAL_JSON_BYTES);
        EncodedResponse encoded;
        HttpReply reply;
        try {
            encoded = writer.write(info(model, request), request.outputs(), request.binaryByDefault(),
                    response, json, charge);
            chargeBinary(encoded, charge);
            reply = compressed(exchange, reply(json, encoded, response.memory()), charge);
        } catch (InferenceException | RuntimeException | Error e) {
            json.release();
            throw e;
        }
        if (!encoded.hasBinary()) {
            response.memory().release();
        }
        return reply;
    }

    /** The tensors that the reply refers to; a few bytes are within what every request is charged with. */
    private static void chargeBinary(EncodedResponse encoded, Charge charge) throws InferenceException {
        long bytes = 0;
        for (MemorySegment tensor : encoded.binary()) {
            bytes += tensor.byteSize();
        }
        if (bytes > FREE_BYTES) {
            charge.add(bytes);
        }
    }

    private static HttpReply compressed(HttpExchange exchange, HttpReply reply, Charge charge)
            throws InferenceException {
        Compression compression = Compression.preferred(exchange.headers().get(HttpHeaderNames.ACCEPT_ENCODING));
        if (compression == null) {
            return reply;
        }
        long plain = charge.amount();
        charge.add(reply.contentLength());
        HttpReply smaller = compression.compress(reply, exchange.allocator());
        charge.remove(plain);
        return smaller;
    }

    @Override
    public HttpResponseStatus status(InferenceException error) {
        return errors.of(error);
    }

    @Override
    public @Nullable InferenceException unsupported(ModelConfig config) {
        return config.decoupled() ? new InferenceException(ErrorCode.UNSUPPORTED,
                "HTTP end point doesn't support models with decoupled transaction policy"
                        + " (ask by gRPC's ModelStreamInfer)")
                : null;
    }

    /** The error for an unknown coding names the known ones. */
    @Override
    public HttpReply refusal(HttpExchange exchange, InferenceException error) {
        HttpReply reply = failure(exchange, error);
        return error.code() == ErrorCode.UNSUPPORTED ? reply.withHeader(CODINGS) : reply;
    }

    private HttpReply reply(ByteBuf json, EncodedResponse encoded, Lease lease) {
        return encoded.hasBinary() ? jsonLength.answer(encoded, json, lease)
                : HttpReply.of(HttpResponseStatus.OK, HttpReply.JSON, json);
    }

    static ResponseInfo info(ModelHandle<ServedModel> model, ClientRequest request) {
        return new ResponseInfo(model.name(), Long.toString(model.version()), request.id());
    }
}
