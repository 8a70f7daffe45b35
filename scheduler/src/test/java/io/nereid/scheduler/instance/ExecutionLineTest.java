package io.nereid.scheduler.instance;

import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class ExecutionLineTest {
    private final List<String> admitted = new ArrayList<>();
    private final ExecutionLine line = new ExecutionLine(List.of(new ResourceLimit("R", 4, OptionalInt.empty())));

    @Test
    void lineUp_resourcesFree_isAdmittedAtOnce() throws InferenceException {
        ExecutionLine.Ticket a = ticket("a", 1, 2);
        ExecutionLine.Ticket b = ticket("b", 1, 2);
        line.lineUp(a);
        line.lineUp(b);
        assertThat(admitted).containsExactly("a", "b");
    }

    @Test
    void lineUp_severalWait_lowestTurnFirstThenByArrival() throws InferenceException {
        ExecutionLine.Ticket running = ticket("running", 1, 4);
        ExecutionLine.Ticket executed = ticket("executed", 1, 4);
        ExecutionLine.Ticket first = ticket("first", 1, 4);
        ExecutionLine.Ticket second = ticket("second", 1, 4);
        run(executed);
        line.lineUp(running);
        admitted.clear();
        line.lineUp(executed);
        line.lineUp(first);
        line.lineUp(second);
        line.giveBack(running, true);
        line.giveBack(first, true);
        line.giveBack(second, true);
        assertThat(admitted).containsExactly("first", "second", "executed");
    }

    @Test
    void admit_firstDoesNotFit_othersThatWouldFitWait() throws InferenceException {
        ExecutionLine.Ticket three = ticket("three", 1, 3);
        ExecutionLine.Ticket four = ticket("four", 1, 4);
        ExecutionLine.Ticket one = ticket("one", 1, 1);
        ExecutionLine.Ticket nothing = ticket("nothing", 1, 0);
        line.lineUp(three);
        line.lineUp(four);
        line.lineUp(one);
        line.lineUp(nothing);
        assertThat(admitted).containsExactly("three");
        line.giveBack(three, true);
        assertThat(admitted).containsExactly("three", "four");
        line.giveBack(four, true);
        assertThat(admitted).containsExactly("three", "four", "one", "nothing");
    }

    @Test
    void giveBack_roomForSeveral_admitsThemAll() throws InferenceException {
        ExecutionLine.Ticket four = ticket("four", 1, 4);
        line.lineUp(four);
        for (String name : List.of("a", "b", "c")) {
            line.lineUp(ticket(name, 1, 2));
        }
        line.giveBack(four, true);
        assertThat(admitted).containsExactly("four", "a", "b");
    }

    @Test
    void renew_prioritiesOneAndTwo_executeTwoToOne() throws InferenceException {
        ExecutionLine.Ticket one = ticket("one", 1, 4);
        ExecutionLine.Ticket two = ticket("two", 2, 4);
        line.lineUp(one);
        line.lineUp(two);
        for (int i = 0; i < 3000; i++) {
            line.renew(admitted.getLast().equals("one") ? one : two, true);
        }
        assertThat(admitted.stream().filter("one"::equals).count()).isBetween(1999L, 2002L);
        assertThat(admitted.stream().filter("two"::equals).count()).isBetween(999L, 1002L);
    }

    @Test
    void renew_ownTurnIsFirst_runsOn() throws InferenceException {
        ExecutionLine.Ticket one = ticket("one", 1, 4);
        ExecutionLine.Ticket ahead = ticket("ahead", 3, 4);
        run(ahead);
        line.lineUp(one);
        line.lineUp(ahead);
        admitted.clear();
        line.renew(one, true);
        line.renew(one, true);
        assertThat(admitted).containsExactly("one", "one");
        line.renew(one, true);
        assertThat(admitted).as("three executions are as many as one of priority 3").endsWith("ahead");
    }

    @Test
    void giveBack_nothingExecuted_countsNothing() throws InferenceException {
        ExecutionLine.Ticket ticket = ticket("a", 3, 1);
        line.lineUp(ticket);
        line.giveBack(ticket, false);
        assertThat(ticket.scaledPriority()).isZero();
        run(ticket);
        run(ticket);
        assertThat(ticket.scaledPriority()).isEqualTo(6);
    }

    @Test
    void giveBack_turnAtItsMost_staysThere() throws InferenceException {
        ExecutionLine.Ticket ticket = ticket("a", Long.MAX_VALUE, 1);
        run(ticket);
        run(ticket);
        assertThat(ticket.scaledPriority()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void unregister_waitingFirst_letsTheNextIn() throws InferenceException {
        ExecutionLine.Ticket three = ticket("three", 1, 3);
        ExecutionLine.Ticket four = ticket("four", 1, 4);
        ExecutionLine.Ticket one = ticket("one", 1, 1);
        line.lineUp(three);
        line.lineUp(four);
        line.lineUp(one);
        line.unregister(four);
        line.unregister(four);
        assertThat(admitted).containsExactly("three", "one");
        assertThat(four.state()).isEqualTo(ExecutionLine.State.GONE);
    }

    @Test
    void unregister_running_keepsItsResourcesUntilItGivesThemBack() throws InferenceException {
        ExecutionLine.Ticket four = ticket("four", 1, 4);
        ExecutionLine.Ticket one = ticket("one", 1, 1);
        line.lineUp(four);
        line.lineUp(one);
        line.unregister(four);
        assertThat(admitted).containsExactly("four");
        line.renew(four, true);
        assertThat(admitted).containsExactly("four", "one");
        assertThat(four.state()).isEqualTo(ExecutionLine.State.GONE);
    }

    @Test
    void register_raisesTheDefault_letsWaitingOnesIn() throws InferenceException {
        ExecutionLine byDefault = new ExecutionLine(List.of());
        ExecutionLine.Ticket a = ticket(byDefault, "a", 1, 1);
        ExecutionLine.Ticket b = ticket(byDefault, "b", 1, 1);
        byDefault.lineUp(a);
        byDefault.lineUp(b);
        assertThat(admitted).containsExactly("a");
        ticket(byDefault, "two", 1, 2);
        assertThat(admitted).containsExactly("a", "b");
    }

    @Test
    void register_oneCannotRun_noneIsRegisteredAndNobodyIsLetIn() throws InferenceException {
        ExecutionLine byDefault = new ExecutionLine(List.of(new ResourceLimit("S", 1, OptionalInt.empty())));
        ExecutionLine.Ticket a = ticket(byDefault, "a", 1, 1);
        ExecutionLine.Ticket b = ticket(byDefault, "b", 1, 1);
        byDefault.lineUp(a);
        byDefault.lineUp(b);
        List<ExecutionLine.Ticket> both = List.of(
                new ExecutionLine.Ticket(demand("R", 1, 2), () -> admitted.add("c")),
                new ExecutionLine.Ticket(demand("S", 1, 2), () -> admitted.add("d")));
        assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> byDefault.register(both));
        byDefault.giveBack(a, true);
        byDefault.lineUp(a);
        assertThat(admitted).containsExactly("a", "b");
    }

    @Test
    void ticket_usedOutOfOrder_isADefect() throws InferenceException {
        ExecutionLine.Ticket ticket = ticket("a", 1, 1);
        assertThatIllegalStateException().isThrownBy(() -> line.giveBack(ticket, true))
                .withMessage("the claim is IDLE (expected RUNNING)");
        line.lineUp(ticket);
        assertThatIllegalStateException().isThrownBy(() -> line.lineUp(ticket))
                .withMessage("the claim is RUNNING (expected IDLE)");
    }

    private void run(ExecutionLine.Ticket ticket) {
        line.lineUp(ticket);
        line.giveBack(ticket, true);
    }

    private ExecutionLine.Ticket ticket(String name, long priority, long count) throws InferenceException {
        return ticket(line, name, priority, count);
    }

    private ExecutionLine.Ticket ticket(ExecutionLine in, String name, long priority, long count)
            throws InferenceException {
        ExecutionLine.Ticket ticket = new ExecutionLine.Ticket(demand("R", priority, count), () -> admitted.add(name));
        in.register(List.of(ticket));
        return ticket;
    }

    private static InstanceDemand demand(String name, long priority, long count) {
        return new InstanceDemand(InstanceDemand.CPU, List.of(new InstanceDemand.Resource(name, false, count)),
                priority);
    }
}
