package io.nereid.perf.measure;

/**
 * A result, and what was looked at when the time measured began and when it ended.
 *
 * @param <S> of what was looked at
 */
public record Measured<S>(Result result, S before, S after) {}
