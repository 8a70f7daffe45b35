package io.nereid.scheduler.instance;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.NanoClock;
import io.nereid.scheduler.Scheduler;
import io.nereid.statistics.ModelStatistics;

/**
 * Runs one model instance: takes what the scheduler gives, executes it, hands the answers on, until the scheduler is
 * closed and empty. A platform thread, since native calls pin.
 */
final class InstanceThread {
    private final Scheduler scheduler;
    private final ModelInstance instance;
    private final ModelStatistics statistics;
    private final DefectLog defects;
    private final Batch batch;
    private final Thread thread;

    InstanceThread(Scheduler scheduler, ModelInstance instance, ModelStatistics statistics, NanoClock clock,
            DefectLog defects) {
        this.scheduler = scheduler;
        this.instance = instance;
        this.statistics = statistics;
        this.defects = defects;
        this.batch = new Batch(clock);
        this.thread = Thread.ofPlatform().name(instance.name()).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    void join() throws InterruptedException {
        thread.join();
    }

    private void run() {
        while (scheduler.take(batch.intake())) {
            batch.start();
            execute();
            batch.finish(statistics, defect -> defects.unexpected(instance.name(), defect));
        }
    }

    /**
     * A border: whatever a backend throws becomes the answer to its requests, and the thread goes on. Errors too: reading
     * a client's shared memory that was cut short is an InternalError, and without this thread the model would hang.
     */
    private void execute() {
        try {
            instance.execute(batch);
        } catch (InferenceException e) {
            batch.failUnanswered(e);
        } catch (Throwable e) {
            defects.unexpected(instance.name(), e);
            batch.failUnanswered(new InferenceException(ErrorCode.INTERNAL,
                    "instance '" + instance.name() + "' failed: " + e, e));
        }
    }
}
