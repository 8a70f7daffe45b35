package io.nereid.server.inference;

import io.nereid.inference.InferenceException;
import io.nereid.inference.RequestTimes;
import io.nereid.inference.RequestTrace;
import io.nereid.inference.ResponseListener;
import io.nereid.server.protocol.ClientRequest;
import org.jspecify.annotations.Nullable;

/**
 * A request that is a part of one that was admitted, as what a model asks of another, or an ensemble of its steps:
 * nothing keeps it out, and whatever goes wrong is the listener's.
 */
class InnerTransport extends InProcessTransport {
    private final ResponseListener listener;
    private final long ownBytes;
    /** Null where nobody asks whether it runs. */
    private final @Nullable RequestTimes times;
    private final @Nullable RequestTrace trace;

    /**
     * A request that the listener's owner makes.
     *
     * @param ownBytes bytes of its inputs that no other request in flight counts with
     * @param times where it is noted when what happens to it; null where nobody asks
     * @param trace of the request that it is a part of; null where that is not traced
     */
    InnerTransport(String model, String version, ClientRequest request, long ownBytes, @Nullable RequestTimes times,
            @Nullable RequestTrace trace, ResponseListener listener) {
        super(model, version, request, listener);
        this.listener = listener;
        this.ownBytes = ownBytes;
        this.times = times;
        this.trace = trace;
    }

    @Override
    public final boolean isAdmittedAlways() {
        return true;
    }

    @Override
    public final @Nullable RequestTimes times() {
        return times;
    }

    @Override
    public final @Nullable RequestTrace parentTrace() {
        return trace;
    }

    @Override
    public final long bytes() {
        return ownBytes;
    }

    /** What the caller has sent is in memory already, and charged. */
    @Override
    public long read(InferenceCall call) {
        return 0;
    }

    @Override
    public void refuse(InferenceCall call, InferenceException error) {
        call.close();
        listener.onError(error);
    }

    @Override
    public void fail(InferenceCall call, InferenceException error, boolean last) {
        if (last) {
            super.fail(call, error, true);
        } else {
            listener.onFailedResponse(error);
        }
    }
}
