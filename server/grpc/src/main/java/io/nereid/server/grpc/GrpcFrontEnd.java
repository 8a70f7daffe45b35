package io.nereid.server.grpc;

import io.grpc.BindableService;
import io.grpc.CompressorRegistry;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallExecutorSupplier;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.services.ProtoReflectionService;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.nereid.inference.InferenceException;
import io.nereid.inference.NanoClock;
import io.nereid.server.grpc.http2.CallServices;
import io.nereid.server.grpc.http2.ConnectionPolicy;
import io.nereid.server.grpc.http2.Http2OverTls;
import io.nereid.server.grpc.http2.Http2Server;
import io.nereid.server.inference.CodecThreads;
import io.nereid.server.protocol.ApiCategory;
import io.nereid.server.protocol.HeaderForwarding;
import io.nereid.server.protocol.Restrictions;
import io.nereid.server.service.Services;
import io.nereid.server.transport.ConnectionLimit;
import io.nereid.server.transport.EncryptionCheck;
import io.nereid.server.transport.EventLoops;
import io.nereid.server.transport.ListenAddress;
import io.nereid.server.transport.ServerTls;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.handler.ssl.SslContext;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The gRPC port and its event loops. */
public final class GrpcFrontEnd implements AutoCloseable {
    private static final int BACKLOG = 1024;
    /** What may be on its way to the server on one connection and one call: several images. */
    private static final int WINDOW_BYTES = 4 << 20;

    /**
     * Bytes of one connection that may wait for its socket: with Netty's 64 KB a photograph would go out in ten
     * writes.
     */
    private static final int MOST_UNSENT = 1 << 20;
    /** Calls of one connection at the same time; a client that has more keeps them until others have ended. */
    private static final int MOST_CALLS = 1024;
    /** All metadata of one call together: what gRPC's C library takes at most. */
    private static final int MOST_METADATA_BYTES = 16 << 10;
    /** Calls that a client may begin and give up again on one connection, and in what time, before it is cut. */
    private static final int MOST_RESETS = 20_000;
    private static final Duration RESETS_WINDOW = Duration.ofSeconds(10);
    /** How long a new connection may take until it has said what HTTP/2 begins with, encryption included. */
    private static final Duration HANDSHAKE_TIMEOUT = Duration.ofSeconds(20);
    private static final long LOOK_SECONDS = 1;

    /** How long a stopping server waits for connections to end on which nothing is under way. */
    private static final Duration LINGER = Duration.ofSeconds(1);

    private final EventLoopGroup eventLoops;
    private final Http2Server server;
    private final OpenCalls inference;
    private final HealthCalls health;
    private final GrpcConnections connections;

    private GrpcFrontEnd(EventLoopGroup eventLoops, Http2Server server, OpenCalls inference, HealthCalls health,
            GrpcConnections connections) {
        this.eventLoops = eventLoops;
        this.server = server;
        this.inference = inference;
        this.health = health;
        this.connections = connections;
    }

