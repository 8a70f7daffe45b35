package gourmetgram.http;

import com.sun.net.httpserver.HttpExchange;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;

/** A request. What its body holds is counted until it is closed. Used by one thread. */
public final class Request implements AutoCloseable {
    /** The longest body that is taken. */
    public static final int MAX_BODY_BYTES = 16 << 20;

    /** So much of a body that is refused is read and dropped: a client reads the answer when it has sent all. */
    private static final long DROPPED_BYTES = 4L * MAX_BODY_BYTES;
    private static final int DROPPED_AT_ONCE = 1 << 16;

    private final HttpExchange exchange;
    private final BodyBudget budget;
    private int held;

    Request(HttpExchange exchange, BodyBudget budget) {
        this.exchange = exchange;
        this.budget = budget;
    }

    /** The first value of a header; null without it. */
    public @Nullable String header(String name) {
        return exchange.getRequestHeaders().getFirst(name);
    }

    /**
     * The whole body, read once.
     *
     * @param most how many bytes it may have, {@link #MAX_BODY_BYTES} or less
     * @throws HttpError 413 if it is longer, 503 if other requests hold too much now
     * @throws IOException if the client ends before the body does
     */
    public byte[] body(int most) throws HttpError, IOException {
        long announced = announcedBytes();
        if (announced > most) {
            throw tooLarge(announced + " bytes", most);
        }
        held = announced < 0 ? most : (int) announced;
        if (!budget.tryTake(held)) {
            held = 0;
            throw new HttpError(503, "other requests hold all the memory there is for bodies; try again");
        }
        byte[] body = exchange.getRequestBody().readNBytes(most + 1);
        if (body.length > most) {
            throw tooLarge("more", most);
        }
        return body;
    }

    /** -1 for a body whose length is not known before its end. */
    private long announcedBytes() {
        String length = header("Content-Length");
        if (length != null) {
            return Long.parseLong(length); // the web server has read it too, and refuses what is no number
        }
        return header("Transfer-Encoding") == null ? 0 : -1;
    }

    private static HttpError tooLarge(String got, int most) {
        return new HttpError(413, "body: got " + got + " (expected at most " + most + " bytes)");
    }

    /**
     * Gives back what the body held, and reads what is left of it.
     *
     * @throws IOException if the client has gone
     */
    @Override
    public void close() throws IOException {
        budget.giveBack(held);
        held = 0;
        InputStream rest = exchange.getRequestBody();
        byte[] dropped = new byte[DROPPED_AT_ONCE];
        long left = DROPPED_BYTES;
        for (int read = rest.read(dropped); read >= 0 && left > 0; read = rest.read(dropped)) {
            left -= read;
        }
    }
}
