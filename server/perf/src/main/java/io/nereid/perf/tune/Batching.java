package io.nereid.perf.tune;

import java.util.List;
import java.util.stream.Collectors;

/** Whether requests wait for each other, and how. */
public sealed interface Batching {
    /** Each request runs by itself. */
    record Off() implements Batching {
        @Override
        public String toString() {
            return "off";
        }
    }

    /**
     * {@code dynamic_batching}.
     *
     * @param preferredBatchSizes empty for none
     * @param maxQueueDelayMicros how long a request waits for others at most
     */
    record Dynamic(List<Integer> preferredBatchSizes, long maxQueueDelayMicros) implements Batching {
        public Dynamic {
            preferredBatchSizes = List.copyOf(preferredBatchSizes);
        }

        @Override
        public String toString() {
            String sizes = preferredBatchSizes.stream().map(String::valueOf).collect(Collectors.joining(","));
            return (sizes.isEmpty() ? "" : "[" + sizes + "] ") + maxQueueDelayMicros + " us";
        }
    }
}
