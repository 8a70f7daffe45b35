package io.nereid.perf.request;

import io.nereid.perf.client.SequenceMark;

import java.nio.ByteBuffer;

/** A text of JSON or a message of protobuf that says of which sequence a request is, with room for every sequence. */
final class SequencePlaces {
    /** As many digits as the largest id has, after blanks, which JSON passes over. */
    private static final int DIGITS = 19;
    /** As many bytes as the largest number of protobuf has, which may have leading zeros. */
    private static final int VARINT_BYTES = 10;
    private static final int SEVEN_BITS = 0x7f;
    private static final int CONTINUED = 0x80;

    private SequencePlaces() {}

    /** The value of {@code parameters} in a request over HTTP. */
    static final String JSON = "{\"sequence_id\":" + " ".repeat(DIGITS) + ",\"sequence_start\":false,"
            + "\"sequence_end\":false}";

    /** Where the parts of that text are filled in, from where it begins in the request. */
    static SequenceMark json(int begin) {
        int id = begin + JSON.indexOf(':') + 1;
        int start = begin + JSON.indexOf("false");
        int end = begin + JSON.lastIndexOf("false");
        return (request, sequence, first, last) -> {
            ascii(request, id, " ".repeat(DIGITS - Long.toString(sequence).length()) + sequence);
            ascii(request, start, first ? "true " : "false");
            ascii(request, end, last ? "true " : "false");
        };
    }

    private static void ascii(ByteBuffer request, int at, String text) {
        for (int i = 0; i < text.length(); i++) {
            request.put(at + i, (byte) text.charAt(i));
        }
    }

    /** Where the numbers are filled in: ten bytes for the id, one for each flag. */
    static SequenceMark protobuf(int id, int start, int end) {
        return (request, sequence, first, last) -> {
            long rest = sequence;
            for (int i = 0; i < VARINT_BYTES; i++, rest >>>= 7) {
                int more = i < VARINT_BYTES - 1 ? CONTINUED : 0;
                request.put(id + i, (byte) ((rest & SEVEN_BITS) | more));
            }
            request.put(start, (byte) (first ? 1 : 0));
            request.put(end, (byte) (last ? 1 : 0));
        };
    }
}
