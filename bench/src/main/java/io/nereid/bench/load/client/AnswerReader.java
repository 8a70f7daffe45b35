package io.nereid.bench.load.client;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads answers with a Content-Length off a connection and throws their bodies away. Used by one thread at a time. */
final class AnswerReader {
    /** Where bytes come from; blocks until there is at least one. */
    @FunctionalInterface
    interface Source {
        /** As {@link java.io.InputStream#read(byte[], int, int)}. */
        int read(byte[] into, int offset, int length) throws IOException;
    }

    /**
     * An answer.
     *
     * @param status of HTTP
     * @param kept whether the connection takes another request
     */
    record Answer(int status, boolean kept) {}

    private static final int BUFFER_BYTES = 16 * 1024;
    private static final Pattern LENGTH = Pattern.compile("\r\ncontent-length: *([0-9]+)\r\n");

    private final byte[] buffer = new byte[BUFFER_BYTES];
    private final Source source;
    private int filled;

    AnswerReader(Source source) {
        this.source = source;
    }

    /** Blocks until a whole answer is there. */
    Answer read() throws IOException {
        int headEnd = readHead();
        String head = new String(buffer, 0, headEnd, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
        Matcher length = LENGTH.matcher(head);
        if (!head.startsWith("http/1.1 ") || !length.find()) {
            throw new IOException("an answer without a Content-Length: " + head.lines().findFirst().orElse(""));
        }
        int status = Integer.parseInt(head, "http/1.1 ".length(), "http/1.1 200".length(), 10);
        skip(Long.parseLong(length.group(1)) - (filled - headEnd));
        filled = 0;
        return new Answer(status, !head.contains("\r\nconnection: close\r\n"));
    }

    /** The number of bytes of the head, the empty line included. */
    private int readHead() throws IOException {
        int searched = 0;
        while (true) {
            for (; searched + 4 <= filled; searched++) {
                if (buffer[searched] == '\r' && buffer[searched + 1] == '\n' && buffer[searched + 2] == '\r'
                        && buffer[searched + 3] == '\n') {
                    return searched + 4;
                }
            }
            if (filled == buffer.length) {
                throw new IOException("the head of an answer exceeds " + buffer.length + " bytes");
            }
            filled += receive(filled, buffer.length - filled);
        }
    }

    private void skip(long bytes) throws IOException {
        if (bytes < 0) {
            throw new IOException("more came than the answer's Content-Length says");
        }
        for (long left = bytes; left > 0;) {
            left -= receive(0, (int) Math.min(left, buffer.length));
        }
    }

    private int receive(int offset, int length) throws IOException {
        int count = source.read(buffer, offset, length);
        if (count < 0) {
            throw new EOFException("the server closed the connection");
        }
        return count;
    }
}
