package gourmetgram.http;

import java.util.Map;
import java.util.TreeMap;

/** Which handler answers which method at which path; paths are exact. Immutable once a server has it. */
public final class Routes {
    private final Map<String, Map<String, Handler>> handlers = new TreeMap<>();

    /** Adds a handler. That of GET answers HEAD too. */
    public Routes add(String method, String path, Handler handler) {
        handlers.computeIfAbsent(path, _ -> new TreeMap<>()).put(method, handler);
        return this;
    }

    /**
     * The handler of a request.
     *
     * @throws HttpError 404 or 405
     */
    Handler find(String method, String path) throws HttpError {
        Map<String, Handler> methods = handlers.get(path);
        if (methods == null) {
            throw new HttpError(404, "nothing is here (there are: " + String.join(", ", handlers.keySet()) + ")");
        }
        Handler handler = methods.get(method.equals("HEAD") ? "GET" : method);
        if (handler == null) {
            throw new HttpError(405, "got " + method + " (expected " + allowed(path) + ")");
        }
        return handler;
    }

    /** The methods at a path, as the header {@code Allow} lists them; empty where nothing is. */
    String allowed(String path) {
        return String.join(", ", handlers.getOrDefault(path, Map.of()).keySet());
    }
}
