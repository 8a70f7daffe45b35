package gourmetgram.http;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Answers HTTP on one port until it is closed, each request on a virtual thread of its own. */
public final class WebServer implements AutoCloseable {
    private static final int BUDGET_BYTES = 4 * Request.MAX_BODY_BYTES;
    private static final int SECONDS_TO_END = 2;
    private static final int NO_BODY = -1;

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Routes routes;
    private final BodyBudget budget = new BodyBudget(BUDGET_BYTES);

    private WebServer(HttpServer server, Routes routes) {
        this.server = server;
        this.routes = routes;
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    /**
     * Listens and answers.
     *
     * @param address with port 0 for any that is free
     * @throws IOException in a sentence, if the port cannot be had
     */
    public static WebServer start(InetSocketAddress address, Routes routes) throws IOException {
        JdkLimits.set();
        try {
            return new WebServer(HttpServer.create(address, 0), routes);
        } catch (BindException e) {
            throw new IOException("cannot listen on " + address.getHostString() + ":" + address.getPort() + " ("
                    + e.getMessage() + "); --port=NUMBER takes another port", e);
        }
    }

    /** The port that it listens on. */
    public int port() {
        return server.getAddress().getPort();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange; Request request = new Request(exchange, budget)) {
            String path = exchange.getRequestURI().getPath();
            send(exchange, answer(exchange.getRequestMethod(), path, request));
        }
    }

    private Reply answer(String method, String path, Request request) throws IOException {
        try {
            return routes.find(method, path).answer(request);
        } catch (HttpError e) {
            Reply reply = Reply.error(e.status(), e.text());
            return switch (e.status()) {
                case 405 -> reply.with("Allow", routes.allowed(path));
                case 503 -> reply.with("Retry-After", "1");
                default -> reply;
            };
        } catch (InferenceException e) {
            return Reply.error(status(e.code()), e.text());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return Reply.error(503, "the service is being stopped");
        } catch (RuntimeException | OutOfMemoryError e) {
            System.err.println(method + " " + path + " failed:");
            e.printStackTrace();
            return Reply.error(500, "an error in the service itself; its log has more");
        }
    }

    private static int status(ErrorCode code) {
        return switch (code) {
            case INVALID_ARG -> 400;
            case UNAVAILABLE, CANCELLED -> 503;
            case NOT_FOUND, UNSUPPORTED -> 502; // of the model behind the service, not of the address that was asked
            default -> 500;
        };
    }

    private static void send(HttpExchange exchange, Reply reply) throws IOException {
        Headers headers = exchange.getResponseHeaders();
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set("Referrer-Policy", "no-referrer");
        reply.headers().forEach(headers::set);
        boolean hasBody = reply.body().length > 0 && !exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(reply.status(), hasBody ? reply.body().length : NO_BODY);
        if (hasBody) {
            exchange.getResponseBody().write(reply.body());
        }
    }

    /** Accepts nothing more, and lets what is under way have a moment. */
    @Override
    public void close() {
        server.stop(SECONDS_TO_END);
        threads.shutdownNow();
    }
}
