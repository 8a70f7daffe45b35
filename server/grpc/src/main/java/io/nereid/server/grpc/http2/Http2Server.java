package io.nereid.server.grpc.http2;

import io.grpc.Compressor;
import io.grpc.Context;
import io.grpc.Decompressor;
import io.grpc.InternalServer;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.nereid.inference.NanoClock;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.ssl.SslContext;
import io.netty.util.AsciiString;
import io.netty.util.concurrent.GlobalEventExecutor;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Serves gRPC at one address. Thread-safe. */
public final class Http2Server extends Server {
    private static final Status ENDED = Status.UNAVAILABLE.withDescription("the server has ended");

    private final ServerBootstrap bootstrap;
    private final InetSocketAddress address;
    private final CallServices services;
    private final ConnectionPolicy policy;
    private final NanoClock clock;
    private final Context context;
    private final Map<String, ServerMethodDefinition<?, ?>> methods;
    private final AsciiString acceptedEncodings;
    private final Http2Headers plainHead;
    /** The open connections, and the one that listens. */
    private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private volatile @Nullable Channel listener;
    private volatile boolean shutdown;

    /**
     * A server that does not listen yet.
     *
     * @param bootstrap has the event loops, the listening socket and the options of both kinds of sockets
     * @param tls null for none
     */
    public Http2Server(ServerBootstrap bootstrap, InetSocketAddress address, @Nullable SslContext tls,
            CallServices services, ConnectionPolicy policy, NanoClock clock) {
        this.address = address;
        this.services = services;
        this.policy = policy;
        this.clock = clock;
        this.context = Context.ROOT.withValue(InternalServer.SERVER_CONTEXT_KEY, this);
        this.methods = services.methodsByPath();
        this.acceptedEncodings = services.acceptedEncodings();
        this.plainHead = GrpcHeaders.head(GrpcHeaders.IDENTITY, acceptedEncodings, new Metadata());
        this.bootstrap = bootstrap.childHandler(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel connection) {
                channels.add(connection);
                if (tls == null) {
                    connection.pipeline().addLast(newConnection());
                } else {
                    connection.pipeline().addLast(tls.newHandler(connection.alloc()),
                            new Http2OverTls(Http2Server.this));
                }
            }
        });
    }

    CallConnection newConnection() {
        return new ConnectionBuilder(this).build();
    }

    // For its connections

    CallServices services() {
        return services;
    }

    ConnectionPolicy policy() {
        return policy;
    }

    NanoClock clock() {
        return clock;
    }

    Context context() {
        return context;
    }

    @Nullable
    ServerMethodDefinition<?, ?> method(CharSequence path) {
        return methods.get(path.toString());
    }

    /** What decompresses messages that may be compressed so; null if nothing does. */
    @Nullable
    Decompressor decompressor(@Nullable String encoding) {
        return services.decompressors().lookupDecompressor(encoding == null ? "identity" : encoding);
    }

    Http2Headers responseHead(@Nullable Compressor compressor, Metadata metadata) {
        if (compressor == null && metadata.keys().isEmpty()) {
            return plainHead;
        }
        return GrpcHeaders.head(compressor == null ? GrpcHeaders.IDENTITY : compressor.getMessageEncoding(),
                acceptedEncodings, metadata);
    }

    // As a server of gRPC

    @Override
    public Http2Server start() throws IOException {
        ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException("Failed to bind to address " + address, bound.cause());
        }
        listener = bound.channel();
        channels.add(bound.channel());
        return this;
    }

    private Channel listener() {
        Channel bound = listener;
        if (bound == null) {
            throw new IllegalStateException("the server has not been started");
        }
        return bound;
    }

    @Override
    public int getPort() {
        return listener().localAddress() instanceof InetSocketAddress bound ? bound.getPort() : -1;
    }

    @Override
    public List<SocketAddress> getListenSockets() {
        return List.of(listener().localAddress());
    }

    @Override
    public List<ServerServiceDefinition> getServices() {
        return services.services();
    }

    @Override
    public List<ServerServiceDefinition> getImmutableServices() {
        return services.services();
    }

    @Override
    public List<ServerServiceDefinition> getMutableServices() {
        return List.of();
    }

    /** Listens no more, and asks all clients to go; their calls go on. */
    @Override
    public Http2Server shutdown() {
        if (!shutdown) {
            shutdown = true;
            listener().close().awaitUninterruptibly();
            channels.forEach(Http2Server::sendAway);
        }
        return this;
    }

    private static void sendAway(Channel connection) {
        CallConnection calls = connection.pipeline().get(CallConnection.class);
        if (calls == null) {
            connection.close();
        } else {
            calls.sendAway("app_requested");
        }
    }

    /** Listens no more, and ends all connections and calls. */
    @Override
    public Http2Server shutdownNow() {
        shutdown = true;
        listener().close().awaitUninterruptibly();
        channels.forEach(connection -> {
            CallConnection calls = connection.pipeline().get(CallConnection.class);
            if (calls == null) {
                connection.close();
            } else {
                calls.closeAtOnce(ENDED);
            }
        });
        return this;
    }

    @Override
    public boolean isShutdown() {
        return shutdown;
    }

    @Override
    public boolean isTerminated() {
        return shutdown && channels.isEmpty();
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        return shutdown && channels.newCloseFuture().await(timeout, unit);
    }

    @Override
    public void awaitTermination() throws InterruptedException {
        listener().closeFuture().await();
        channels.newCloseFuture().await();
    }
}
