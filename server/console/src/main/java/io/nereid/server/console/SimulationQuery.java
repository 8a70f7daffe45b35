package io.nereid.server.console;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.scheduler.BatchPolicy;
import io.netty.handler.codec.http.QueryStringDecoder;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Reads what is to be tried from the query of a request. */
final class SimulationQuery {
    private static final String DELAY = "max_queue_delay_microseconds";
    private static final String PREFERRED = "preferred_batch_size";
    /** Ten seconds: longer than any client waits for others. */
    private static final long MOST_DELAY_MICROS = TimeUnit.SECONDS.toMicros(10);
    private static final int MOST_SIZES = 64;

    private SimulationQuery() {}

    /**
     * How requests would be put together.
     *
     * @param current what holds for what the query does not name
     * @throws InferenceException INVALID_ARG if a value makes no sense
     */
    static BatchPolicy proposed(String target, BatchPolicy current) throws InferenceException {
        Map<String, List<String>> query = parameters(target);
        List<String> delays = query.getOrDefault(DELAY, List.of());
        List<String> sizes = query.getOrDefault(PREFERRED, List.of());
        long delayNanos = delays.isEmpty() ? current.maxQueueDelayNanos()
                : TimeUnit.MICROSECONDS.toNanos(number(DELAY, delays.getLast(), 0, MOST_DELAY_MICROS));
        List<Integer> preferred = sizes.isEmpty() ? current.preferredBatchSizes()
                : sizes(sizes.getLast(), current.maxBatchSize());
        return new BatchPolicy(current.maxBatchSize(), preferred, delayNanos);
    }

    private static Map<String, List<String>> parameters(String target) throws InferenceException {
        try {
            return new QueryStringDecoder(target).parameters();
        } catch (IllegalArgumentException e) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "the query cannot be read: " + e.getMessage());
        }
    }

    /** An empty text is no size at all. */
    private static List<Integer> sizes(String text, int maxBatchSize) throws InferenceException {
        List<Integer> sizes = new ArrayList<>();
        for (String size : text.isBlank() ? new String[0] : text.split(",", MOST_SIZES)) {
            sizes.add((int) number(PREFERRED, size, 1, maxBatchSize));
        }
        return sizes;
    }

    private static long number(String name, String text, long least, long most) throws InferenceException {
        try {
            long number = Long.parseLong(text.strip());
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException _) {
            // said below
        }
        throw new InferenceException(ErrorCode.INVALID_ARG,
                name + ": got '" + text + "' (expected a whole number from " + least + " to " + most + ")");
    }
}
