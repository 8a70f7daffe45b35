package io.nereid.perf.http;

import io.nereid.perf.client.LoadThread;
import io.nereid.perf.client.RequestList;
import io.nereid.perf.client.Transport;
import io.nereid.perf.network.Endpoint;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;

/** Requests over HTTP/1.1, one connection for each that is under way. */
public final class HttpTransport implements Transport {
    private final Endpoint server;
    private final RequestList requests;

    /**
     * To a server without TLS.
     *
     * @param server resolved
     * @param requests each whole, with its head, in direct memory
     */
    public HttpTransport(InetSocketAddress server, List<ByteBuffer> requests) {
        this(Endpoint.plain(server), RequestList.of(requests));
    }

    /** To that server, each request whole, with its head. */
    public HttpTransport(Endpoint server, RequestList requests) {
        this.server = server;
        this.requests = requests;
    }

    /** Where requests to a model go, or to one of its versions unless that is empty. */
    public static String inferPath(String model, String version) {
        return HttpCalls.path(model, version) + "/infer";
    }

    @Override
    public int requestCount() {
        return requests.count();
    }

    @Override
    public Senders on(LoadThread thread) {
        return () -> new HttpSender(thread, server, requests.forClient());
    }
}
