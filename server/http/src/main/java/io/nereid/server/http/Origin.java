package io.nereid.server.http;

import io.netty.util.NetUtil;
import org.jspecify.annotations.Nullable;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a page in a browser is from: what its requests say in {@code Origin}. Two are equal where a browser takes them
 * for the same.
 *
 * @param scheme in lower case
 * @param host in lower case; an address of IPv6 in brackets and as short as it can be
 * @param port the scheme's own where none is given; {@link #NO_PORT} for a scheme that has none
 */
public record Origin(String scheme, String host, int port) {
    /** The port of a scheme that has none of its own. */
    public static final int NO_PORT = -1;

    private static final String AUTHORITY = "(\\[[0-9A-Fa-f:.]{2,45}]|[A-Za-z0-9._-]{1,253})(?::([0-9]{1,5}))?";
    private static final Pattern OF_HOST = Pattern.compile(AUTHORITY);
    private static final Pattern WHOLE = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]{0,31})://" + AUTHORITY);

    /** The origin that a text names, such as {@code https://example.com:8443}; null where it names none. */
    public static @Nullable Origin parse(String text) {
        Matcher parts = WHOLE.matcher(text);
        return parts.matches() ? of(parts.group(1), parts.group(2), parts.group(3)) : null;
    }

    /** The origin of the pages of a server that is asked by this value of {@code Host}; null where it names none. */
    static @Nullable Origin ofHost(String scheme, @Nullable String host) {
        Matcher parts = OF_HOST.matcher(host == null ? "" : host);
        return parts.matches() ? of(scheme, parts.group(1), parts.group(2)) : null;
    }

    private static @Nullable Origin of(String scheme, String host, @Nullable String port) {
        String known = scheme.toLowerCase(Locale.ROOT);
        String named = host.startsWith("[") ? shortest(host) : host.toLowerCase(Locale.ROOT);
        int number = port == null ? portOf(known) : Integer.parseInt(port);
        return named == null || number > 65535 ? null : new Origin(known, named, number);
    }

    /** An address of IPv6 as browsers write it, or null for what is none. */
    private static @Nullable String shortest(String bracketed) {
        byte[] address = NetUtil.createByteArrayFromIpAddressString(bracketed.substring(1, bracketed.length() - 1));
        return address == null || address.length != 16 ? null : "[" + NetUtil.bytesToIpAddress(address) + "]";
    }

    private static int portOf(String scheme) {
        return switch (scheme) {
            case "http" -> 80;
            case "https" -> 443;
            default -> NO_PORT;
        };
    }

    /** Whether the host is an address and no name. */
    boolean isAddress() {
        return host.startsWith("[") || NetUtil.isValidIpV4Address(host);
    }

    /** As browsers write it. */
    @Override
    public String toString() {
        return scheme + "://" + host + (port == portOf(scheme) ? "" : ":" + port);
    }
}
