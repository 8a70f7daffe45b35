package io.nereid.server.inference;

import io.nereid.backend.ModelCall;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.nereid.inference.RequestTimes;
import io.nereid.inference.ResponseListener;
import io.nereid.inference.Tensor;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.server.ledger.Resource;
import io.nereid.server.protocol.ClientRequest;
import io.nereid.server.protocol.RequestedOutput;
import org.jspecify.annotations.Nullable;

/**
 * A request of a model to a model: as that of a program in this process, but whatever goes wrong is the listener's, in
 * the words of Triton's Python backend.
 */
final class ModelCallTransport extends InnerTransport {
    private final ModelCall asked;
    private final Runnable onEnd;
    /** Whether the model is there and ready. */
    private boolean found;
    /** Why it was cancelled by the server; null if it was not. */
    private volatile @Nullable InferenceException expired;

    /**
     * The request that the model makes.
     *
     * @param isTimed whether anybody will ask whether it runs
     * @param onEnd runs once, on any thread, when the call has ended
     */
    ModelCallTransport(ModelCall asked, ResponseListener listener, boolean isTimed, Runnable onEnd) {
        super(asked.model(), asked.version(), request(asked), bytes(asked), isTimed ? new RequestTimes() : null,
                asked.trace(), listener);
        this.asked = asked;
        this.onEnd = onEnd;
    }

    private static long bytes(ModelCall asked) {
        return asked.inputs().stream().mapToLong(Tensor::byteSize).sum();
    }

    private static ClientRequest request(ModelCall asked) {
        return new ClientRequest(asked.id(), asked.inputs(),
                asked.requestedOutputs().stream().map(name -> new RequestedOutput(name, true, 0)).toList(), true,
                asked.options(), asked.parameters(), asked.memory());
    }

    /** {@inheritDoc} A model's tensors are charged here, for as long as the call lasts. */
    @Override
    public long read(InferenceCall call) {
        Lease _ = call.account().chargeAnyway(Resource.NATIVE, bytes()); // given back when the account is closed
        return 0;
    }

    @Override
    public @Nullable InferenceException unsupported(ModelConfig config) {
        found = true;
        return config.decoupled() && !asked.decoupled()
                ? new InferenceException(ErrorCode.INTERNAL, "Model " + asked.model() + " is using the decoupled. The"
                        + " current BLS request call doesn't support models using the decoupled transaction policy."
                        + " Please use 'decoupled=True' argument to the 'exec' or 'async_exec' calls for decoupled"
                        + " models.'")
                : null;
    }

    @Override
    public void refuse(InferenceCall call, InferenceException error) {
        InferenceException late = expired;
        super.refuse(call, late != null && error.code() == ErrorCode.CANCELLED ? late : inItsWords(error));
    }

    private InferenceException inItsWords(InferenceException error) {
        if (error.text().startsWith("Model ")) {
            return error;
        }
        boolean unknown = error.code() == ErrorCode.NOT_FOUND && error.text().endsWith("is not found");
        boolean notReady = error.code() == ErrorCode.UNAVAILABLE || error.code() == ErrorCode.NOT_FOUND;
        String text = !found && notReady && !unknown && error.retryAfterSeconds() == 0
                ? "Failed for execute the inference request. Model '" + asked.model() + "' is not ready."
                : error.text();
        return beforeExecution(text);
    }

    private InferenceException beforeExecution(String text) {
        return new InferenceException(ErrorCode.INTERNAL,
                "Model " + asked.model() + " - Error when running inference: " + text);
    }

    /** Nobody waits for an instance any longer: unless one runs it, the end is this error. */
    boolean expire(String why) {
        RequestTimes noted = times();
        if (noted != null && noted.startNanos() != null) {
            return false;
        }
        expired = beforeExecution(why);
        return true;
    }

    @Override
    public void fail(InferenceCall call, InferenceException error, boolean last) {
        InferenceException late = expired;
        super.fail(call, last && late != null && error.code() == ErrorCode.CANCELLED ? late : error, last);
    }

    @Override
    public void ended() {
        onEnd.run();
    }
}
