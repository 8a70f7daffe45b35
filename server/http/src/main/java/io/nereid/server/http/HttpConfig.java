package io.nereid.server.http;

import io.nereid.server.config.Require;
import io.nereid.server.protocol.HeaderPattern;
import io.nereid.server.protocol.Restrictions;
import io.nereid.server.transport.TlsConfig;

import java.util.Optional;
import java.util.regex.Pattern;

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
 * @param tls encryption; absent for none, as in Triton
 * @param restrictions calls that only some clients may make
 * @param origins which pages in browsers may change something
 * @param openAi OpenAI's routes
 */
public record HttpConfig(
        boolean enabled,
        String address,
        int port,
        boolean reusePort,
        int threads,
        String headerForwardPattern,
        HttpLimits limits,
        Optional<TlsConfig> tls,
        Restrictions restrictions,
        OriginPolicy origins,
        OpenAiConfig openAi) {

    /**
     * Triton starts eight event threads; here it is eight but never more than there are processors by default: the
     * threads never block, so more of them than processors only cost memory and switches.
     */
    public static final int DEFAULT_THREADS = Math.min(8, Runtime.getRuntime().availableProcessors());

    /** All addresses, port 8000. */
    public static final HttpConfig DEFAULT = new HttpConfig(true, "0.0.0.0", 8000, false, DEFAULT_THREADS, "",
            HttpLimits.DEFAULT, Optional.empty(), Restrictions.NONE, OriginPolicy.OWN_PAGES, OpenAiConfig.OFF);

    public HttpConfig {
        Require.that(!address.isBlank(), "address: got '%s' (expected a host name or an IP address)", address);
        Require.that(port >= 0 && port <= 65535, "port: got %d (expected 0 to 65535)", port);
        Require.that(threads >= 1, "threads: got %d (expected 1 or more)", threads);
        HeaderPattern.compile(headerForwardPattern);
    }

    /** The compiled pattern; absent where no header is forwarded. Compiled anew at every call. */
    public Optional<Pattern> headersToForward() {
        return HeaderPattern.compile(headerForwardPattern);
    }

    /**
     * Of a cloud platform's port: what one connection may ask and who may call what is as here, but it is not encrypted,
     * and forwards no headers.
     */
    public HttpConfig ofPlatform(String itsAddress, int itsPort, int itsThreads) {
        return new HttpConfig(true, itsAddress, itsPort, false, itsThreads, "", limits, Optional.empty(), restrictions,
                origins, openAi);
    }

    public HttpConfig withEnabled(boolean on) {
        return new HttpConfig(on, address, port, reusePort, threads, headerForwardPattern, limits, tls, restrictions,
                origins, openAi);
    }

    public HttpConfig withAddress(String newAddress) {
        return new HttpConfig(enabled, newAddress, port, reusePort, threads, headerForwardPattern, limits, tls,
                restrictions, origins, openAi);
    }

    public HttpConfig withPort(int newPort) {
        return new HttpConfig(enabled, address, newPort, reusePort, threads, headerForwardPattern, limits, tls,
                restrictions, origins, openAi);
    }

    public HttpConfig withReusePort(boolean reuse) {
        return new HttpConfig(enabled, address, port, reuse, threads, headerForwardPattern, limits, tls, restrictions,
                origins, openAi);
    }

    public HttpConfig withThreads(int newThreads) {
        return new HttpConfig(enabled, address, port, reusePort, newThreads, headerForwardPattern, limits, tls,
                restrictions, origins, openAi);
    }

    public HttpConfig withHeaderForwardPattern(String pattern) {
        return new HttpConfig(enabled, address, port, reusePort, threads, pattern, limits, tls, restrictions, origins,
                openAi);
    }

    public HttpConfig withLimits(HttpLimits newLimits) {
        return new HttpConfig(enabled, address, port, reusePort, threads, headerForwardPattern, newLimits,
                tls, restrictions, origins, openAi);
    }

    public HttpConfig withTls(TlsConfig newTls) {
        return new HttpConfig(enabled, address, port, reusePort, threads, headerForwardPattern, limits,
                Optional.of(newTls), restrictions, origins, openAi);
    }

    public HttpConfig withRestrictions(Restrictions newRestrictions) {
        return new HttpConfig(enabled, address, port, reusePort, threads, headerForwardPattern, limits, tls,
                newRestrictions, origins, openAi);
    }

    public HttpConfig withOrigins(OriginPolicy newOrigins) {
        return new HttpConfig(enabled, address, port, reusePort, threads, headerForwardPattern, limits, tls,
                restrictions, newOrigins, openAi);
    }

    public HttpConfig withOpenAi(OpenAiConfig newOpenAi) {
        return new HttpConfig(enabled, address, port, reusePort, threads, headerForwardPattern, limits, tls,
                restrictions, origins, newOpenAi);
    }
}
