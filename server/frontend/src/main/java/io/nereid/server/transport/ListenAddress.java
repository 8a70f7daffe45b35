package io.nereid.server.transport;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.netty.channel.ServerChannel;

import java.net.Inet4Address;
import java.net.InetSocketAddress;

/**
 * Where a front end listens, and what to say when it cannot.
 *
 * @param service the front end in Triton's words, {@code HTTP}
 * @param flags what the names of its flags begin with, {@code --http}
 * @param host a host name or an IP address; {@code 0.0.0.0} for all of IPv4, {@code ::} for all
 * @param port 0 lets the system choose one
 * @param hasAddressFlag whether there is a flag for the host too
 */
public record ListenAddress(String service, String flags, String host, int port, boolean hasAddressFlag) {
    /** One whose flags are for the host and the port. */
    public ListenAddress(String service, String flags, String host, int port) {
        this(service, flags, host, port, true);
    }

    /** The address; unresolved if there is no such host. Looks the name up at each call. */
    public InetSocketAddress socketAddress() {
        return new InetSocketAddress(host, port);
    }

    /** A listening socket of the family of {@code address}, which is not bound yet. */
    public static ServerChannel newListener(InetSocketAddress address) {
        return EventLoops.newServerChannel(address.getAddress() instanceof Inet4Address);
    }

    /** What to answer whoever started the server when binding to {@code address} has failed. */
    public InferenceException failure(InetSocketAddress address, Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String reason = address.isUnresolved() ? "Unknown host" : String.valueOf(root.getMessage());
        return new InferenceException(ErrorCode.UNAVAILABLE, "failed to start %s service: Unavailable - Socket '%s:%d' "
                .formatted(service, host, port) + explained(reason), failure);
    }

    private String explained(String reason) {
        String otherPort = "choose another " + flags + "-port";
        String orAddress = hasAddressFlag ? " or " + flags + "-address" : "";
        if (reason.contains("Address already in use")) {
            return "already in use; stop what listens there, or " + otherPort + orAddress;
        }
        if (reason.contains("Cannot assign requested address")) {
            return "cannot be had: no network interface of this machine has that address; give " + flags
                    + "-address one that it has, or 0.0.0.0 for all";
        }
        if (reason.contains("Permission denied")) {
            return "cannot be had: this user may not listen on that port (permission denied); " + otherPort
                    + ", 1024 or more, or let the user bind small ones (CAP_NET_BIND_SERVICE)";
        }
        if (reason.equals("Unknown host")) {
            return "cannot be had: there is no such host; give " + flags + "-address an address of this machine";
        }
        return "cannot be had: " + reason + "; " + otherPort + orAddress;
    }
}
