package io.nereid.scheduler.sequence;

import io.nereid.inference.DataType;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.Lease;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.scheduler.BatchCompatibility;
import io.nereid.scheduler.BatchKey;
import io.nereid.scheduler.BatchPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The executions that Triton's own tests of its sequence batcher expect, with four slots in all. A sequence is given as
 * its id and the number of its requests; {@code !} says that it has no END.
 */
class SequenceTablesTest {
    private static final BatchCompatibility BY_SHAPE = BatchCompatibility
            .of(List.of(new BatchCompatibility.Input("IN", true, false)));

    @ParameterizedTest(name = "{0} {1}: {5}")
    @CsvSource(nullValues = "-", value = {
            // test, instances, in slots, in backlog, sequences, {batch:executions}
            "simple_sequence, 1, 0, 0, 1001:9, 1:9",
            "half_batch, 1, 8, 0, 1001:4 1002:4, 2:4",
            "skip_batch, 1, 12, 0, 1001:4 1003:4 1002:2 1004:2, 2:2 4:2",
            "skip_batch, 2, 12, 0, 1001:4 1003:4 1002:2 1004:2, 1:4 2:4",
            "skip_batch, 4, 12, 0, 1001:4 1003:4 1002:2 1004:2, 1:12",
            "full_batch, 1, 12, 0, 1001:3 1002:3 1003:3 1004:3, 4:3",
            "full_batch, 2, 12, 0, 1001:3 1002:3 1003:3 1004:3, 2:6",
            "full_batch, 4, 12, 0, 1001:3 1002:3 1003:3 1004:3, 1:12",
            "backlog, 1, 12, 0, 1001:3 1002:3 1003:3 1004:3 1005:3, 1:3 4:3",
            "backlog, 2, 12, 0, 1001:3 1002:3 1003:3 1004:3 1005:3, 1:3 2:6",
            "backlog_fill, 1, 10, 2, 1001:3 1002:2 1003:2 1004:3 1005:1 1006:1, 4:3",
            "backlog_fill_no_end, 1, 10, 3, 1001:3 1002:2 1003:2 1004:3 1005:1 1006:3!, 3:2 4:3",
            "backlog_same_correlation_id, 1, 12, 2, 1001:3 1002:3 1003:3 1004:3 1001:2, 1:2 4:3",
            "backlog_same_correlation_id_no_end, 1, 16, 0, 1001:2! 1002:4 1003:4 1004:4 1001:2, 4:4",
            "queue_delay, 1, 2, 0, 1001:1! 1002:2!, 2:2"})
    void direct_asInTritonsTests(String test, int instances, int inSlots, int inBacklog, String sequences,
            String expected) {
        Sequences all = new Sequences(new SequenceStrategy.Direct(4 / instances, 0, 0), Sequences.LIMITS,
                new StartSize(inSlots, inBacklog), instances);
        check(all, sequences, expected);
    }

    @ParameterizedTest(name = "{0}: {4}")
    @CsvSource({"backlog, 12, 0, 1001:3 1002:3 1003:3 1004:3 1005:3, 1:3 4:3",
            "backlog_fill, 10, 2, 1001:3 1002:2 1003:2 1004:3 1005:1 1006:1, 4:3",
            "backlog_fill_no_end, 10, 3, 1001:3 1002:2 1003:2 1004:3 1005:1 1006:3!, 1:2 4:3",
            "backlog_same_correlation_id, 12, 2, 1001:3 1002:3 1003:3 1004:3 1001:2, 1:2 4:3",
            "backlog_same_correlation_id_no_end, 16, 0, 1001:2! 1002:4 1003:4 1004:4 1001:2, 4:4",
            "simple_sequence, 0, 0, 1001:9, 1:9"})
    void oldest_asInTritonsTests(String test, int inSlots, int inBacklog, String sequences, String expected) {
        Sequences all = new Sequences(new SequenceStrategy.Oldest(4, new BatchPolicy(4, List.of(), 0)),
                Sequences.LIMITS, new StartSize(inSlots, inBacklog), 1);
        check(all, sequences, expected);
    }

    private static void check(Sequences all, String sequences, String expected) {
        int requests = 0;
        for (String sequence : sequences.split(" ")) {
            String id = sequence.substring(0, sequence.indexOf(':'));
            int count = sequence.charAt(sequence.indexOf(':') + 1) - '0';
            for (int i = 0; i < count; i++) {
                boolean last = i == count - 1 && !sequence.endsWith("!");
                all.add(id + (i == 0 ? " start" : "") + (last ? " end" : "") + " r" + requests++);
                all.now++;
            }
        }
        List<Sequences.Ran> ran = all.runAll();
        assertThat(Sequences.sizes(ran)).isEqualTo(parsed(expected));
        assertThat(Sequences.inferences(ran)).isEqualTo(requests);
    }

    private static Map<Integer, Integer> parsed(String sizes) {
        return Arrays.stream(sizes.split(" ")).map(size -> size.split(":"))
                .collect(Collectors.toMap(size -> Integer.parseInt(size[0]), size -> Integer.parseInt(size[1]),
                        Integer::sum, TreeMap::new));
    }

    /** Four sequences, two of one shape: with the nulls every execution has four rows. */
    @Test
    void direct_otherShapes_runByThemselvesAmongNullRows() {
        Sequences all = new Sequences(new SequenceStrategy.Direct(4, 0, 0), Sequences.LIMITS, new StartSize(12, 0), 1);
        Map<Integer, Integer> widths = new TreeMap<>(Map.of(1, 2, 2, 2, 3, 1, 4, 3));
        widths.forEach((id, width) -> {
            for (int i = 0; i < 3; i++) {
                all.add(all.request(id + (i == 0 ? " start r" : " r"), key(width), 0));
            }
        });
        List<Sequences.Ran> ran = all.runAll();
        assertThat(Sequences.sizes(ran)).isEqualTo(Map.of(4, 9));
        assertThat(Sequences.inferences(ran)).isEqualTo(12);
    }

    private static BatchKey key(long width) {
        MemorySegment data = MemorySegment.ofArray(new float[(int) width]);
        return BY_SHAPE.key(new InferenceRequest("", List.of(new Tensor("IN", DataType.FP32, Shape.of(1, width), data)),
                List.of(), 1, RequestOptions.DEFAULT, Map.of(), Lease.NONE));
    }
}
