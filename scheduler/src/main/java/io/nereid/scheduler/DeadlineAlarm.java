package io.nereid.scheduler;

import org.jspecify.annotations.Nullable;

import java.util.function.LongConsumer;

/**
 * The one setting of the {@link Alarm} that one scheduler has at a time, for the first of its deadlines. Used under the
 * scheduler's lock.
 */
final class DeadlineAlarm {
    private final Alarm alarm;
    private final InternalErrorLog internalErrors;
    private final LongConsumer action;
    /** When it goes off; meaningless while it is not set. */
    private long nanos;
    private Alarm.@Nullable Setting setting;

    /** @param action what is done when it goes off, without a lock; receives the moment for which it was set */
    DeadlineAlarm(SchedulerEnvironment environment, LongConsumer action) {
        this.alarm = environment.alarm();
        this.internalErrors = environment.internalErrors();
        this.action = action;
    }

    /** It goes off {@code delay} nanoseconds from now, or earlier if it is set to; never for {@link Long#MAX_VALUE}. */
    void set(long delay, long nowNanos) {
        if (delay == Long.MAX_VALUE || (setting != null && nanos - (nowNanos + delay) <= 0)) {
            return;
        }
        cancel();
        nanos = nowNanos + delay;
        long asked = nanos;
        try {
            setting = alarm.in(delay, () -> action.accept(asked));
        } catch (Throwable e) { // the request is queued: it is not the caller's any more
            internalErrors.unexpected("the alarm for deadlines", e);
        }
    }

    void cancel() {
        if (setting != null) {
            setting.cancel();
            setting = null;
        }
    }

    /** It has gone off; false for a setting that was replaced just then. */
    boolean wentOff(long askedNanos) {
        boolean current = nanos == askedNanos;
        if (current) {
            setting = null;
        }
        return current;
    }
}
