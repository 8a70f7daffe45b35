package io.nereid.scheduler.sequence;

import io.nereid.inference.CorrelationId;
import io.nereid.scheduler.BatchKey;
import io.nereid.scheduler.QueuedRequest;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The steps of sequences with one slot for all, without a decision of the queue between them. */
class KnownSequencesTest {
    private static final CorrelationId SEVEN = CorrelationId.of(7);
    private static final CorrelationId EIGHT = CorrelationId.of(8);

    private final OpenSequences open = new OpenSequences(new SequenceMemory(Long.MAX_VALUE));
    private final SequenceSlots slots = new SequenceSlots();
    private final AwaitedClients awaited = new AwaitedClients(Sequences.IDLE);
    private final SequenceDeadlines deadlines = new SequenceDeadlines(Sequences.LIMITS.policy());
    private final KnownSequences sequences = new KnownSequences(open, slots, awaited, deadlines);
    private final InstanceRows rows = new DirectRows(0, new SequenceStrategy.Direct(1, 0, 0), like -> like);
    private final Sequences requests = Sequences.direct(1);

    KnownSequencesTest() {
        slots.add(rows);
    }

    private SequenceRequest queue(Sequence sequence, boolean ends) {
        SequenceRequest request = (SequenceRequest) requests.request("7 start a", BatchKey.ANY, 0);
        sequences.queue(sequence, request, ends);
        return request;
    }

    private void take(QueuedRequest request) {
        sequences.taken(rows, List.of(request));
    }

    @Test
    void queue_oneSlot_theSecondSequenceWaitsUntilTheFirstHasRun() {
        Sequence first = sequences.begin(SEVEN, 0);
        Sequence second = sequences.begin(EIGHT, 0);
        SequenceRequest only = queue(first, true);
        queue(second, false);
        assertThat(rows.sequences()).containsExactly(first);
        assertThat(slots.backlog()).containsExactly(second);
        assertThat(sequences.size()).isEqualTo(2);
        assertThat(sequences.use(SEVEN, 1)).as("it has had its END").isNull();
        take(only);
        sequences.placeBacklog();
        assertThat(rows.sequences()).as("all that the first had is taken").containsExactly(second);
        assertThat(sequences.size()).isOne();
    }

    @Test
    void settled_anOpenSequence_isUsedAndKeepsItsSlot() {
        Sequence sequence = sequences.begin(SEVEN, 0);
        take(queue(sequence, false));
        assertThat(sequence.isIdle()).isFalse();
        sequences.settled(sequence, rows, 5);
        assertThat(sequence.isIdle()).isTrue();
        assertThat(sequence.usedNanos).isEqualTo(5);
        assertThat(rows.sequences()).containsExactly(sequence);
    }

    @Test
    void close_sequenceRuns_endsWhenItHasRun() {
        Sequence sequence = sequences.begin(SEVEN, 0);
        take(queue(sequence, false));
        sequences.close(rows.sequences());
        assertThat(sequences.use(SEVEN, 1)).isSameAs(sequence);
        sequences.settled(sequence, rows, 2);
        assertThat(sequences.use(SEVEN, 3)).isNull();
        assertThat(rows.isOccupied()).isFalse();
    }

    @Test
    void lose_itsIdFindsWhyUntilTheNextOneBegins() {
        Sequence sequence = sequences.begin(SEVEN, 0);
        SequenceRequest request = queue(sequence, false);
        assertThat(sequences.lose(sequence, "its worker was killed")).containsExactly(request);
        assertThat(sequences.size()).isZero();
        assertThat(rows.isOccupied()).isFalse();
        assertThat(Objects.requireNonNull(open.find(SEVEN)).whyLost).isEqualTo("its worker was killed");
        assertThat(sequences.use(SEVEN, 1)).isNull();
        assertThat(open.find(SEVEN)).isNull();
    }

    @Test
    void end_givesItsRequestsBackAndItsSlot() {
        Sequence sequence = sequences.begin(SEVEN, 0);
        SequenceRequest one = queue(sequence, false);
        SequenceRequest other = queue(sequence, false);
        assertThat(sequences.end(sequence)).containsExactly(one, other);
        assertThat(sequences.size()).isZero();
        assertThat(sequences.use(SEVEN, 1)).isNull();
        assertThat(rows.isOccupied()).isFalse();
    }

    @Test
    void withdraw_leavesASequenceThatLacksIt() {
        Sequence sequence = sequences.begin(SEVEN, 0);
        SequenceRequest one = queue(sequence, false);
        queue(sequence, false);
        sequences.withdraw(one);
        assertThat(sequence.isBroken).isTrue();
        assertThat(sequences.size()).isOne();
        assertThatThrownBy(() -> sequences.withdraw(one)).isInstanceOf(IllegalStateException.class)
                .hasMessage("the request is not queued");
    }
}
