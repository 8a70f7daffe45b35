package io.nereid.modelrepo.objectstore;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import static java.nio.charset.StandardCharsets.UTF_8;

/** An object store on loopback: what its kinds have in common. Small pages, so that listings have several. */
abstract class ObjectServer implements AutoCloseable {
    static final String BUCKET = "models-bucket";
    private static final int PAGE = 3;

    /** @param generation another one for each content */
    record Stored(String content, long generation) {}

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<String, Stored> objects = new ConcurrentSkipListMap<>();
    private final AtomicInteger generations = new AtomicInteger();
    /** What was asked, as {@code GET /path?query}. */
    final List<String> requests = new CopyOnWriteArrayList<>();
    /** The Authorization headers. */
    final List<String> authorizations = new CopyOnWriteArrayList<>();
    /** Receives the key of each object before it is sent. */
    volatile Consumer<String> beforeDownload = _ -> {
    };
    /** How many of the next requests are answered 503. */
    final AtomicInteger failures = new AtomicInteger();
    /** What the next request is answered in place of its answer; 0 for none. */
    final AtomicInteger status = new AtomicInteger();

    ObjectServer() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    String authority() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    void put(String key, String content) {
        objects.put(key, new Stored(content, generations.incrementAndGet()));
    }

    void remove(String key) {
        objects.remove(key);
    }

    Map<String, Stored> objects() {
        return objects;
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
            String authorization = exchange.getRequestHeaders().getFirst("Authorization");
            authorizations.add(authorization == null ? "" : authorization);
            if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                exchange.sendResponseHeaders(503, -1);
                return;
            }
            answer(exchange, query(exchange.getRequestURI().getRawQuery()));
        }
    }

    abstract void answer(HttpExchange exchange, Map<String, String> query) throws IOException;

    static void send(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private static Map<String, String> query(String raw) {
        Map<String, String> query = new LinkedHashMap<>();
        for (String pair : raw == null ? new String[0] : raw.split("&", -1)) {
            int equals = pair.indexOf('=');
            query.put(equals < 0 ? pair : pair.substring(0, equals),
                    equals < 0 ? "" : URLDecoder.decode(pair.substring(equals + 1), UTF_8));
        }
        return query;
    }

    /** @param next what the next page begins behind; empty on the last */
    record Page(Map<String, Stored> items, List<String> prefixes, String next) {}

    Page page(String prefix, String delimiter, String after) {
        TreeSet<String> names = new TreeSet<>();
        for (String key : objects.keySet()) {
            if (key.startsWith(prefix)) {
                int end = delimiter.isEmpty() ? -1 : key.indexOf(delimiter, prefix.length());
                names.add(end < 0 ? key : key.substring(0, end + 1));
            }
        }
        List<String> behind = new ArrayList<>(after.isEmpty() ? names : names.tailSet(after, false));
        List<String> shown = behind.subList(0, Math.min(PAGE, behind.size()));
        Map<String, Stored> items = new TreeMap<>();
        List<String> prefixes = new ArrayList<>();
        for (String name : shown) {
            Stored stored = objects.get(name);
            boolean folder = !delimiter.isEmpty() && name.length() > prefix.length() && name.endsWith(delimiter);
            if (folder) {
                prefixes.add(name);
            } else if (stored != null) {
                items.put(name, stored);
            }
        }
        return new Page(items, prefixes, behind.size() > PAGE ? shown.getLast() : "");
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
