package io.nereid.server.inference;

import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.ResponseListener;
import io.nereid.inference.Tensor;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.server.ledger.Account;
import io.nereid.server.ledger.Resource;
import io.nereid.server.protocol.ClientRequest;
import org.jspecify.annotations.Nullable;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A request of a program in this process: nothing is read or encoded, responses go to the program's listener as they
 * come.
 */
class InProcessTransport implements InferenceTransport<InferenceResponse> {
    private static final Object LOOKED = new Object();

    private final RequestIdentity identity;
    private final ClientRequest request;
    private final ResponseListener listener;
    /** Why no model took the request on, while whoever sent it has not looked; or that he has. */
    private final AtomicReference<@Nullable Object> refusal = new AtomicReference<>();
    /** Whether the listener has received an error; what the model still gives is for nobody. */
    private boolean failed;

    InProcessTransport(String model, String version, ClientRequest request, ResponseListener listener) {
        this.identity = new RequestIdentity(request.id(), model, version);
        this.request = request;
        this.listener = listener;
    }

    /** Throws why no model took the request on, if that is known; from here on the listener is told. */
    void check() throws InferenceException {
        if (refusal.compareAndExchange(null, LOOKED) instanceof InferenceException known) {
            throw known;
        }
    }

    @Override
    public @Nullable Account account() {
        return null;
    }

    @Override
    public long bytes() {
        return request.inputs().stream().mapToLong(Tensor::byteSize).sum();
    }

    @Override
    public RequestIdentity identity() {
        return identity;
    }

    @Override
    public @Nullable InferenceException unsupported(ModelConfig config) {
        return null;
    }

    @Override
    public long workToRead() {
        return 0;
    }

    @Override
    public long read(InferenceCall call) throws InferenceException {
        try {
            call.account().charge(Resource.NATIVE, bytes());
        } catch (InferenceException | RuntimeException | Error e) {
            discard();
            throw e;
        }
        return 0;
    }

    @Override
    public ClientRequest complete() {
        return request;
    }

    @Override
    public void discard() {
        request.release();
    }

    @Override
    public boolean isStream() {
        return true;
    }

    @Override
    public Executor executor() {
        return CALLER;
    }

    @Override
    public long workToWrite(InferenceResponse response) {
        return 0;
    }

    @Override
    public InferenceResponse encode(InferenceCall call, InferenceResponse response, boolean last) {
        return response;
    }

    @Override
    public void send(InferenceCall call, InferenceResponse response, boolean last) {
        if (last) {
            call.close();
        }
        if (failed) {
            response.memory().release();
        } else {
            listener.onResponse(response, last);
        }
    }

    @Override
    public void end(InferenceCall call) {
        call.close();
        if (!failed) {
            listener.onEnd();
        }
    }

    @Override
    public void refuse(InferenceCall call, InferenceException error) {
        call.close();
        if (!refusal.compareAndSet(null, error)) { // after it has waited for its model
            listener.onError(error);
        }
    }

    @Override
    public void fail(InferenceCall call, InferenceException error, boolean last) {
        if (last) {
            call.close();
        }
        if (!failed) {
            failed = true;
            listener.onError(error);
        }
    }
}
