package gourmetgram.v2;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a server is.
 *
 * @param scheme {@code http} or {@code https}
 * @param host a name, which in a network of containers may have an underscore, or an address
 */
public record ServerAddress(String scheme, String host, int port) {
    private static final Pattern WRITTEN = Pattern.compile("(?:(https?)://)?([^/:\\[\\]]+|\\[[0-9a-fA-F:.]+])"
            + "(?::(\\d{1,5}))?/?");
    private static final int MAX_PORT = 65_535;

    /**
     * Reads {@code host:port} or {@code http://host:port}.
     *
     * @throws IllegalArgumentException in a sentence, if it is neither
     */
    public static ServerAddress parse(String text, int defaultPort) {
        Matcher matched = WRITTEN.matcher(text);
        if (!matched.matches()) {
            throw wrong(text);
        }
        String scheme = matched.group(1) == null ? "http" : matched.group(1);
        int port = matched.group(3) == null ? defaultPort : Integer.parseInt(matched.group(3));
        if (port < 1 || port > MAX_PORT) {
            throw wrong(text);
        }
        return new ServerAddress(scheme, matched.group(2), port);
    }

    private static IllegalArgumentException wrong(String text) {
        return new IllegalArgumentException("got '" + text + "' (expected HOST:PORT or http://HOST:PORT)");
    }

    /**
     * The address of a path there. A name that no URI may have, as one with an underscore, is looked up here.
     *
     * @throws IOException if such a name is unknown
     */
    public URI uri(String path) throws IOException {
        try {
            return new URI(scheme + "://" + (isUriHost() ? host : lookedUp()) + ":" + port + path);
        } catch (URISyntaxException e) {
            throw new IOException("no address: " + e.getMessage(), e);
        }
    }

    /** Whether a URI may have this name. */
    boolean isUriHost() {
        try {
            return new URI("http://" + host).getHost() != null;
        } catch (URISyntaxException _) {
            return false;
        }
    }

    private String lookedUp() throws IOException {
        InetAddress found = InetAddress.getByName(host);
        return found instanceof Inet6Address ? "[" + found.getHostAddress() + "]" : found.getHostAddress();
    }

    /** For a connection, looked up now. */
    InetSocketAddress socketAddress() {
        return new InetSocketAddress(host, port);
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
