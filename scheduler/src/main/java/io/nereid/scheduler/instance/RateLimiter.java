package io.nereid.scheduler.instance;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.InferenceException;

import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Decides which instances of all models may execute at the same time: each takes counted resources while it runs, and
 * those that have executed least, weighed by priority, come first. One for the whole server; its rules are in
 * docs/compatibility.md.
 *
 * <p>Thread-safe, by one lock that is held for a few assignments and never while it calls anybody. A thread that holds
 * the lock of a scheduler may read {@link Claim#scaledPriority}, but must call nothing else here.
 */
public final class RateLimiter {
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private final ExecutionQueue executions;

    /**
     * A limiter without instances.
     *
     * @param limits what there is of a resource; of one that is not among them, as much as the registered instance that
     *     needs the most of it
     */
    public RateLimiter(List<ResourceLimit> limits) {
        executions = new ExecutionQueue(limits);
    }

    /**
     * Registers the instances of a model version: all of them, or none.
     *
     * @return a claim for each, in the same order; whoever closes an instance closes its claim after it
     * @throws InferenceException INVALID_ARG if there is not enough of a resource for one of them ever to run, or if a
     *     resource is global here and per device there
     */
    public List<Claim> register(List<InstanceDemand> demands) throws InferenceException {
        List<Claim> claims = demands.stream().map(Claim::new).toList();
        lock.lock();
        try {
            executions.register(claims.stream().map(claim -> claim.ticket).toList());
        } finally {
            lock.unlock();
        }
        return claims;
    }

    /**
     * One instance's right to execute. Its instance thread acquires, renews and releases it; any thread may close it.
     *
     * {@snippet :
     * while (claim.acquire()) {
     *     boolean executed = executeWhatIsQueued();
     *     while (executed && moreIsQueued() && claim.renew(true)) {
     *         executed = executeWhatIsQueued();
     *     }
     *     claim.release(executed);
     *     waitForWork();
     * }
     * }
     */
    public final class Claim implements AutoCloseable {
        private final ExecutionQueue.Ticket ticket;
        private final Condition changed;

        private Claim(InstanceDemand demand) {
            changed = lock.newCondition();
            ticket = new ExecutionQueue.Ticket(demand, changed::signal);
        }

        /**
         * Executions so far times priority: of several instances that could run, the one with the lowest should. A
         * plain read, without the lock.
         */
        public long scaledPriority() {
            return ticket.scaledPriority();
        }

        /**
         * Waits until the instance may execute, however often the thread is interrupted; the interrupt is kept.
         *
         * @return true: it may, until {@link #release}; false: the claim is closed, there is nothing to release
         * @throws IllegalStateException if it is acquired already
         */
        public boolean acquire() {
            lock.lock();
            try {
                if (ticket.state() != ExecutionQueue.State.GONE) {
                    executions.enqueue(ticket);
                }
                return admitted();
            } finally {
                lock.unlock();
            }
        }

        /**
         * Releases and acquires in one step: the instance runs on at once if it comes first, and after those
         * that come before it. An instance that has more to do must come back this way. By {@link #release} and
         * {@link #acquire} it admits another one, since it does not wait itself at that moment: instances would
         * then simply alternate, whatever their priorities. Answers are handed on before, for this may block.
         *
         * @param executed whether it has executed since it was acquired; that alone counts
         * @return as {@link #acquire}
         * @throws IllegalStateException if it is not acquired
         */
        public boolean renew(boolean executed) {
            lock.lock();
            try {
                if (ticket.state() != ExecutionQueue.State.GONE) {
                    executions.renew(ticket, executed);
                }
                return admitted();
            } finally {
                lock.unlock();
            }
        }

        /**
         * Gives the resources back and admits those that come next. Does not block. Without effect when closed.
         *
         * @param executed whether it has executed since it was acquired; that alone counts
         * @throws IllegalStateException if it is not acquired
         */
        public void release(boolean executed) {
            lock.lock();
            try {
                if (ticket.state() != ExecutionQueue.State.GONE) {
                    executions.release(ticket, executed);
                }
            } finally {
                lock.unlock();
            }
        }

        /**
         * Unregisters the instance, for good: a thread that waits in {@link #acquire} returns; one that executes keeps
         * its resources until it releases them. Without effect when closed already.
         */
        @Override
        public void close() {
            lock.lock();
            try {
                executions.unregister(ticket);
                changed.signal();
            } finally {
                lock.unlock();
            }
        }

        @GuardedBy("lock")
        private boolean admitted() {
            while (ticket.state() == ExecutionQueue.State.WAITING) {
                changed.awaitUninterruptibly();
            }
            return ticket.state() != ExecutionQueue.State.GONE;
        }
    }
}
