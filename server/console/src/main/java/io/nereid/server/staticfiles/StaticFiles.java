package io.nereid.server.staticfiles;

import io.nereid.inference.InferenceException;
import io.nereid.server.http.ErrorReply;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpHandler;
import io.nereid.server.http.connection.HttpReply;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The files of one folder of the class path. Answers GET and HEAD, with an ETag and 304 where the client has the file
 * already, and with what a browser may do with it. Thread-safe; what is in the folder stays in memory once it was asked
 * for.
 */
public final class StaticFiles {
    private static final Logger LOG = LoggerFactory.getLogger(StaticFiles.class);
    private static final int MAX_NAME_CHARS = 200;
    /** Names and folders, none of which begins with a dot. */
    private static final Pattern NAME = Pattern.compile("(?:\\w[\\w-]*/)*\\w[\\w.-]*\\.(?<type>[a-z0-9]+)");
    private static final Map<String, String> TYPES = Map.of("html", "text/html; charset=utf-8", "css",
            "text/css; charset=utf-8", "js", "text/javascript; charset=utf-8", "json", "application/json", "svg",
            "image/svg+xml", "png", "image/png", "ico", "image/x-icon", "txt", "text/plain; charset=utf-8");

    private final Class<?> owner;
    private final String folder;
    private final List<HttpReply.Header> headers;
    private final Map<String, StaticFile> read = new ConcurrentHashMap<>();

    /**
     * The files of a folder.
     *
     * @param owner the class beside which the folder is; one that begins with a slash is found from the root
     * @param folder its name, without a slash at the end
     * @param contentSecurityPolicy what pages may load and do
     */
    public StaticFiles(Class<?> owner, String folder, String contentSecurityPolicy) {
        this.owner = owner;
        this.folder = folder;
        this.headers = List.of(new HttpReply.Header("Content-Security-Policy", contentSecurityPolicy),
                new HttpReply.Header("X-Content-Type-Options", "nosniff"),
                new HttpReply.Header("Referrer-Policy", "no-referrer"),
                new HttpReply.Header("Cache-Control", "no-cache")); // kept, and asked for again by its tag
    }

    /** What answers requests for the file of that name, which a client may have sent; 404 where there is none. */
    public HttpHandler file(String name) {
        return exchange -> handle(exchange, name);
    }

    private void handle(HttpExchange exchange, String name) {
        exchange.body().release();
        if (!exchange.method().equals(HttpMethod.GET) && !exchange.method().equals(HttpMethod.HEAD)) {
            exchange.reply(ErrorReply.of(exchange, HttpResponseStatus.METHOD_NOT_ALLOWED, "Method Not Allowed")
                    .withHeader(new HttpReply.Header("Allow", "GET, HEAD")));
            return;
        }
        StaticFile known = read.get(name);
        if (known == null) {
            Thread.ofVirtual().name("static-file").start(() -> exchange.reply(readAndAnswer(exchange, name)));
        } else {
            exchange.reply(answer(exchange, known));
        }
    }

    /** A border: whatever goes wrong is an answer too, for there is nobody else who would give one. */
    private HttpReply readAndAnswer(HttpExchange exchange, String name) {
        try {
            StaticFile file = read(name);
            if (file == null) {
                return ErrorReply.of(exchange, HttpResponseStatus.NOT_FOUND, "Not Found");
            }
            read.put(name, file);
            return answer(exchange, file);
        } catch (IOException | RuntimeException | Error e) {
            LOG.error("{}/{} could not be read", folder, name, e);
            return ErrorReply.of(exchange, InferenceException.ofInternalError(e));
        }
    }

    private @Nullable StaticFile read(String name) throws IOException {
        Matcher parts = NAME.matcher(name);
        String type = name.length() <= MAX_NAME_CHARS && parts.matches() ? TYPES.get(parts.group("type")) : null;
        if (type == null) {
            return null;
        }
        try (InputStream content = owner.getResourceAsStream(folder + "/" + name)) {
            return content == null ? null : StaticFile.of(type, content.readAllBytes());
        }
    }

    private HttpReply answer(HttpExchange exchange, StaticFile file) {
        HttpReply reply = isKnown(exchange, file)
                ? HttpReply.empty(HttpResponseStatus.NOT_MODIFIED, file.contentType())
                : HttpReply.of(HttpResponseStatus.OK, file.contentType(), Unpooled.wrappedBuffer(file.content()));
        for (HttpReply.Header header : headers) {
            reply = reply.withHeader(header);
        }
        return reply.withHeader(new HttpReply.Header("ETag", file.tag()));
    }

    private static boolean isKnown(HttpExchange exchange, StaticFile file) {
        String tags = exchange.headers().get(HttpHeaderNames.IF_NONE_MATCH);
        return tags != null && (tags.contains(file.tag()) || tags.strip().equals("*"));
    }
}
