package io.nereid.server.protocol;

import io.nereid.server.config.Flag;
import io.nereid.server.config.FlagGroup;
import io.nereid.server.config.FlagValues;
import io.nereid.server.config.UsageException;
import io.nereid.server.config.ValueType;

import java.util.List;

/** The flags of {@link RequestLimits}. */
public final class RequestFlags {
    private static final int ANY = Integer.MAX_VALUE - 8; // as long as an array may be

    public static final Flag<Integer> MAX_REQUEST_PARAMETERS = Flag.of(FlagGroup.ADMISSION, "max-request-parameters",
            ValueType.integer(1, ANY), "" + RequestLimits.DEFAULT.maxParameters(),
            "Parameters of a request or of one of its tensors; members of a generate request. (Not in Triton.)");
    public static final Flag<Integer> MAX_REQUEST_STRING_SIZE = Flag.of(FlagGroup.ADMISSION, "max-request-string-size",
            ValueType.integer(1, ANY), "" + RequestLimits.DEFAULT.maxStringBytes(),
            "Bytes of an id, a name, a key or a string parameter. (Not in Triton.)");
    public static final Flag<Integer> MAX_REQUEST_HEAD_SIZE = Flag.of(FlagGroup.ADMISSION, "max-request-head-size",
            ValueType.integer(1, ANY), "" + RequestLimits.DEFAULT.maxHeadBytes(),
            "Bytes of a request's JSON without tensors' data; over gRPC, of all its texts. (Not in Triton.)");

    /** All of them, in the order of the help. */
    public static final List<Flag<?>> ALL = List.of(MAX_REQUEST_PARAMETERS, MAX_REQUEST_STRING_SIZE,
            MAX_REQUEST_HEAD_SIZE);

    private RequestFlags() {}

    /** The limits that the flags give. */
    public static RequestLimits read(FlagValues flags) throws UsageException {
        return new RequestLimits(flags.get(MAX_REQUEST_PARAMETERS), flags.get(MAX_REQUEST_STRING_SIZE),
                flags.get(MAX_REQUEST_HEAD_SIZE));
    }
}
