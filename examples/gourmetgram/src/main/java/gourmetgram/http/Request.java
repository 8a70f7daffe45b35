package gourmetgram.http;

import com.sun.net.httpserver.HttpExchange;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;

/** A request. What has come of its body is counted until it is closed. Used by one thread. */
public final class Request implements AutoCloseable {
    /** The longest body that is taken. */
    public static final int MAX_BODY_BYTES = 16 << 20;

    /** So much of a body that is refused is read and dropped: a client reads the answer when it has sent all. */
    private static final long DROPPED_BYTES = 4L * MAX_BODY_BYTES;
    private static final int DROPPED_AT_ONCE = 1 << 16;

    private final HttpExchange exchange;
    private final BodyReader reader;

    Request(HttpExchange exchange, BodyBudget budget) {
        this.exchange = exchange;
        reader = new BodyReader(budget);
    }

    /** The first value of a header; null without it. */
    public @Nullable String header(String name) {
        return exchange.getRequestHeaders().getFirst(name);
    }

    /**
     * The whole body, read once.
     *
     * @param most how many bytes it may have, {@link #MAX_BODY_BYTES} or less
     * @throws HttpError 413 if it is longer, 503 if other requests hold too much when a piece of it comes
     * @throws IOException if the client ends before the body does
     */
    public byte[] body(int most) throws HttpError, IOException {
        long announced = announcedBytes();
        if (announced > most) {
            throw HttpError.tooLarge(announced + " bytes", most);
        }
        return reader.read(exchange.getRequestBody(), most);
    }

    /** 0 for a body whose length is not known before its end. */
    private long announcedBytes() {
        String length = header("Content-Length");
        return length == null ? 0 : Long.parseLong(length); // the web server refuses what is no number
    }

    /**
     * Gives back what the body held, and reads what is left of it.
     *
     * @throws IOException if the client has gone
     */
    @Override
    public void close() throws IOException {
        reader.close();
        InputStream rest = exchange.getRequestBody();
        byte[] dropped = new byte[DROPPED_AT_ONCE];
        long left = DROPPED_BYTES;
        for (int read = rest.read(dropped); read >= 0 && left > 0; read = rest.read(dropped)) {
            left -= read;
        }
    }
}
