package io.nereid.server.http;

import io.nereid.inference.InferenceException;
import io.nereid.inference.NanoClock;
import io.nereid.inference.TensorMemory;
import io.nereid.server.http.connection.ConnectionInitializer;
import io.nereid.server.http.connection.ConnectionLimits;
import io.nereid.server.http.connection.ExcessConnections;
import io.nereid.server.http.connection.HttpHandler;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.metrics.MetricsConfig;
import io.nereid.server.transport.ConnectionLimit;
import io.nereid.server.transport.EncryptionCheck;
import io.nereid.server.transport.EventLoops;
import io.nereid.server.transport.ListenAddress;
import io.nereid.server.transport.ServerTls;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.handler.ssl.SslContext;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The listening socket and its event loops. */
public final class HttpFrontEnd implements AutoCloseable {
    private static final int BACKLOG = 1024;
    private static final int METRICS_BODY_BYTES = 64 << 10;
    /** Each may hold a whole text of the metrics. */
    private static final int METRICS_CONNECTIONS = 256;

    private final EventLoopGroup eventLoops;
    private final ConnectionInitializer connections;
    private final Channel listener;

    private HttpFrontEnd(EventLoopGroup eventLoops, ConnectionInitializer connections, Channel listener) {
        this.eventLoops = eventLoops;
        this.connections = connections;
        this.listener = listener;
    }

    /**
     * Starts to listen.
     *
     * @param handler what answers the requests that the configuration's {@link OriginPolicy} lets pass
     * @param memory where their bodies lie
     * @param ledger where what connections hold is charged
     * @throws InferenceException UNAVAILABLE if the address cannot be had, INVALID_ARG if the TLS files are not good
     */
    public static HttpFrontEnd listen(HttpConfig config, HttpHandler handler, TensorMemory memory, Ledger ledger)
            throws InferenceException {
        SslContext tls = config.tls().isPresent()
                ? ServerTls.context(config.tls().get(), "HTTP", builder -> builder)
                : null;
        EncryptionCheck check = new EncryptionCheck(tls != null, "HTTP", "--http-use-ssl encrypts it",
                NanoClock.SYSTEM);
        HttpHandler checked = new OriginCheck(handler, config.origins(), tls != null, NanoClock.SYSTEM);
        return listen(config, new ConnectionInitializer(checked, memory, limits(config.limits()), ledger, tls), check,
                "http", new ListenAddress("HTTP", "--http", config.address(), config.port()));
    }

    /**
     * Starts to listen for those who ask for metrics.
     *
     * @param handler what answers the requests
     * @param memory where their bodies lie, which nobody needs
     * @param ledger where what connections hold is charged
     * @throws InferenceException UNAVAILABLE if the address cannot be had
     */
    public static HttpFrontEnd listenForMetrics(MetricsConfig config, HttpHandler handler, TensorMemory memory,
            Ledger ledger) throws InferenceException {
        HttpConfig http = HttpConfig.DEFAULT.withAddress(config.address()).withPort(config.port()).withThreads(1)
                .withLimits(HttpLimits.DEFAULT.withMaxBodyBytes(METRICS_BODY_BYTES)
                        .withMaxConnections(METRICS_CONNECTIONS));
        EncryptionCheck check = new EncryptionCheck(false, "Metrics",
                "metrics are never encrypted", NanoClock.SYSTEM);
        return listen(http, new ConnectionInitializer(handler, memory, limits(http.limits()), ledger, null), check,
                "metrics", new ListenAddress("Metrics", "--metrics", config.address(), config.port()));
    }

    /**
     * Starts to listen for a cloud platform, which asks from the same machine and in the clear.
     *
     * @param config the limits of {@code http}, and whose pages may ask; address, port and threads are the platform's
     * @param where the address, and what its flags are called
     * @param name what the threads are called
     * @param handler what answers the requests
     * @param memory where their bodies lie
     * @param ledger where what connections hold is charged
     * @throws InferenceException UNAVAILABLE if the address cannot be had
     */
    public static HttpFrontEnd listenForPlatform(HttpConfig config, ListenAddress where, String name,
            HttpHandler handler, TensorMemory memory, Ledger ledger) throws InferenceException {
        EncryptionCheck check = new EncryptionCheck(false, where.service(),
                "the platform encrypts what comes from outside",
                NanoClock.SYSTEM);
        HttpHandler checked = new OriginCheck(handler, config.origins(), false, NanoClock.SYSTEM);
        return listen(config, new ConnectionInitializer(checked, memory, limits(config.limits()), ledger, null), check,
                name, where);
    }

    private static ConnectionLimits limits(HttpLimits limits) {
        return new ConnectionLimits(ConnectionLimits.DEFAULT.maxHeadBytes(), limits.maxBodyBytes(),
                limits.idleTimeout(), limits.headTimeout(), limits.bodyTimeout());
    }

    private static HttpFrontEnd listen(HttpConfig config, ConnectionInitializer connections, EncryptionCheck check,
            String name, ListenAddress where) throws InferenceException {
        InetSocketAddress address = where.socketAddress();
        EventLoopGroup eventLoops = EventLoops.of(config.threads(), name);
        ServerBootstrap bootstrap = new ServerBootstrap().group(eventLoops)
                .channelFactory(() -> ListenAddress.newListener(address))
                .option(ChannelOption.SO_BACKLOG, BACKLOG).option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true).handler(connectionLimit(config, check, eventLoops))
                .childHandler(connections);
        if (config.reusePort() && EventLoops.isEpoll()) {
            bootstrap.option(UnixChannelOption.SO_REUSEPORT, true);
        }
        try {
            return new HttpFrontEnd(eventLoops, connections, bootstrap.bind(address).syncUninterruptibly().channel());
        } catch (Exception e) {
            eventLoops.shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
            throw where.failure(address, e);
        }
    }

    /** Over TLS who is refused gets no answer: that would cost a handshake. */
    private static ConnectionLimit connectionLimit(HttpConfig config, EncryptionCheck check,
            EventLoopGroup eventLoops) {
        int most = config.limits().maxConnections();
        ExcessConnections excess = new ExcessConnections(eventLoops, most);
        return new ConnectionLimit(most, "--http-max-connections", NanoClock.SYSTEM,
                connection -> connection.pipeline().addLast(check),
                config.tls().isPresent() ? connection -> connection.unsafe().closeForcibly() : excess::refuse);
    }

    /** The port it listens on. */
    public int port() {
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    /** Says with each reply from here on that the connection ends with it. Serves on. */
    public void beginDrain() {
        connections.askToClose();
    }

    /**
     * Accepts no more connections, ends idle ones, and waits until the others have their answers.
     *
     * @return whether all were done within {@code timeout}
     */
    public boolean drain(Duration timeout) {
        listener.close().syncUninterruptibly();
        return connections.drain(timeout);
    }

    /** Ends everything at once. */
    @Override
    public void close() {
        listener.close().syncUninterruptibly();
        connections.close(); // a loop that is at work when it is asked to end may end without looking at its connections
        eventLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
