package io.nereid.scheduler.instance;

import io.nereid.inference.InferenceException;
import io.nereid.statistics.ModelStatistics;

import java.util.concurrent.CompletableFuture;

/**
 * One copy of a model on one device, as a backend makes it. It is used by one thread at a time: its
 * {@link InstanceThread} runs it, or a thread that {@link #runsOnAnyThread borrows} it, and whoever stops that thread
 * closes it afterwards.
 */
public interface ModelInstance extends AutoCloseable {
    /** Its name in logs, {@code <group>_<index>}. */
    String name();

    /** The GPU it is on, as CUDA counts; {@link ModelStatistics#NO_GPU} for none. */
    default int gpu() {
        return ModelStatistics.NO_GPU;
    }

    /**
     * Does what has to be done on the thread that will run it, before its first batch. Called once there, after a
     * warm-up; it may block, and requests wait meanwhile.
     */
    default void prepare() {}

    /**
     * Runs the batch and answers every request of it by {@link Batch#respond} or {@link Batch#fail}, in any order,
     * before it returns. Blocks for as long as the model computes. It does not keep the batch, and releases the
     * memory of those requests only that it has taken by {@link Batch#keepMemory}.
     *
     * <p>In a model of iterative sequences a request may be put back instead of being answered: {@link Batch#reschedule}.
     *
     * <p>A decoupled model, or one that answers later, takes {@link Batch#sender} for a request instead, and sends its
     * responses, or the one there is, now or later, on any thread; the instance may run the next batch meanwhile. Senders that are open if this throws end with that
     * failure.
     *
     * @throws InferenceException if the batch failed as a whole: the requests not yet answered get this error
     * @throws InstanceGoneException if the instance is gone for good, as when its worker process has died. The
     *         requests not yet answered fail with the error that it carries and are not run again, since the model may
     *         have acted on them already; whether to send them again is the client's decision. Senders of earlier
     *         batches are ended by the backend. The instance is closed, and another one is made in its place
     */
    void execute(Batch batch) throws InferenceException, InstanceGoneException;

    /**
     * Whether {@link #execute} may be called on any thread, event loops too, one after the other: it computes on that
     * thread, waits for nothing, and keeps nothing of it. Such an instance is {@link InstanceGoneException gone} only
     * while it runs. Asked once, when the instance is there.
     */
    default boolean runsOnAnyThread() {
        return false;
    }

    /**
     * Registers what to do when the instance is gone while nothing runs on it, so that it is replaced before the next
     * request comes. Called once, before anything runs; {@code notification} may be called on any thread, any number of
     * times, and returns at once; it is called at once if the instance is gone already. An instance that cannot be gone
     * by itself ignores it.
     */
    default void whenGone(Runnable notification) {}

    /**
     * Asks the model itself whether it is ready, where it has something to say to that. Returns at once, on any thread,
     * also while {@link #execute} runs; what is returned is completed on any thread, by an {@link InferenceException}
     * where the model cannot say or the instance is gone.
     */
    default CompletableFuture<Boolean> askReady() {
        return CompletableFuture.completedFuture(true);
    }

    /**
     * Ends the execution under way as soon as it can be: nobody wants its answers any more. It then fails, or answers
     * all the same. Called on any thread while {@link #execute} runs or is about to; returns at once. A model that
     * cannot be interrupted leaves it. Not called for a batch of which a sender was taken: each sender is notified of
     * its own request.
     */
    default void terminate() {}

    /** After a terminated execution, on the thread that ran it: the next one is not meant. */
    default void forgetTermination() {}

    /**
     * Says that nothing will come after what is queued now: what the execution under way, and those to come, do only
     * to let time pass may be left out. Called once, on any thread, maybe while {@link #execute} runs; returns at
     * once.
     */
    default void beginStop() {}

    /** Gives back all it holds. Nothing runs on it, then or later, and all senders taken from it have ended. */
    @Override
    void close();
}
