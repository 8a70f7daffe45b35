package io.nereid.server.ondemand;

import io.nereid.scheduler.Alarm;
import io.nereid.server.model.ModelDemand;
import org.jspecify.annotations.Nullable;

/** A request that waits for its model. Its fields are guarded by the lock of {@link OnDemandModels}. */
final class WaitingRequest {
    final String version;
    final ModelDemand.Waiter waiter;
    final long untilNanos;
    /** Null before it waits. */
    @Nullable
    KnownModel model;
    /** Whether it waits no longer: whoever changes that tells the waiter. */
    boolean ended;
    Alarm.@Nullable Setting alarm;

    /** @param untilNanos how long it waits at most, as the clock counts */
    WaitingRequest(String version, ModelDemand.Waiter waiter, long untilNanos) {
        this.version = version;
        this.waiter = waiter;
        this.untilNanos = untilNanos;
    }

    /** Whose it is. */
    String client() {
        return waiter.client();
    }

    /** It waits no longer. */
    void end() {
        ended = true;
        Alarm.Setting set = alarm;
        if (set != null) {
            set.cancel();
        }
    }
}
