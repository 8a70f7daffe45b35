package io.nereid.scheduler.instance;

import io.nereid.inference.InferenceException;

import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Who may execute next: the instances that wait, ordered by their executions so far times their priority, the lowest
 * first and ties by arrival. Only the first is tried. While the resources it takes are not free all others wait, those
 * too whose resources are: so an instance that takes much is not passed by for ever (docs/compatibility.md). The
 * decisions only: no lock, no thread, no clock; not thread-safe but for {@link Ticket#scaledPriority}.
 */
final class ExecutionQueue {
    private static final Comparator<Ticket> NEXT = Comparator.comparingLong((Ticket ticket) -> ticket.scaledPriority)
            .thenComparingLong(ticket -> ticket.arrival);

    /** Where an instance stands. */
    enum State {
        IDLE,
        WAITING,
        /** Has its resources. */
        RUNNING,
        /** Has its resources; leaves for good when it gives them back. */
        LEAVING,
        GONE
    }

    /** One instance. In one queue at most. */
    static final class Ticket {
        private final ResourcePool.Allocation allocation;
        private final long priority;
        private final Runnable admitted;
        private State state = State.IDLE;
        /** Changes only while the ticket does not wait. */
        private volatile long scaledPriority;
        /** Meaningless unless it waits. */
        private long arrival;

        /**
         * A ticket to register.
         *
         * @param admitted is run each time the ticket, having waited, may execute; also within the call that lets it
         *     wait
         */
        Ticket(InstanceDemand demand, Runnable admitted) {
            this.allocation = new ResourcePool.Allocation(demand);
            this.priority = demand.priority();
            this.admitted = admitted;
        }

        State state() {
            return state;
        }

        /** Executions so far times priority; may be read by any thread. */
        long scaledPriority() {
            return scaledPriority;
        }
    }

    private final ResourcePool pool;
    private final PriorityQueue<Ticket> waiting = new PriorityQueue<>(NEXT);
    private long arrivals;

    ExecutionQueue(List<ResourceLimit> limits) {
        pool = new ResourcePool(limits);
    }

    /**
     * Registers instances, all or none.
     *
     * @throws InferenceException INVALID_ARG as {@link ResourcePool#add} says
     */
    void register(List<Ticket> tickets) throws InferenceException {
        pool.add(tickets.stream().map(ticket -> ticket.allocation).toList());
        admit(); // there may be more than there was
    }

    /** Lets an idle ticket wait until it is admitted, which may be at once. */
    void enqueue(Ticket ticket) {
        require(ticket, State.IDLE);
        ticket.state = State.WAITING;
        ticket.arrival = arrivals++;
        waiting.add(ticket);
        admit();
    }

    /** Ends a running ticket's execution. */
    void release(Ticket ticket, boolean executed) {
        end(ticket, executed);
        admit();
    }

    /** {@link #release} and {@link #enqueue} in one, so that the ticket itself competes for what it gives back. */
    void renew(Ticket ticket, boolean executed) {
        end(ticket, executed);
        if (ticket.state == State.IDLE) {
            enqueue(ticket);
        } else {
            admit();
        }
    }

    private void end(Ticket ticket, boolean executed) {
        if (ticket.state != State.LEAVING) {
            require(ticket, State.RUNNING);
        }
        pool.release(ticket.allocation);
        if (executed) {
            // Stays where it is rather than become negative.
            ticket.scaledPriority = Math.max(ticket.scaledPriority, ticket.scaledPriority + ticket.priority);
        }
        if (ticket.state == State.LEAVING) {
            leave(ticket);
        } else {
            ticket.state = State.IDLE;
        }
    }

    /** Unregisters the instance, if it runs when it gives back what it has. Without effect when it has gone. */
    void unregister(Ticket ticket) {
        switch (ticket.state) {
            case RUNNING -> ticket.state = State.LEAVING;
            case IDLE, WAITING -> leave(ticket);
            case LEAVING, GONE -> {
            }
        }
        admit();
    }

    private void leave(Ticket ticket) {
        waiting.remove(ticket);
        pool.remove(ticket.allocation);
        ticket.state = State.GONE;
    }

    private void admit() {
        Ticket first = waiting.peek();
        while (first != null && pool.take(first.allocation)) {
            waiting.remove();
            first.state = State.RUNNING;
            first.admitted.run();
            first = waiting.peek();
        }
    }

    private static void require(Ticket ticket, State expected) {
        if (ticket.state != expected) {
            throw new IllegalStateException("the claim is " + ticket.state + " (expected " + expected + ")");
        }
    }
}
