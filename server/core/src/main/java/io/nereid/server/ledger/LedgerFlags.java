package io.nereid.server.ledger;

import io.nereid.server.config.Flag;
import io.nereid.server.config.FlagGroup;
import io.nereid.server.config.FlagValues;
import io.nereid.server.config.UsageException;
import io.nereid.server.config.ValueType;

import java.util.List;

/** The flags of {@link LedgerLimits}. */
public final class LedgerFlags {
    private static final int ANY = Integer.MAX_VALUE;

    public static final Flag<Integer> MAX_INFLIGHT_REQUESTS = Flag.of(FlagGroup.ADMISSION, "max-inflight-requests",
            ValueType.integer(1, ANY),
            "" + LedgerLimits.DEFAULT.maxRequests(),
            "Inference requests that may be in flight at once; more get 503 and Retry-After. (Not in Triton.)");
    public static final Flag<Long> MAX_INFLIGHT_BYTES = Flag.of(FlagGroup.ADMISSION, "max-inflight-bytes",
            ValueType.number(1, Long.MAX_VALUE),
            "" + LedgerLimits.DEFAULT.maxBytes(),
            "Native memory that clients may hold: bodies, messages, tensors, responses. By default half of the"
                    + " memory. (Not in Triton.)");
    public static final Flag<Long> MAX_INFLIGHT_HEAP_BYTES = Flag.of(FlagGroup.ADMISSION, "max-inflight-heap-bytes",
            ValueType.number(1, Long.MAX_VALUE),
            "" + LedgerLimits.DEFAULT.maxHeapBytes(),
            "Heap that clients may hold: connections, heads, parameters. By default half of the heap. (Not in"
                    + " Triton.)");
    public static final Flag<Long> MIN_CLIENT_BYTES_PER_SEC = Flag.of(FlagGroup.ADMISSION, "min-client-bytes-per-sec",
            ValueType.number(0, Long.MAX_VALUE),
            "" + LedgerLimits.DEFAULT.minClientBytesPerSecond(),
            "What a client must send of a request, or read of a response, to keep the memory it holds when others"
                    + " need it. (Not in Triton.)");

    /** All of them, in the order of the help. */
    public static final List<Flag<?>> ALL = List.of(MAX_INFLIGHT_REQUESTS, MAX_INFLIGHT_BYTES,
            MAX_INFLIGHT_HEAP_BYTES, MIN_CLIENT_BYTES_PER_SEC);

    private LedgerFlags() {}

    /** The limits that the flags give. */
    public static LedgerLimits read(FlagValues flags) throws UsageException {
        return LedgerLimits.DEFAULT.withMaxRequests(flags.get(MAX_INFLIGHT_REQUESTS))
                .withMaxBytes(flags.get(MAX_INFLIGHT_BYTES))
                .withMaxHeapBytes(flags.get(MAX_INFLIGHT_HEAP_BYTES))
                .withMinClientBytesPerSecond(flags.get(MIN_CLIENT_BYTES_PER_SEC));
    }
}
