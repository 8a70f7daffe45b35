package gourmetgram.http;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;

/** A file of the class path, read once, that browsers need not fetch again while it is the same. Thread-safe. */
public final class StaticFile implements Handler {
    private static final Map<String, String> TYPES = Map.of("html", "text/html; charset=utf-8", "css",
            "text/css; charset=utf-8", "js", "text/javascript; charset=utf-8", "json", "application/json", "png",
            "image/png", "svg", "image/svg+xml");

    private final byte[] content;
    private final String tag;
    private final Map<String, String> headers;

    private StaticFile(String name, byte[] content, String policy) {
        this.content = content;
        this.tag = '"' + digest(content) + '"';
        this.headers = Map.of("Content-Type", TYPES.getOrDefault(name.substring(name.lastIndexOf('.') + 1),
                "application/octet-stream"), "Cache-Control", "no-cache", "ETag", tag, "Content-Security-Policy",
                policy);
    }

    /**
     * The file of that absolute name.
     *
     * @param policy the content security policy that a page of it gets
     * @throws IllegalStateException if it is not there: the build is not whole
     */
    public static StaticFile of(String name, String policy) {
        try (InputStream file = StaticFile.class.getResourceAsStream(name)) {
            if (file == null) {
                throw new IllegalStateException("the class path has no " + name);
            }
            return new StaticFile(name, file.readAllBytes(), policy);
        } catch (IOException e) {
            throw new IllegalStateException(name + " of the class path cannot be read", e);
        }
    }

    private static String digest(byte[] content) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
            return HexFormat.of().formatHex(digest, 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }

    @Override
    public Reply answer(Request request) {
        boolean known = tag.equals(request.header("If-None-Match"));
        return new Reply(known ? 304 : 200, headers, known ? new byte[0] : content);
    }
}
