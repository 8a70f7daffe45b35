package io.nereid.backend.python;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.backend.worker.message.FrameWriter;
import io.nereid.backend.worker.message.MessageType;
import io.nereid.backend.worker.process.Replies;
import io.nereid.inference.Cancellation;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.LateCancellation;
import io.nereid.inference.ResponseListener;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One request of a worker to another model: sends the responses on as they come, at most eight that the worker has not
 * taken. Thread-safe.
 */
final class StartedCall implements ResponseListener {
    private static final int MAX_NOT_TAKEN = 8;
    private static final int RESPONSE = 0;
    private static final int ERROR = 1;
    private static final int NOTHING = 2;

    private final long number;
    private final Replies replies;
    private final OutgoingTensors outgoing;
    private final Runnable ended;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    @GuardedBy("lock")
    private int notTaken;
    @GuardedBy("lock")
    private boolean cancelled;
    private final LateCancellation cancellation = new LateCancellation();

    /** @param ended runs before the last reply is sent */
    StartedCall(long number, Replies replies, OutgoingTensors outgoing, Runnable ended) {
        this.number = number;
        this.replies = replies;
        this.outgoing = outgoing;
        this.ended = ended;
    }

    /** Here is what cancels it. */
    void cancelBy(Cancellation given) {
        cancellation.bind(given);
    }

    void cancel() {
        lock.lock();
        try {
            cancelled = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        cancellation.cancel();
    }

    void taken(int responses) {
        lock.lock();
        try {
            notTaken -= responses;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void onResponse(InferenceResponse response, boolean last) {
        if (last) {
            ended.run();
        } else {
            awaitTaken();
        }
        FrameWriter reply = new FrameWriter(512).begin(MessageType.RESPONSE).u64(number).flag(last);
        int mark = reply.size();
        try {
            outgoing.write(reply.u8(RESPONSE), response);
        } catch (InferenceException e) {
            reply.rewind(mark);
            reply.u8(ERROR).error(e);
        }
        replies.send(reply.end());
    }

    @Override
    public void onFailedResponse(InferenceException error) {
        awaitTaken();
        replies.send(Replies.begin(MessageType.RESPONSE, number).flag(false).u8(ERROR).error(error).end());
    }

    private void awaitTaken() {
        lock.lock();
        try {
            while (notTaken >= MAX_NOT_TAKEN && !cancelled) {
                changed.awaitUninterruptibly();
            }
            notTaken++;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void onEnd() {
        ended.run();
        replies.send(Replies.begin(MessageType.RESPONSE, number).flag(true).u8(NOTHING).end());
    }

    @Override
    public void onError(InferenceException error) {
        ended.run();
        replies.send(Replies.begin(MessageType.RESPONSE, number).flag(true).u8(ERROR).error(error).end());
    }
}
