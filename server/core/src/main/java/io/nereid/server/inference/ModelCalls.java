package io.nereid.server.inference;

import io.nereid.backend.ModelCall;
import io.nereid.inference.Cancellation;
import io.nereid.inference.ResponseListener;
import io.nereid.scheduler.Alarm;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Inference for models that ask other models. Everything happens on the threads that are there anyway: the request is
 * validated and queued on the caller's, the response comes on that of the model that made it. Nothing blocks.
 *
 * <p>Models that call each other in a circle may wait for each other's instances for ever. So a call that closes a
 * circle waits at most ten seconds for an instance; if one is free, it runs as any other.
 */
public final class ModelCalls {
    private static final long CYCLE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final InferenceService service;
    private final Alarm alarm;
    private final CallCycles cycles = new CallCycles();

    /** Calls to the models of that service. */
    public ModelCalls(InferenceService service, Alarm alarm) {
        this.service = service;
        this.alarm = alarm;
    }

    /** As {@link io.nereid.backend.ModelServices#infer}. */
    public Cancellation infer(ModelCall asked, ResponseListener listener) {
        List<String> circle = cycles.begun(asked.caller(), asked.model());
        AtomicReference<Alarm.@Nullable Setting> limit = new AtomicReference<>();
        ModelCallTransport transport = new ModelCallTransport(asked, listener, !circle.isEmpty(), () -> {
            cycles.ended(asked.caller(), asked.model());
            cancel(limit.get());
        });
        InferenceCall call = service.call(transport, null);
        if (!circle.isEmpty()) {
            limit.set(alarm.in(CYCLE_NANOS, () -> expire(transport, call, circle)));
        }
        call.serve(asked.model(), asked.version());
        return call::cancel;
    }

    private static void cancel(Alarm.@Nullable Setting setting) {
        if (setting != null) {
            setting.cancel();
        }
    }

    private static void expire(ModelCallTransport transport, InferenceCall call, List<String> circle) {
        if (transport.expire("the models " + String.join(" -> ", circle) + " wait for each other, and no instance of '"
                + circle.get(1) + "' became free within " + TimeUnit.NANOSECONDS.toSeconds(CYCLE_NANOS) + " s")) {
            call.cancel();
        }
    }

    /** How many models wait for others now. */
    int waiting() {
        return cycles.size();
    }
}
