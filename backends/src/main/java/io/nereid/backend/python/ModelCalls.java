package io.nereid.backend.python;

import io.nereid.backend.ModelCall;
import io.nereid.backend.ModelServices;
import io.nereid.backend.worker.IncomingTensors;
import io.nereid.backend.worker.RunningRequest;
import io.nereid.backend.worker.RunningRequests;
import io.nereid.backend.worker.SequenceIds;
import io.nereid.backend.worker.message.FrameReader;
import io.nereid.backend.worker.message.MalformedFrameException;
import io.nereid.backend.worker.message.ParametersJson;
import io.nereid.backend.worker.message.WireTensor;
import io.nereid.backend.worker.process.Replies;
import io.nereid.inference.InferenceException;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.RequestTrace;
import io.nereid.inference.Tensor;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The requests of one worker to other models (business logic scripting). Thread-safe. */
final class ModelCalls {
    private static final long ANY_VERSION = -1;

    private final String caller;
    private final ModelServices services;
    private final IncomingTensors incoming;
    private final OutgoingTensors outgoing;
    private final RunningRequests requests;
    private final Map<Long, StartedCall> started = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /**
     * @param caller the name of the worker's model
     * @param requests those that the worker has
     */
    ModelCalls(String caller, ModelServices services, IncomingTensors incoming, OutgoingTensors outgoing,
            RunningRequests requests) {
        this.caller = caller;
        this.services = services;
        this.incoming = incoming;
        this.outgoing = outgoing;
        this.requests = requests;
    }

    /** Starts what the worker asks for; never blocks. */
    void infer(long number, FrameReader in, Replies replies) throws MalformedFrameException {
        boolean decoupled = in.flag();
        RequestTrace trace = trace(in.i64());
        String model = in.str();
        long version = in.i64();
        String id = in.str();
        RequestOptions options = SequenceIds.read(in);
        Map<String, ParameterValue> parameters = ParametersJson.read(in.str());
        List<String> requested = in.strings();
        List<WireTensor> tensors = in.tensors();
        try {
            IncomingTensors.Kept inputs = incoming.keep(tensors);
            start(new ModelCall(caller, model, version == ANY_VERSION ? "" : String.valueOf(version), decoupled, id,
                    inputs.tensors().stream().map(Tensor::forSeveral).toList(), requested, options, parameters,
                    inputs.memory(), trace), number, replies);
        } catch (InferenceException e) {
            replies.error(number, e);
        }
    }

    /** Of a request that has ended there is none any more. */
    private @Nullable RequestTrace trace(long handle) {
        RunningRequest parent = requests.find(handle);
        return parent == null ? null : parent.request().trace();
    }

    private void start(ModelCall call, long number, Replies replies) {
        StartedCall running = new StartedCall(number, replies, outgoing, () -> started.remove(number));
        started.put(number, running);
        if (closed) { // the worker has gone since it asked
            running.cancel();
        }
        running.cancelBy(services.infer(call, running));
    }

    /** The worker has taken so many responses. */
    void taken(long number, int responses) {
        StartedCall call = started.get(number);
        if (call != null) {
            call.taken(responses);
        }
    }

    /** The worker wants no more. */
    void cancel(long number) {
        StartedCall call = started.get(number);
        if (call != null) {
            call.cancel();
        }
    }

    /** The worker is gone: nobody waits for the responses, nor for those of a call that is read later. */
    void close() {
        closed = true;
        started.values().forEach(StartedCall::cancel);
    }
}
