package io.nereid.server.tracing;

/** Something that happened to a request. */
public sealed interface TraceEvent {
    /** When, in nanoseconds of the machine's monotonic clock. */
    long nanos();

    /**
     * A step of the request's way.
     *
     * @param name Triton's name of it
     */
    record Timestamp(String name, long nanos) implements TraceEvent {}

    /**
     * The value of a tensor.
     *
     * @param activity Triton's name of where it was seen
     */
    record TensorActivity(String activity, long nanos, TensorCopy tensor) implements TraceEvent {}
}