    /**
     * Starts to listen.
     *
     * @param maxInputBytes the most bytes that a compressed message may come to, as over HTTP
     * @throws InferenceException UNAVAILABLE if the address cannot be had, INVALID_ARG if the TLS files are not good
     */
    public static GrpcFrontEnd listen(GrpcConfig config, Services services, long maxInputBytes)
            throws InferenceException {
        CodecThreads threads = services.codecThreads();
        SslContext tls = config.tls().isPresent()
                ? ServerTls.context(config.tls().get(), "gRPC", Http2OverTls::configure)
                : null;
        EventLoopGroup eventLoops = EventLoops.of(config.threads(), "grpc");
        GrpcConnections connections = new GrpcConnections(services.ledger(), config.limits().messageTimeout());
        UnfinishedMessages unfinished = new UnfinishedMessages(config.limits().messageTimeout(), NanoClock.SYSTEM,
                eventLoops);
        OpenCalls inference = new OpenCalls(
                new CallContext(services.inference(), services.memory(), services.sharedMemory(), threads,
                        new HeaderForwarding(config.headersToForward()),
                        config.compression() != GrpcConfig.Compression.NONE, config.maxResponses(),
                        maxInputBytes, services.requestLimits(), services.observers()),
                connections, NanoClock.SYSTEM);
        HealthCalls health = new HealthCalls(services.inference().models(), eventLoops);
        ListenAddress where = new ListenAddress("GRPC", "--grpc", config.address(), config.port());
        EncryptionCheck check = new EncryptionCheck(tls != null, "GRPC", "--grpc-use-ssl encrypts it",
                NanoClock.SYSTEM);
        InetSocketAddress address = where.socketAddress();
        Http2Server server = new Http2Server(bootstrap(config, eventLoops)
                .channelFactory(() -> listener(config, address, connections, check)), address, tls,
                new CallServices(services(config, inference, services, health),
                        new ConnectionAccounts(connections, services.ledger()), unfinished,
                        besideWhenCompressed(threads), Compressions.ofRequests(), compressors(config),
                        config.limits().maxMessageBytes()),
                policy(config), NanoClock.SYSTEM);
        try {
            server.start();
            Duration allowed = config.limits().messageTimeout();
            eventLoops.scheduleWithFixedDelay(() -> {
                unfinished.look();
                inference.look(allowed);
            }, LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
            return new GrpcFrontEnd(eventLoops, server, inference, health, connections);
        } catch (IOException | RuntimeException e) {
            eventLoops.shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
            throw where.failure(address, e);
        }
    }

    /** The version of reflection that most tools still ask for, Python's among them. */
    @SuppressWarnings("deprecation")
    private static BindableService olderReflection() {
        return ProtoReflectionService.newInstance();
    }

    private static List<ServerServiceDefinition> services(GrpcConfig config, OpenCalls inference, Services services,
            HealthCalls health) {
        return Stream.of(new GrpcService(inference, services, config.restrictions()).bindService(),
                small(restricted(health, config.restrictions())),
                small(ProtoReflectionServiceV1.newInstance().bindService()), small(olderReflection().bindService()))
                .map(service -> ServerInterceptors.intercept(service, UnfinishedMessages.interceptor())).toList();
    }

    private static CompressorRegistry compressors(GrpcConfig config) {
        return config.compression() == GrpcConfig.Compression.NONE ? CompressorRegistry.getDefaultInstance()
                : Compressions.ofResponses(config.compression());
    }

    private static ServerBootstrap bootstrap(GrpcConfig config, EventLoopGroup eventLoops) {
        ServerBootstrap bootstrap = new ServerBootstrap().group(eventLoops)
                .option(ChannelOption.SO_BACKLOG, BACKLOG).option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true).childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(ChannelOption.RECVBUF_ALLOCATOR, SocketReads.allocator())
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK,
                        new WriteBufferWaterMark(MOST_UNSENT / 2, MOST_UNSENT));
        if (config.reusePort() && EventLoops.isEpoll()) {
            bootstrap.option(UnixChannelOption.SO_REUSEPORT, true);
        }
        return bootstrap;
    }

    private static ConnectionPolicy policy(GrpcConfig config) {
        GrpcKeepAlive keepAlive = config.keepAlive();
        return new ConnectionPolicy(WINDOW_BYTES, MOST_CALLS, MOST_METADATA_BYTES, MOST_RESETS, RESETS_WINDOW,
                HANDSHAKE_TIMEOUT, config.limits().idleTimeout(), keepAlive.time(), keepAlive.timeout(),
                keepAlive.permitWithoutCalls(), keepAlive.minPingInterval(), keepAlive.maxConnectionAge(),
                keepAlive.maxConnectionAgeGrace());
    }

    private static ServerChannel listener(GrpcConfig config, InetSocketAddress address,
            GrpcConnections connections, EncryptionCheck check) {
        ServerChannel listener = ListenAddress.newListener(address);
        listener.pipeline().addLast(new ConnectionLimit(config.limits().maxConnections(), "--grpc-max-connections",
                NanoClock.SYSTEM, connection -> {
                    connection.pipeline().addLast(check);
                    connections.add(connection);
                }, connection -> connection.unsafe().closeForcibly()));
        return listener;
    }

    private static ServerServiceDefinition restricted(HealthCalls health, Restrictions restrictions) {
        Restrictions.Requirement requirement = restrictions.of(ApiCategory.HEALTH);
        return requirement == null ? health.bindService()
                : ServerInterceptors.intercept(health, new RequiredHeader(requirement));
    }

    /** A service that is not ours, which would take messages of any size into the heap. */
    private static ServerServiceDefinition small(ServerServiceDefinition service) {
        return ServerInterceptors.useMarshalledMessages(service, Marshallers.small());
    }

    /** A client says in its call that its messages are compressed; such calls run beside the event loops. */
    private static ServerCallExecutorSupplier besideWhenCompressed(CodecThreads threads) {
        Metadata.Key<String> encoding = Metadata.Key.of("grpc-encoding", Metadata.ASCII_STRING_MARSHALLER);
        Executor beside = threads.executor(Long.MAX_VALUE, Runnable::run);
        return new ServerCallExecutorSupplier() {
            @Override
            public <Q, A> @Nullable Executor getExecutor(ServerCall<Q, A> call, Metadata metadata) {
                String announced = metadata.get(encoding);
                return announced == null || announced.equals("identity") ? null : beside;
            }
        };
    }

    /** The port it listens on. */
    public int port() {
        return server.getPort();
    }

    /** Asks clients to take another connection, if they can to another server. Serves on, new connections as well. */
    public void beginDrain() {
        connections.sendAway();
    }

    /**
     * Accepts no more connections and calls, asks clients to go elsewhere, and waits until the calls under way have
     * ended; then for a moment, so that clients can take what was sent to them.
     *
     * @return whether all calls had ended within {@code timeout}
     */
    public boolean drain(Duration timeout) throws InterruptedException {
        server.shutdown();
        health.close();
        boolean ended = inference.drain(timeout);
        if (ended) {
            server.awaitTermination(Math.min(timeout.toNanos(), LINGER.toNanos()), TimeUnit.NANOSECONDS);
        }
        return ended;
    }

    /** Ends everything at once. */
    @Override
    public void close() {
        server.shutdownNow();
        try {
            server.awaitTermination(1, TimeUnit.SECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // the event loops end all the same
        }
        eventLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
