package io.nereid.server.http.connection;

import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorAllocator;
import io.nereid.inference.TensorMemory;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;

/**
 * Decides by a request's head what becomes of the request: it is checked, charged and routed, and its body is given a
 * place. Used on the connection's event loop only; keeps nothing of a request.
 */
final class RequestHeads {
    private final HttpHandler handler;
    private final TensorMemory memory;
    private final long maxBodyBytes;

    RequestHeads(HttpHandler handler, TensorMemory memory, long maxBodyBytes) {
        this.handler = handler;
        this.memory = memory;
        this.maxBodyBytes = maxBodyBytes;
    }

    /** What becomes of a request whose head has arrived. */
    sealed interface Verdict permits ConnectionState.Receiving, Refused {}

    /** It is answered by its head alone, and nothing more is read. The receiver sends or releases the reply. */
    record Refused(HttpReply reply) implements Verdict {}

    /**
     * Takes a head. Where the request goes on, the receiver owns its body.
     *
     * @param charges the connection's; the charge for a long head stays, also where this throws
     * @throws InferenceException INVALID_ARG if the body is over the limit, UNAVAILABLE if there is no memory for it
     */
    Verdict take(HttpRequest request, ChannelHandlerContext context, ConnectionCharges charges)
            throws InferenceException {
        long arrivalNanos = handler.wantsTimes() ? System.nanoTime() : 0;
        HttpReply malformed = Refusal.ofHead(request, context.alloc());
        if (malformed != null) {
            return new Refused(malformed);
        }
        charges.chargeHead(request);
        HttpHandler routed = handler.route(request);
        HttpReply refusal = routed.refusal(context.alloc());
        if (refusal != null) {
            return new Refused(refusal);
        }
        boolean chunked = HttpUtil.isTransferEncodingChunked(request);
        long length = chunked ? -1 : HttpUtil.getContentLength(request, 0L);
        TensorAllocator into = length > RequestBody.TRUSTED_BYTES ? routed.bodyMemory(memory) : memory;
        RequestBody body = new RequestBody(context.executor(), into, charges.account(), length, maxBodyBytes,
                handler.alignedOffset(request.headers()));
        return new ConnectionState.Receiving(request, body, routed, arrivalNanos);
    }
}
