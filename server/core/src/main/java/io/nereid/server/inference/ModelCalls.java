package io.nereid.server.inference;

import io.nereid.backend.ModelCall;
import io.nereid.inference.Cancellation;
import io.nereid.inference.InferenceException;
import io.nereid.inference.ResponseListener;
import io.nereid.modelrepo.config.EnsembleConfig;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.scheduler.Alarm;
import io.nereid.server.ensemble.CallCycle;
import io.nereid.server.model.ServedModel;
import org.jspecify.annotations.Nullable;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Inference for models that ask other models. Everything happens on the threads that are there anyway: the request is
 * validated and queued on the caller's, the response comes on that of the model that made it. Nothing blocks.
 *
 * <p>Models that call each other in a circle may wait for each other's instances for ever. So a call that closes a
 * circle waits at most {@link CallCycle#LIMIT_NANOS} for an instance; if one is free, it runs as any other. Where the
 * circle leads through an ensemble, that holds for the request of its step.
 */
public final class ModelCalls {
    private final InferenceService service;
    private final Alarm alarm;
    private final CallCycles cycles = new CallCycles(this::stepsOf);

    /** Calls to the models of that service. */
    public ModelCalls(InferenceService service, Alarm alarm) {
        this.service = service;
        this.alarm = alarm;
    }

    /** As {@link io.nereid.backend.ModelServices#infer}. */
    public Cancellation infer(ModelCall asked, ResponseListener listener) {
        CallCycle circle = cycles.begun(asked.caller(), asked.model());
        AtomicReference<Alarm.@Nullable Setting> limit = new AtomicReference<>();
        ModelCallTransport transport = new ModelCallTransport(asked, listener, circle.isClosed(), () -> {
            cycles.ended(asked.caller(), asked.model());
            cancel(limit.get());
        });
        InferenceCall call = service.call(transport, null);
        if (circle.isClosed()) {
            limit.set(alarm.in(CallCycle.LIMIT_NANOS, () -> expire(transport, call, circle)));
        }
        call.serve(asked.model(), asked.version());
        return call::cancel;
    }

    private static void cancel(Alarm.@Nullable Setting setting) {
        if (setting != null) {
            setting.cancel();
        }
    }

    private static void expire(ModelCallTransport transport, InferenceCall call, CallCycle circle) {
        if (transport.expire(circle.text())) {
            call.cancel();
        }
    }

    /** The circle that a request of an ensemble to the model of a step closes. */
    CallCycle cycle(String ensemble, String model) {
        return cycles.ofStep(ensemble, model);
    }

    private Collection<String> stepsOf(String model) {
        try {
            ModelHandle<ServedModel> held = service.models().acquire(model, "");
            try {
                return held.model().config().scheduling() instanceof EnsembleConfig ensemble
                        ? ensemble.steps().stream().map(EnsembleConfig.Step::modelName).toList()
                        : List.of();
            } finally {
                held.release();
            }
        } catch (InferenceException _) { // it is not served, so it waits for nothing
            return List.of();
        }
    }

    /** How many models wait for others now. */
    int waiting() {
        return cycles.size();
    }
}
