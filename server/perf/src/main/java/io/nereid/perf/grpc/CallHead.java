package io.nereid.perf.grpc;

import io.nereid.perf.client.Failure;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What a block of headers of the server says of a call: its beginning, its end, or both.
 *
 * @param httpStatus 0 where it is not in the block
 * @param grpcStatus -1 where it is not in the block
 * @param message of an error
 */
record CallHead(int httpStatus, int grpcStatus, String message) {
    private static final int OK = 200;
    private static final int STATIC_ENTRIES = 61;
    /** Of HPACK's static table: {@code :status}, with each of these values, begins there. */
    private static final int STATUS_INDEX = 8;
    private static final List<Integer> STATUSES = List.of(200, 204, 206, 304, 400, 404, 500);
    private static final List<String> CODES = List.of("OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT",
            "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED",
            "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS",
            "UNAUTHENTICATED");

    /** Whether the call goes well up to here. */
    boolean isGood() {
        return (httpStatus == OK || httpStatus == 0) && grpcStatus <= 0;
    }

    /** What went wrong. */
    Failure failure() {
        String code = grpcStatus < 0 ? "HTTP " + httpStatus
                : grpcStatus < CODES.size() ? CODES.get(grpcStatus) : "gRPC status " + grpcStatus;
        return new Failure.Refused(code, message.isEmpty() ? code : code + ": " + message);
    }

    /**
     * Reads a whole block of HPACK, without a table of earlier headers: the connection asked the server for none.
     *
     * @throws IOException where it cannot be read
     */
    static CallHead read(ByteBuffer block) throws IOException {
        Reader reader = new Reader(block);
        while (block.hasRemaining()) {
            reader.readField();
        }
        return new CallHead(reader.httpStatus, reader.grpcStatus, reader.message);
    }

    /** Reads field by field. */
    private static final class Reader {
        private final ByteBuffer block;
        private int httpStatus;
        private int grpcStatus = -1;
        private String message = "";

        Reader(ByteBuffer block) {
            this.block = block;
        }

        void readField() throws IOException {
            int first = block.get() & 0xff;
            if ((first & 0x80) != 0) {
                indexed(readInteger(first, 7));
            } else if ((first & 0xe0) == 0x20) {
                readInteger(first, 5); // how large the table may be from now on
            } else {
                boolean kept = (first & 0x40) != 0;
                literal(readInteger(first, kept ? 6 : 4));
            }
        }

        private void indexed(int index) throws IOException {
            int status = checked(index) - STATUS_INDEX;
            if (status >= 0 && status < STATUSES.size()) {
                httpStatus = STATUSES.get(status);
            }
        }

        private static int checked(int index) throws IOException {
            if (index > STATIC_ENTRIES) {
                throw new IOException("the server uses a table of headers, which it was asked not to");
            }
            return index;
        }

        private void literal(int nameIndex) throws IOException {
            @Nullable
            String name = checked(nameIndex) == 0 ? readText() : null;
            String value = readText();
            if (nameIndex >= STATUS_INDEX && nameIndex < STATUS_INDEX + STATUSES.size()) {
                httpStatus = number(value);
            } else if ("grpc-status".equals(name)) {
                grpcStatus = number(value);
            } else if ("grpc-message".equals(name)) {
                message = URLDecoder.decode(value.replace("+", "%2B"), StandardCharsets.UTF_8);
            }
        }

        private static int number(String value) throws IOException {
            if (!value.matches("[0-9]{1,4}")) {
                throw new IOException("a status of the server: got '" + value + "' (expected a number)");
            }
            return Integer.parseInt(value);
        }

        private String readText() throws IOException {
            int first = next();
            int length = readInteger(first, 7);
            if (length > block.remaining()) {
                throw new IOException("the headers of an answer end in the middle of a text");
            }
            ByteBuffer text = block.slice(block.position(), length);
            block.position(block.position() + length);
            return (first & 0x80) != 0 ? Huffman.read(text) : StandardCharsets.UTF_8.decode(text).toString();
        }

        private int readInteger(int first, int prefixBits) throws IOException {
            int max = (1 << prefixBits) - 1;
            int value = first & max;
            if (value < max) {
                return value;
            }
            for (int shift = 0; shift < 28; shift += 7) {
                int octet = next();
                value += (octet & 0x7f) << shift;
                if ((octet & 0x80) == 0) {
                    return value;
                }
            }
            throw new IOException("a number in the headers of an answer is too large");
        }

        private int next() throws IOException {
            if (!block.hasRemaining()) {
                throw new IOException("the headers of an answer end too early");
            }
            return block.get() & 0xff;
        }
    }
}
