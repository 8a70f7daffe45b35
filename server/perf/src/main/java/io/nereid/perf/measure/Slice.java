package io.nereid.perf.measure;

import io.nereid.perf.client.Latencies;

/**
 * A short part of the time in which a level was measured: about a second.
 *
 * @param startSeconds since the level's load began, warm-up included
 * @param seconds how long it was
 * @param latencies of the requests that were answered in it
 * @param errors requests that failed in it
 */
public record Slice(double startSeconds, double seconds, Latencies latencies, long errors) {}
