package io.nereid.server.http.connection;

import io.nereid.inference.Await;
import io.nereid.inference.NanoClock;
import io.nereid.inference.PoisonedMemory;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.ledger.LedgerLimits;
import io.nereid.server.ledger.Resource;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponseStatus;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import static org.assertj.core.api.Assertions.assertThat;

/** A server of one event loop around this package, on a free port of the loopback interface. */
final class TestServer implements AutoCloseable {
    final TensorMemory memory;
    final ConnectionInitializer connections;
    final Ledger ledger;
    /** Bytes of bodies that went through the decoder instead of straight to their place. */
    final AtomicLong decodedBytes = new AtomicLong();
    /** Connections whose clients have ended their sending side. */
    final AtomicLong inputsEnded = new AtomicLong();
    private final EventLoopGroup eventLoops;
    private final Channel listener;

    TestServer(Transport transport, HttpHandler handler) {
        this(transport, ConnectionLimits.DEFAULT, new PoisonedMemory(256 << 20, 64 << 20), handler);
    }

    TestServer(Transport transport, ConnectionLimits limits, TensorMemory memory, HttpHandler handler) {
        this.memory = memory;
        ledger = new Ledger(new LedgerLimits(memory.maxBytes(), 64 << 20, 100, 64 << 10), NanoClock.SYSTEM);
        connections = new ConnectionInitializer(handler, memory, limits, ledger, null);
        eventLoops = new MultiThreadIoEventLoopGroup(1, transport.io());
        listener = new ServerBootstrap().group(eventLoops).channel(transport.channel())
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(connections);
                        String decoder = channel.pipeline().context(HttpRequestDecoder.class).name();
                        channel.pipeline().addAfter(decoder, "counter", new Counter());
                    }
                }).bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)).syncUninterruptibly().channel();
    }

    /** Answers with the request's body, from the memory it arrived in; method and target are header lines. */
    static void echo(HttpExchange exchange) {
        TensorBuffer body = exchange.body();
        exchange.reply(new HttpReply(HttpResponseStatus.OK, "application/octet-stream",
                List.of(new HttpReply.Header("Method", exchange.method().name()),
                        new HttpReply.Header("Target", exchange.target())),
                Unpooled.EMPTY_BUFFER, List.of(body.segment()), body));
    }

    RawClient connect() throws IOException {
        return new RawClient(((InetSocketAddress) listener.localAddress()).getPort());
    }

    /** Waits until all memory of requests is back. */
    void awaitNothingHeld() {
        Await.until(() -> memory.bytesInUse() == 0);
    }

    @Override
    public void close() {
        listener.close().syncUninterruptibly();
        connections.close(); // a loop that is at work when it is asked to end may end without looking at its connections
        eventLoops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
        assertThat(memory.bytesInUse()).as("memory held when all connections are gone").isZero();
        for (Resource resource : Resource.values()) {
            assertThat(ledger.held(resource)).as("%s charged when all connections are gone", resource).isZero();
        }
        memory.close();
    }

    @Sharable
    private final class Counter extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (message instanceof HttpContent content) {
                decodedBytes.addAndGet(content.content().readableBytes());
            }
            ctx.fireChannelRead(message);
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            ctx.fireUserEventTriggered(event);
            if (event instanceof ChannelInputShutdownEvent) {
                inputsEnded.incrementAndGet();
            }
        }
    }
}
