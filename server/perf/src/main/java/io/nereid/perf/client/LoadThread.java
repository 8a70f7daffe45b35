package io.nereid.perf.client;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;

/**
 * One thread of a load: it waits for its channels, has what is due sent, and hands on what became of it. Its public methods
 * are for senders, on this thread.
 */
public final class LoadThread {
    private static final int BUFFER_BYTES = 256 * 1024;
    private static final long MAX_WAIT_MILLIS = 50;
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final Selector selector = Selector.open();
    private final ByteBuffer readBuffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final Recorder recorder = new Recorder();
    private final List<Runnable> beforeWaiting = new ArrayList<>();
    private final Dispatcher dispatcher;
    private @Nullable Pacer pacer;

    /**
     * Prepares the thread.
     *
     * @param share how many requests it has under way: all the time in a closed loop, at most in an open one
     * @param arrivals null for a closed loop
     */
    LoadThread(Transport transport, Dispatcher.Share share, ClientOptions options, @Nullable Arrivals arrivals,
            RequestBudget budget) throws IOException {
        this.dispatcher = new Dispatcher(share, transport.requestCount(), options, budget, arrivals,
                transport.on(this), recorder, System::nanoTime);
    }

    /** Registers a channel; its readiness is told on this thread. */
    SelectionKey register(SelectableChannel channel, int operations, Runnable onReady) throws IOException {
        channel.configureBlocking(false);
        return channel.register(selector, operations, onReady);
    }

    /** To read into, cleared: what is left in it after the return to this thread is lost. */
    public ByteBuffer readBuffer() {
        return readBuffer.clear();
    }

    /** Has this run once before the thread waits again, when all that is to be sent now was given to senders. */
    public void runBeforeWaiting(Runnable action) {
        beforeWaiting.add(action);
    }

    /** The sender's request was answered, by so many messages. */
    public void answered(Sender sender, int responses) {
        dispatcher.answered(sender, responses);
    }

    /** The sender's request failed. The sender gets another, after a rest if there was no answer at all. */
    public void failed(Sender sender, Failure failure) {
        dispatcher.failed(sender, failure);
    }

    /** Runs until it is told to stop, or the budget is used up, and all is answered. */
    void run(long startNanos, @Nullable Arrivals pace) {
        try (selector) {
            dispatcher.start(startNanos);
            if (pace != null) {
                pacer = new Pacer(selector, pace, startNanos);
            }
            while (!dispatcher.isOver()) {
                dispatcher.advance();
                flush();
                await();
            }
        } catch (IOException e) {
            recorder.failed(new Failure.Broken("the load ended: " + e.getMessage()));
        } catch (ClosedSelectorException _) {
            // it was ended
        } finally {
            dispatcher.close();
            if (pacer != null) {
                pacer.close();
            }
        }
    }

    private void flush() {
        for (int i = 0; i < beforeWaiting.size(); i++) {
            beforeWaiting.get(i).run();
        }
        beforeWaiting.clear();
    }

    private void await() throws IOException {
        Pacer pace = pacer;
        if (pace != null) {
            pace.setWaiting(true);
        }
        long idleNanos = dispatcher.idleNanos();
        if (idleNanos == 0) {
            selector.selectNow(LoadThread::onReady);
        } else {
            // up, so that the moment has come when the wait is over
            long millis = (Math.min(idleNanos, MAX_WAIT_MILLIS * NANOS_PER_MILLI) + NANOS_PER_MILLI - 1)
                    / NANOS_PER_MILLI;
            selector.select(LoadThread::onReady, millis);
        }
        if (pace != null) {
            pace.setWaiting(false);
        }
    }

    private static void onReady(SelectionKey key) {
        ((Runnable) key.attachment()).run();
    }

    /** Has it send no more and end when all is answered, or after so long; any thread. */
    void stop(long drainNanos) {
        dispatcher.stop(System.nanoTime() + drainNanos);
        selector.wakeup();
    }

    /** What it saw since the last call; any thread. */
    Sample take() {
        return recorder.take();
    }
}
