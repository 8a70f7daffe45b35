package io.nereid.perf.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/**
 * Reads one answer after the other, in the pieces in which they come: the status, how long the body is, and the
 * beginning of the body of an error. Not thread-safe.
 */
final class HttpAnswer {
    private static final int MAX_HEAD_BYTES = 16 * 1024;
    private static final int MAX_TEXT_BYTES = 4096;
    private static final byte[] LENGTH = "\ncontent-length:".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] CLOSE = "\nconnection: close".getBytes(StandardCharsets.US_ASCII);

    private byte[] head = new byte[1024];
    private int headBytes;
    private boolean inBody;
    private int status;
    private boolean kept;
    private long bodyLeft;
    private byte[] text = {};
    private int textBytes;
    private final ErrorText.Remembered errorText = new ErrorText.Remembered();

    /** Another answer is awaited. */
    void begin() {
        headBytes = 0;
        textBytes = 0;
        inBody = false;
    }

    /**
     * Reads what came.
     *
     * @return whether the answer is complete
     * @throws IOException if this is no answer that can be read
     */
    boolean read(ByteBuffer bytes) throws IOException {
        if (!inBody && !readHead(bytes)) {
            return false;
        }
        readBody(bytes);
        return bodyLeft == 0;
    }

    /** The status of a complete answer. */
    int status() {
        return status;
    }

    /** Whether the connection takes another request. */
    boolean isKept() {
        return kept;
    }

    /** What a complete answer says of an error, on one line. */
    String errorText() {
        return errorText.of(status, text, textBytes);
    }

    /** Whether the head is complete; the buffer is then at the body. */
    private boolean readHead(ByteBuffer bytes) throws IOException {
        int before = headBytes;
        int start = bytes.position();
        int count = Math.min(bytes.remaining(), MAX_HEAD_BYTES - before);
        if (before + count > head.length) {
            head = Arrays.copyOf(head, MAX_HEAD_BYTES);
        }
        bytes.get(head, before, count);
        headBytes += count;
        int end = end(Math.max(0, before - 3));
        if (end >= 0) {
            bytes.position(start + end - before);
            headBytes = end;
            parseHead();
            inBody = true;
            return true;
        }
        if (headBytes == MAX_HEAD_BYTES) {
            throw new IOException("the head of an answer exceeds " + MAX_HEAD_BYTES + " bytes");
        }
        return false;
    }

    private int end(int from) {
        for (int i = from; i + 4 <= headBytes; i++) {
            if (head[i] == '\r' && head[i + 1] == '\n' && head[i + 2] == '\r' && head[i + 3] == '\n') {
                return i + 4;
            }
        }
        return -1;
    }

    private void parseHead() throws IOException {
        if (headBytes < 16 || head[0] != 'H' || head[5] != '1' || head[8] != ' ') {
            throw new IOException("no answer of HTTP/1.1: " + firstLine());
        }
        status = 100 * digit(9) + 10 * digit(10) + digit(11);
        int length = valueOf(LENGTH);
        if (length < 0) {
            throw new IOException("an answer without a Content-Length, which is needed here: " + firstLine());
        }
        bodyLeft = 0;
        for (int i = length; head[i] != '\r'; i++) {
            if (head[i] != ' ') {
                bodyLeft = Math.addExact(Math.multiplyExact(bodyLeft, 10), digit(i));
            }
        }
        kept = head[7] == '1' && valueOf(CLOSE) < 0;
    }

    private int digit(int index) throws IOException {
        int digit = head[index] - '0';
        if (digit < 0 || digit > 9) {
            throw new IOException("not a number in the head of an answer: " + firstLine());
        }
        return digit;
    }

    /** Where the head goes on behind that text, in lower or upper case; -1 where it is not. */
    private int valueOf(byte[] name) {
        for (int i = 12; i + name.length < headBytes; i++) {
            if (head[i] == '\n' && isAt(i, name)) {
                return i + name.length;
            }
        }
        return -1;
    }

    private boolean isAt(int index, byte[] name) {
        for (int i = 1; i < name.length; i++) {
            int letter = head[index + i];
            if ((letter >= 'A' && letter <= 'Z' ? letter + 32 : letter) != name[i]) {
                return false;
            }
        }
        return true;
    }

    private void readBody(ByteBuffer bytes) throws IOException {
        if (bytes.remaining() > bodyLeft) {
            throw new IOException("more came than the answer's Content-Length says");
        }
        bodyLeft -= bytes.remaining();
        if (status != 200) {
            if (text.length == 0) {
                text = new byte[MAX_TEXT_BYTES];
            }
            int count = Math.min(bytes.remaining(), MAX_TEXT_BYTES - textBytes);
            bytes.get(text, textBytes, count);
            textBytes += count;
        }
    }

    private String firstLine() {
        String all = new String(head, 0, Math.min(headBytes, 80), StandardCharsets.ISO_8859_1);
        return all.lines().findFirst().orElse("").toLowerCase(Locale.ROOT);
    }
}
