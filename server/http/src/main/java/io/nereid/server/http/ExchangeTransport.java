package io.nereid.server.http;

import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.ParameterValue;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.server.ensemble.RunExplanation;
import io.nereid.server.http.codec.ReadRequest;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.inference.InferenceCall;
import io.nereid.server.inference.InferenceService;
import io.nereid.server.inference.InferenceTransport;
import io.nereid.server.inference.RequestIdentity;
import io.nereid.server.ledger.Account;
import io.nereid.server.ledger.Charge;
import io.nereid.server.ledger.Resource;
import io.nereid.server.observation.Observers;
import io.nereid.server.protocol.ClientRequest;
import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;

/**
 * An inference request that came by HTTP, as far as it is the same however it is answered: short work is done on the
 * connection's event loop. Handed from thread to thread by its call.
 */
public abstract class ExchangeTransport implements InferenceTransport<HttpReply> {
    private final HttpExchange exchange;
    private final ModelPath path;
    private final RouteCodec codec;
    /** Whether the request was admitted, and its route has begun to read it. */
    private boolean read;
    /** What was read of the request, until it is complete. */
    private @Nullable ReadRequest incomplete;
    private @Nullable ClientRequest request;
    private Lease encoded = Lease.NONE;

    /** One whose request nobody has read. */
    protected ExchangeTransport(HttpExchange exchange, ModelPath path, RouteCodec codec) {
        this.exchange = exchange;
        this.path = path;
        this.codec = codec;
    }

    /**
     * The call of a request that has arrived; it is closed if the client goes away before it has its answer. On the event
     * loop, once.
     */
    public final InferenceCall begin(InferenceService service, Observers observers) {
        exchange.cancelWithoutClient();
        HttpArrival arrival = observers.isOn() ? new HttpArrival(exchange, observers.nanoTime()) : null;
        InferenceCall call = service.call(this, arrival);
        exchange.whenAbandoned(call::close);
        return call;
    }

    protected final HttpExchange exchange() {
        return exchange;
    }

    final RouteCodec codec() {
        return codec;
    }

    @Override
    public final Account account() {
        return exchange.account();
    }

    @Override
    public final long bytes() {
        return exchange.body().segment().byteSize();
    }

    @Override
    public RequestIdentity identity() {
        return new RequestIdentity("", path.model(), path.version());
    }

    @Override
    public final @Nullable InferenceException unsupported(ModelConfig config) {
        return codec.unsupported(config);
    }

    @Override
    public final long workToRead() {
        return codec.bytesToRead(exchange);
    }

    @Override
    public final long read(InferenceCall call) throws InferenceException {
        read = true;
        try {
            ReadRequest begun = codec.read(exchange, call);
            incomplete = begun;
            return begun.bytesToCopy();
        } catch (InferenceException | RuntimeException | Error e) {
            exchange.body().release();
            throw e;
        }
    }

    @Override
    public final ClientRequest complete() throws InferenceException {
        ReadRequest begun = Objects.requireNonNull(incomplete);
        incomplete = null;
        ClientRequest whole = begun.complete();
        if (ExplainQuery.isIn(exchange.target())) {
            whole = whole.withParameters(Map.of(RunExplanation.PARAMETER, new ParameterValue.Flag(true)));
        }
        request = whole;
        return whole;
    }

    @Override
    public final void discard() {
        exchange.body().release();
    }

    @Override
    public final Executor executor() {
        return exchange.executor();
    }

    @Override
    public final int httpStatus(InferenceException error) {
        return codec.status(error).code();
    }

    @Override
    public final long workToWrite(InferenceResponse response) {
        return codec.bytesToWrite(exchange, Objects.requireNonNull(request), response);
    }

    @Override
    public final HttpReply encode(InferenceCall call, InferenceResponse response, boolean last)
            throws InferenceException {
        Charge charge = new Charge(call.account(), Resource.NATIVE);
        try {
            HttpReply reply = codec.answer(exchange, call.model(), Objects.requireNonNull(request), response, charge);
            encoded = charge;
            return reply;
        } catch (InferenceException | RuntimeException | Error e) {
            charge.release();
            throw e;
        }
    }

    /** The charge of the reply that was encoded last. */
    protected final Lease encodedCharge() {
        Lease charge = encoded;
        encoded = Lease.NONE;
        return charge;
    }

    @Override
    public final void refuse(InferenceCall call, InferenceException error) {
        HttpReply reply = read ? codec.refusal(exchange, error) : codec.unread(exchange, error);
        call.sending(reply.status().code(), reply.contentLength());
        exchange.reply(reply.with(call.waits(reply.bytesHeld(), true)));
    }
}
