package io.nereid.backend.worker;

import io.nereid.backend.worker.message.FrameReader;
import io.nereid.backend.worker.message.FrameWriter;
import io.nereid.backend.worker.message.MalformedFrameException;
import io.nereid.inference.CorrelationId;
import io.nereid.inference.RequestOptions;

/** Correlation ids, sequence flags and timeouts as fields of messages. Stateless. */
public final class SequenceIds {
    private static final int NUMBER = 0;
    private static final int TEXT = 1;
    private static final int START = 1;
    private static final int END = 2;

    private SequenceIds() {}

    /** Writes a correlation id, the flags and the timeout. */
    public static void write(FrameWriter out, RequestOptions options) {
        writeId(out, options.sequenceId());
        out.u32((options.sequenceStart() ? START : 0) | (options.sequenceEnd() ? END : 0));
        out.u64(options.timeoutMicros());
    }

    private static void writeId(FrameWriter out, CorrelationId id) {
        switch (id) {
            case CorrelationId.NumberId(long number) -> out.u8(NUMBER).u64(number);
            case CorrelationId.ServerId(long number) -> out.u8(NUMBER).u64(number);
            case CorrelationId.TextId(String text) -> out.u8(TEXT).str(text);
        }
    }

    /** Reads what {@link #write} writes. */
    public static RequestOptions read(FrameReader in) throws MalformedFrameException {
        int kind = in.u8();
        CorrelationId id = switch (kind) {
            case NUMBER -> CorrelationId.of(in.i64());
            case TEXT -> CorrelationId.of(in.str());
            default -> throw new MalformedFrameException("a correlation id of kind " + kind);
        };
        int flags = in.i32();
        return new RequestOptions(0, in.i64(), id, (flags & START) != 0, (flags & END) != 0);
    }
}
