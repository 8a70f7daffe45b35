package io.nereid.server.openai;

import io.nereid.inference.InferenceException;
import io.nereid.inference.Tensor;
import io.nereid.server.http.ModelPath;
import io.nereid.server.http.StreamTransport;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.inference.InferenceCall;
import io.nereid.server.inference.RequestIdentity;
import io.nereid.server.inference.ResponseWindow;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.jspecify.annotations.Nullable;

import java.util.List;

/** A request of one of the routes, answered by one reply or by a stream of events, as its body says. */
final class OpenAiTransport extends StreamTransport {
    private final OpenAiRequest request;
    /** Whether an error has ended the answer of a stream; what the model still gives is for nobody. */
    private boolean failed;

    OpenAiTransport(HttpExchange exchange, OpenAiRequest request) {
        super(exchange, ModelPath.NONE, request);
        this.request = request;
    }

    @Override
    public RequestIdentity identity() {
        return new RequestIdentity("", request.model(), "");
    }

    @Override
    public @Nullable RequestIdentity asked() {
        String model = request.asked(exchange().body().segment());
        return model == null ? null : new RequestIdentity("", model, "");
    }

    @Override
    public boolean isStream() {
        return request.isStream();
    }

    @Override
    public long windowBytes() {
        return isStream() ? ResponseWindow.BYTES : 0;
    }

    @Override
    public @Nullable InferenceException notOneResponse() {
        return isStream() ? null : request.notOneResponse();
    }

    @Override
    public List<List<Tensor>> furtherParts() {
        return request.furtherParts();
    }

    @Override
    public void send(InferenceCall call, HttpReply reply, boolean last) {
        if (!isStream()) {
            sendWhole(call, reply);
        } else if (failed) {
            reply.release();
            encodedCharge().release();
            endFailed(call, last);
        } else {
            sendPart(call, reply, false);
            if (last) {
                end(call);
            }
        }
    }

    @Override
    public void end(InferenceCall call) {
        if (failed) {
            endFailed(call, true);
        } else {
            sendPart(call, request.end(exchange()), true);
        }
    }

    @Override
    public void fail(InferenceCall call, InferenceException error, boolean last) {
        if (failed) {
            endFailed(call, last);
        } else if (!isStream() || (last && !isStarted())) {
            sendWhole(call, request.failure(exchange(), error));
        } else {
            failed = true;
            sendPart(call, isStarted() ? request.failureInStream(exchange(), error)
                    : request.failure(exchange(), error), last);
            if (!last) {
                call.cancel();
            }
        }
    }

    private void sendWhole(InferenceCall call, HttpReply reply) {
        call.sending(reply.status().code(), reply.contentLength());
        exchange().reply(reply.with(call.waits(reply.bytesHeld(), true)));
    }

    private void endFailed(InferenceCall call, boolean last) {
        if (last) {
            endStream(call, HttpReply.empty(HttpResponseStatus.OK, HttpReply.JSON));
        }
    }
}
