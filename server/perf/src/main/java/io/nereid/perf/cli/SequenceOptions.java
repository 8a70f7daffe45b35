package io.nereid.perf.cli;

import io.nereid.perf.client.SequenceIds;
import io.nereid.perf.client.SequenceLengths;
import io.nereid.perf.input.InputOptions;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/**
 * What the sequences of a sequence model are.
 *
 * @param given the flags of sequences that the user gave, which other models do not take
 * @param firstId above 0
 * @param endId the first that is not used
 * @param number how many are under way in an open loop
 */
record SequenceOptions(List<PerfFlag> given, SequenceLengths lengths, long firstId, long endId, int number) {
    private static final List<PerfFlag> FLAGS = List.of(PerfFlag.SEQUENCE_LENGTH, PerfFlag.SEQUENCE_LENGTH_VARIATION,
            PerfFlag.SEQUENCE_ID_RANGE, PerfFlag.START_SEQUENCE_ID, PerfFlag.NUM_OF_SEQUENCES);
    /** Of perf_analyzer, as the numbers below. */
    private static final int LENGTH = 20;
    private static final double VARIATION_PERCENT = 20;
    private static final int NUMBER = 4;
    private static final String ID = "[1-9][0-9]{0,17}";

    /** From the flags; whether they fit the model is seen later. */
    static SequenceOptions parse(PerfArguments arguments, InputOptions.Source data) throws UsageException {
        long[] ids = ids(arguments);
        return new SequenceOptions(FLAGS.stream().filter(arguments::has).toList(), lengths(arguments, data), ids[0],
                ids[1], arguments.number(PerfFlag.NUM_OF_SEQUENCES, 1, NUMBER));
    }

    private static SequenceLengths lengths(PerfArguments arguments, InputOptions.Source data) throws UsageException {
        boolean ofStreams = data instanceof InputOptions.Files && !arguments.has(PerfFlag.SEQUENCE_LENGTH);
        if (ofStreams && arguments.has(PerfFlag.SEQUENCE_LENGTH_VARIATION)) {
            throw new UsageException("--sequence-length-variation: got it with --input-data and no --sequence-length "
                    + "(expected --sequence-length as well: without it a sequence is as long as its data)");
        }
        double variation = arguments.decimal(PerfFlag.SEQUENCE_LENGTH_VARIATION, 0, 100).orElse(VARIATION_PERCENT);
        int length = arguments.number(PerfFlag.SEQUENCE_LENGTH, 1, LENGTH);
        return new SequenceLengths(ofStreams ? OptionalInt.empty() : OptionalInt.of(length), variation);
    }

    private static long[] ids(PerfArguments arguments) throws UsageException {
        if (arguments.has(PerfFlag.SEQUENCE_ID_RANGE) && arguments.has(PerfFlag.START_SEQUENCE_ID)) {
            throw new UsageException("--sequence-id-range and --start-sequence-id: got both (expected one of them)");
        }
        String range = arguments.text(PerfFlag.SEQUENCE_ID_RANGE).orElse("1");
        String start = arguments.text(PerfFlag.START_SEQUENCE_ID).orElse("1");
        if (!start.matches(ID)) {
            throw new UsageException("--start-sequence-id: got '" + start + "' (expected a whole number, at least 1)");
        }
        long[] ids = range.matches(ID + "(:" + ID + ")?")
                ? Arrays.stream(range.split(":")).mapToLong(Long::parseLong).toArray()
                : new long[]{1, 0};
        long first = ids.length > 1 ? ids[0] : Math.max(ids[0], Long.parseLong(start));
        long end = ids.length > 1 ? ids[1] : Long.MAX_VALUE;
        if (end <= first) {
            throw new UsageException("--sequence-id-range: got '" + range + "' (expected START or START:END, whole "
                    + "numbers from 1, the end, which is not used, above the start)");
        }
        return new long[]{first, end};
    }

    /**
     * Refuses more sequences at a time than there are ids.
     *
     * @param most how many may be under way
     */
    void checkIds(double most) throws UsageException {
        if (endId - firstId < most) {
            throw new UsageException("--sequence-id-range: got " + (endId - firstId) + " ids (expected at least "
                    + (most == Double.POSITIVE_INFINITY ? "as many as clients, of which there is no end"
                            : String.valueOf((long) most) + ", one for each sequence that is under way")
                    + ")");
        }
    }

    SequenceIds ids() {
        return new SequenceIds(firstId, endId);
    }
}
