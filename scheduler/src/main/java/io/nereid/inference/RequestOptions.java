package io.nereid.inference;

/**
 * What a request asks of the scheduler; the names are those of Triton's request parameters.
 *
 * @param priority 0 for the model's default, else 1 (highest) and down; an unsigned number
 * @param timeoutMicros how long it may wait in a queue, in microseconds; 0 for no limit of its own
 * @param sequenceId the sequence it belongs to, if any
 * @param sequenceStart whether it is the first of its sequence
 * @param sequenceEnd whether it is the last of its sequence
 */
public record RequestOptions(long priority, long timeoutMicros, CorrelationId sequenceId, boolean sequenceStart,
        boolean sequenceEnd) {
    /** Nothing in particular. */
    public static final RequestOptions DEFAULT = new RequestOptions(0, 0, CorrelationId.none(), false, false);

    /** The same, with another limit for its wait in a queue. */
    public RequestOptions withTimeout(long micros) {
        return new RequestOptions(priority, micros, sequenceId, sequenceStart, sequenceEnd);
    }

    /** The same, as a request of that sequence. */
    public RequestOptions inSequence(CorrelationId id, boolean start, boolean end) {
        return new RequestOptions(priority, timeoutMicros, id, start, end);
    }
}
