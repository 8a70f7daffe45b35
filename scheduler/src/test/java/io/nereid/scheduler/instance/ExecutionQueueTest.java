package io.nereid.scheduler.instance;

import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class ExecutionQueueTest {
    private final List<String> admitted = new ArrayList<>();
    private final ExecutionQueue line = new ExecutionQueue(List.of(new ResourceLimit("R", 4, OptionalInt.empty())));

    @Test
    void lineUp_resourcesFree_isAdmittedAtOnce() throws InferenceException {
        ExecutionQueue.Ticket a = ticket("a", 1, 2);
        ExecutionQueue.Ticket b = ticket("b", 1, 2);
        line.enqueue(a);
        line.enqueue(b);
        assertThat(admitted).containsExactly("a", "b");
    }

    @Test
    void lineUp_severalWait_lowestTurnFirstThenByArrival() throws InferenceException {
        ExecutionQueue.Ticket running = ticket("running", 1, 4);
        ExecutionQueue.Ticket executed = ticket("executed", 1, 4);
        ExecutionQueue.Ticket first = ticket("first", 1, 4);
        ExecutionQueue.Ticket second = ticket("second", 1, 4);
        run(executed);
        line.enqueue(running);
        admitted.clear();
        line.enqueue(executed);
        line.enqueue(first);
        line.enqueue(second);
        line.release(running, true);
        line.release(first, true);
        line.release(second, true);
        assertThat(admitted).containsExactly("first", "second", "executed");
    }

    @Test
    void admit_firstDoesNotFit_othersThatWouldFitWait() throws InferenceException {
        ExecutionQueue.Ticket three = ticket("three", 1, 3);
        ExecutionQueue.Ticket four = ticket("four", 1, 4);
        ExecutionQueue.Ticket one = ticket("one", 1, 1);
        ExecutionQueue.Ticket nothing = ticket("nothing", 1, 0);
        line.enqueue(three);
        line.enqueue(four);
        line.enqueue(one);
        line.enqueue(nothing);
        assertThat(admitted).containsExactly("three");
        line.release(three, true);
        assertThat(admitted).containsExactly("three", "four");
        line.release(four, true);
        assertThat(admitted).containsExactly("three", "four", "one", "nothing");
    }

    @Test
    void giveBack_roomForSeveral_admitsThemAll() throws InferenceException {
        ExecutionQueue.Ticket four = ticket("four", 1, 4);
        line.enqueue(four);
        for (String name : List.of("a", "b", "c")) {
            line.enqueue(ticket(name, 1, 2));
        }
        line.release(four, true);
        assertThat(admitted).containsExactly("four", "a", "b");
    }

    @Test
    void renew_prioritiesOneAndTwo_executeTwoToOne() throws InferenceException {
        ExecutionQueue.Ticket one = ticket("one", 1, 4);
        ExecutionQueue.Ticket two = ticket("two", 2, 4);
        line.enqueue(one);
        line.enqueue(two);
        for (int i = 0; i < 3000; i++) {
            line.renew(admitted.getLast().equals("one") ? one : two, true);
        }
        assertThat(admitted.stream().filter("one"::equals).count()).isBetween(1999L, 2002L);
        assertThat(admitted.stream().filter("two"::equals).count()).isBetween(999L, 1002L);
    }

    @Test
    void renew_ownTurnIsFirst_runsOn() throws InferenceException {
        ExecutionQueue.Ticket one = ticket("one", 1, 4);
        ExecutionQueue.Ticket ahead = ticket("ahead", 3, 4);
        run(ahead);
        line.enqueue(one);
        line.enqueue(ahead);
        admitted.clear();
        line.renew(one, true);
        line.renew(one, true);
        assertThat(admitted).containsExactly("one", "one");
        line.renew(one, true);
        assertThat(admitted).as("three executions are as many as one of priority 3").endsWith("ahead");
    }

    @Test
    void giveBack_nothingExecuted_countsNothing() throws InferenceException {
        ExecutionQueue.Ticket ticket = ticket("a", 3, 1);
        line.enqueue(ticket);
        line.release(ticket, false);
        assertThat(ticket.scaledPriority()).isZero();
        run(ticket);
        run(ticket);
        assertThat(ticket.scaledPriority()).isEqualTo(6);
    }

    @Test
    void giveBack_turnAtItsMost_staysThere() throws InferenceException {
        ExecutionQueue.Ticket ticket = ticket("a", Long.MAX_VALUE, 1);
        run(ticket);
        run(ticket);
        assertThat(ticket.scaledPriority()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void unregister_waitingFirst_letsTheNextIn() throws InferenceException {
        ExecutionQueue.Ticket three = ticket("three", 1, 3);
        ExecutionQueue.Ticket four = ticket("four", 1, 4);
        ExecutionQueue.Ticket one = ticket("one", 1, 1);
        line.enqueue(three);
        line.enqueue(four);
        line.enqueue(one);
        line.unregister(four);
        line.unregister(four);
        assertThat(admitted).containsExactly("three", "one");
        assertThat(four.state()).isEqualTo(ExecutionQueue.State.GONE);
    }

    @Test
    void unregister_running_keepsItsResourcesUntilItGivesThemBack() throws InferenceException {
        ExecutionQueue.Ticket four = ticket("four", 1, 4);
        ExecutionQueue.Ticket one = ticket("one", 1, 1);
        line.enqueue(four);
        line.enqueue(one);
        line.unregister(four);
        assertThat(admitted).containsExactly("four");
        line.renew(four, true);
        assertThat(admitted).containsExactly("four", "one");
        assertThat(four.state()).isEqualTo(ExecutionQueue.State.GONE);
    }

    @Test
    void register_raisesTheDefault_letsWaitingOnesIn() throws InferenceException {
        ExecutionQueue byDefault = new ExecutionQueue(List.of());
        ExecutionQueue.Ticket a = ticket(byDefault, "a", 1, 1);
        ExecutionQueue.Ticket b = ticket(byDefault, "b", 1, 1);
        byDefault.enqueue(a);
        byDefault.enqueue(b);
        assertThat(admitted).containsExactly("a");
        ticket(byDefault, "two", 1, 2);
        assertThat(admitted).containsExactly("a", "b");
    }

    @Test
    void register_oneCannotRun_noneIsRegisteredAndNobodyIsLetIn() throws InferenceException {
        ExecutionQueue byDefault = new ExecutionQueue(List.of(new ResourceLimit("S", 1, OptionalInt.empty())));
        ExecutionQueue.Ticket a = ticket(byDefault, "a", 1, 1);
        ExecutionQueue.Ticket b = ticket(byDefault, "b", 1, 1);
        byDefault.enqueue(a);
        byDefault.enqueue(b);
        List<ExecutionQueue.Ticket> both = List.of(
                new ExecutionQueue.Ticket(demand("R", 1, 2), () -> admitted.add("c")),
                new ExecutionQueue.Ticket(demand("S", 1, 2), () -> admitted.add("d")));
        assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> byDefault.register(both));
        byDefault.release(a, true);
        byDefault.enqueue(a);
        assertThat(admitted).containsExactly("a", "b");
    }

    @Test
    void ticket_usedOutOfOrder_isADefect() throws InferenceException {
        ExecutionQueue.Ticket ticket = ticket("a", 1, 1);
        assertThatIllegalStateException().isThrownBy(() -> line.release(ticket, true))
                .withMessage("the claim is IDLE (expected RUNNING)");
        line.enqueue(ticket);
        assertThatIllegalStateException().isThrownBy(() -> line.enqueue(ticket))
                .withMessage("the claim is RUNNING (expected IDLE)");
    }

    private void run(ExecutionQueue.Ticket ticket) {
        line.enqueue(ticket);
        line.release(ticket, true);
    }

    private ExecutionQueue.Ticket ticket(String name, long priority, long count) throws InferenceException {
        return ticket(line, name, priority, count);
    }

    private ExecutionQueue.Ticket ticket(ExecutionQueue in, String name, long priority, long count)
            throws InferenceException {
        ExecutionQueue.Ticket ticket = new ExecutionQueue.Ticket(demand("R", priority, count),
                () -> admitted.add(name));
        in.register(List.of(ticket));
        return ticket;
    }

    private static InstanceDemand demand(String name, long priority, long count) {
        return new InstanceDemand(InstanceDemand.CPU, List.of(new InstanceDemand.Resource(name, false, count)),
                priority);
    }
}
