package io.nereid.server.http;

import io.nereid.server.config.Require;
import org.jspecify.annotations.Nullable;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which pages in browsers may change something on this server, and by which names it is asked. Immutable and
 * thread-safe.
 *
 * @param any whether the pages of every origin may
 * @param origins whose pages may besides the server's own
 * @param hosts names in lower case that {@code Host} may have besides addresses and {@code localhost}; none for any
 */
public record OriginPolicy(boolean any, Set<Origin> origins, Set<String> hosts) {
    /** Pages of the server itself only, by whatever name it is asked. */
    public static final OriginPolicy OWN_PAGES = new OriginPolicy(false, Set.of(), Set.of());

    static final String ORIGINS_EXPECTED = "origins such as https://example.com:8443 with commas between them, or *";
    static final String HOSTS_EXPECTED = "host names without ports, with commas between them";

    private static final String ANY = "*";
    private static final String LOCALHOST = "localhost";
    private static final Pattern HOST_NAME = Pattern.compile("[A-Za-z0-9._-]{1,253}");

    public OriginPolicy {
        origins = Set.copyOf(origins);
        hosts = Set.copyOf(hosts);
    }

    /** The same with these origins instead, as {@code --http-allowed-origins} takes them; empty for none. */
    public OriginPolicy withOrigins(String list) {
        if (list.equals(ANY)) {
            return new OriginPolicy(true, Set.of(), hosts);
        }
        Set<Origin> named = new HashSet<>();
        for (String text : parts(list)) {
            Origin origin = Origin.parse(text);
            Require.that(origin != null, "origins: got '%s' (expected %s)", text, ORIGINS_EXPECTED);
            named.add(origin);
        }
        return new OriginPolicy(false, named, hosts);
    }

    /** The same with these names instead, as {@code --http-allowed-hosts} takes them; empty for any. */
    public OriginPolicy withHosts(String list) {
        Set<String> named = new HashSet<>();
        for (String name : parts(list)) {
            Require.that(HOST_NAME.matcher(name).matches(), "hosts: got '%s' (expected %s)", name, HOSTS_EXPECTED);
            named.add(name.toLowerCase(Locale.ROOT));
        }
        return new OriginPolicy(any, origins, named);
    }

    private static String[] parts(String list) {
        return list.isEmpty() ? new String[0] : list.split(",", -1);
    }

    static boolean areOrigins(String list) {
        return isGood(() -> OWN_PAGES.withOrigins(list));
    }

    static boolean areHosts(String list) {
        return isGood(() -> OWN_PAGES.withHosts(list));
    }

    private static boolean isGood(Runnable reading) {
        try {
            reading.run();
            return true;
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    /** Whether the pages of another server may change something here; null is an origin that nothing is known of. */
    boolean allows(@Nullable Origin page) {
        return any || (page != null && origins.contains(page));
    }

    /** Whether this server is asked by that value of {@code Host}; no browser leaves it out. */
    boolean isAskedBy(@Nullable String host) {
        if (hosts.isEmpty() || host == null) {
            return true;
        }
        Origin asked = Origin.ofHost("http", host);
        return asked != null
                && (asked.isAddress() || asked.host().equals(LOCALHOST) || hosts.contains(asked.host()));
    }
}
