package io.nereid.perf.cli;

import io.nereid.perf.measure.Protocol;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where the server is, as the user says it. */
record ServerAddress(String host, int port) {
    private static final Pattern FORM = Pattern
            .compile("(?:https?://|grpcs?://)?(\\[[0-9A-Fa-f:.]+\\]|[^:/\\[\\]]+)(?::([0-9]{1,5}))?/?");
    private static final int HTTP_PORT = 8000;
    private static final int GRPC_PORT = 8001;
    private static final int MAX_PORT = 65535;

    static ServerAddress parse(Optional<String> url, Protocol protocol) throws UsageException {
        String text = url.orElse("localhost");
        String other = protocol == Protocol.HTTP ? "grpc" : "http";
        if (text.matches(other + "s?://.*")) {
            throw new UsageException("-u: got " + text + " with -i " + (protocol == Protocol.HTTP ? "http" : "grpc")
                    + " (expected -i " + other + ", or another URL)");
        }
        Matcher form = FORM.matcher(text);
        int port = !form.matches() ? 0
                : form.group(2) != null ? Integer.parseInt(form.group(2))
                        : protocol == Protocol.HTTP ? HTTP_PORT : GRPC_PORT;
        if (port < 1 || port > MAX_PORT) {
            throw new UsageException("-u: got '" + text + "' (expected HOST:PORT such as localhost:8000)");
        }
        return new ServerAddress(form.group(1), port);
    }

    /** Asks the system for the address of the name, which may block. */
    InetSocketAddress resolve() throws IOException {
        InetSocketAddress address = new InetSocketAddress(name(), port);
        if (address.isUnresolved()) {
            throw new UnknownHostException("there is no host of the name " + host);
        }
        return address;
    }

    /** The name or the address, without the brackets of IPv6. */
    String name() {
        return host.replaceAll("[\\[\\]]", "");
    }

    /** As in {@code localhost:8000}. */
    @Override
    public String toString() {
        return host + ":" + port;
    }
}
