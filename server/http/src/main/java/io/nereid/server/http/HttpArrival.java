package io.nereid.server.http;

import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.observation.Arrival;
import io.nereid.server.observation.Protocol;
import org.jspecify.annotations.Nullable;

/** An inference request as it came by HTTP. To be read while the exchange's body is there. */
record HttpArrival(HttpExchange exchange, long endNanos) implements Arrival {
    @Override
    public Protocol protocol() {
        return Protocol.HTTP;
    }

    /** The end where observing began in the middle of the request. */
    @Override
    public long startNanos() {
        return exchange.arrivalNanos() == 0 ? endNanos : exchange.arrivalNanos();
    }

    @Override
    public String client() {
        return exchange.clientAddress();
    }

    @Override
    public long bytes() {
        return exchange.body().segment().byteSize();
    }

    @Override
    public @Nullable String header(String name) {
        return exchange.headers().get(name);
    }
}
