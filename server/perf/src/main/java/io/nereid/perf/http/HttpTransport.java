package io.nereid.perf.http;

import io.nereid.perf.client.LoadThread;
import io.nereid.perf.client.Transport;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;

/** Requests over HTTP/1.1, one connection for each that is under way. */
public final class HttpTransport implements Transport {
    private final InetSocketAddress server;
    private final List<ByteBuffer> requests;

    /**
     * To that server.
     *
     * @param server resolved
     * @param requests each whole, with its head, in direct memory
     */
    public HttpTransport(InetSocketAddress server, List<ByteBuffer> requests) {
        this.server = server;
        this.requests = requests.stream().map(ByteBuffer::asReadOnlyBuffer).toList();
    }

    /** Where requests to a model go, or to one of its versions unless that is empty. */
    public static String inferPath(String model, String version) {
        return HttpCalls.path(model, version) + "/infer";
    }

    @Override
    public int requestCount() {
        return requests.size();
    }

    @Override
    public Senders on(LoadThread thread) {
        return () -> new HttpSender(thread, server, requests);
    }
}
