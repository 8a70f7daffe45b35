package io.nereid.perf.http;

import io.nereid.perf.call.CallException;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** An answer to a question, all of it in memory. */
final class WholeAnswer {
    private static final int MAX_BYTES = 64 << 20;

    private final int status;
    private final byte[] body;

    private WholeAnswer(int status, byte[] body) {
        this.status = status;
        this.body = body;
    }

    /**
     * What was asked for.
     *
     * @throws CallException with the server's status and text if it is an error
     */
    byte[] goodBody() throws CallException {
        if (status != 200) {
            throw new CallException(ErrorText.of(status, body));
        }
        return body;
    }

    /** Reads the answer on a connection on which nothing else comes. */
    static WholeAnswer read(InputStream in) throws IOException {
        String first = line(in);
        if (!first.matches("HTTP/1\\.[01] [0-9]{3}( .*)?")) {
            throw new IOException("no HTTP server there: it answers '" + first + "'");
        }
        long length = MAX_BYTES;
        boolean chunked = false;
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            String header = line.toLowerCase(Locale.ROOT);
            if (header.startsWith("content-length:")) {
                length = Math.min(MAX_BYTES, Long.parseLong(header.substring("content-length:".length()).strip()));
            }
            chunked |= header.startsWith("transfer-encoding:") && header.contains("chunked");
        }
        return new WholeAnswer(Integer.parseInt(first.substring(9, 12)),
                chunked ? chunks(in) : in.readNBytes((int) length));
    }

    private static byte[] chunks(InputStream in) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            int length = Integer.parseInt(line(in).replaceAll(";.*", "").strip(), 16);
            if (length == 0) {
                return body.toByteArray();
            }
            if (body.size() + (long) length > MAX_BYTES) {
                throw new IOException("an answer of more than " + MAX_BYTES + " bytes");
            }
            body.write(in.readNBytes(length));
            line(in);
        }
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int octet = in.read(); octet != '\n'; octet = in.read()) {
            if (octet < 0) {
                throw new EOFException("the server closed the connection");
            }
            if (octet != '\r') {
                line.write(octet);
            }
            if (line.size() > 1 << 16) {
                throw new IOException("a line of more than 64 KB in the head of an answer");
            }
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }
}
