package io.nereid.server;

import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * The HTTP front end.
 *
 * @param enabled whether there is one at all; an embedding program may do without
 * @param address host name or IP address to listen on
 * @param port port to listen on; 0 lets the system choose one
 * @param reusePort let several processes listen on the same port (SO_REUSEPORT)
 * @param threads event-loop threads
 * @param headerForwardPattern request headers whose name contains a match become request parameters; empty for none.
 *        A {@link Pattern}, matched without regard to case
 * @param limits what one connection may ask of the server
 */
public record HttpConfig(
        boolean enabled,
        String address,
        int port,
        boolean reusePort,
        int threads,
        String headerForwardPattern,
        HttpLimits limits) {

    /**
     * Triton starts eight event threads; here it is eight but never more than there are processors by default: the
     * threads never block, so more of them than processors only cost memory and switches.
     */
    public static final int DEFAULT_THREADS = Math.min(8, Runtime.getRuntime().availableProcessors());

    /** All addresses, port 8000. */
    public static final HttpConfig DEFAULT = new HttpConfig(true, "0.0.0.0", 8000, false, DEFAULT_THREADS, "",
            HttpLimits.DEFAULT);

    public HttpConfig {
        Require.that(!address.isBlank(), "address: got '%s' (expected a host name or an IP address)", address);
        Require.that(port >= 0 && port <= 65535, "port: got %d (expected 0 to 65535)", port);
        Require.that(threads >= 1, "threads: got %d (expected 1 or more)", threads);
        compile(headerForwardPattern);
    }

    /** The compiled pattern; absent where no header is forwarded. Compiled anew at every call. */
    public Optional<Pattern> headersToForward() {
        return headerForwardPattern.isEmpty() ? Optional.empty() : Optional.of(compile(headerForwardPattern));
    }

    public HttpConfig withEnabled(boolean on) {
        return new HttpConfig(on, address, port, reusePort, threads, headerForwardPattern, limits);
    }

    public HttpConfig withAddress(String newAddress) {
        return new HttpConfig(enabled, newAddress, port, reusePort, threads, headerForwardPattern, limits);
    }

    public HttpConfig withPort(int newPort) {
        return new HttpConfig(enabled, address, newPort, reusePort, threads, headerForwardPattern, limits);
    }

    public HttpConfig withReusePort(boolean reuse) {
        return new HttpConfig(enabled, address, port, reuse, threads, headerForwardPattern, limits);
    }

    public HttpConfig withThreads(int newThreads) {
        return new HttpConfig(enabled, address, port, reusePort, newThreads, headerForwardPattern, limits);
    }

    public HttpConfig withHeaderForwardPattern(String pattern) {
        return new HttpConfig(enabled, address, port, reusePort, threads, pattern, limits);
    }

    public HttpConfig withLimits(HttpLimits newLimits) {
        return new HttpConfig(enabled, address, port, reusePort, threads, headerForwardPattern, newLimits);
    }

    private static Pattern compile(String pattern) {
        try {
            return Pattern.compile(pattern, Pattern.CASE_INSENSITIVE);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("headerForwardPattern: got '%s' (expected a regular expression): %s"
                    .formatted(pattern, e.getDescription()), e);
        }
    }
}
