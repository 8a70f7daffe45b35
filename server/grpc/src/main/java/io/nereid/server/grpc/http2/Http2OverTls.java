package io.nereid.server.grpc.http2;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2SecurityUtil;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ApplicationProtocolNegotiationHandler;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for the end of the handshake: who has agreed on HTTP/2 is served, others are not. On the connection's event
 * loop.
 */
public final class Http2OverTls extends ApplicationProtocolNegotiationHandler {
    private static final Logger LOG = LoggerFactory.getLogger(Http2OverTls.class);

    private final Http2Server server;

    Http2OverTls(Http2Server server) {
        super(ApplicationProtocolNames.HTTP_1_1);
        this.server = server;
    }

    /** Adds to a server's TLS what HTTP/2 asks for. */
    public static SslContextBuilder configure(SslContextBuilder builder) {
        return builder.ciphers(Http2SecurityUtil.CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
                .applicationProtocolConfig(new ApplicationProtocolConfig(ApplicationProtocolConfig.Protocol.ALPN,
                        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                        ApplicationProtocolNames.HTTP_2));
    }

    @Override
    protected void configurePipeline(ChannelHandlerContext ctx, String protocol) {
        if (protocol.equals(ApplicationProtocolNames.HTTP_2)) {
            ctx.pipeline().addLast(server.newConnection());
        } else {
            LOG.debug("{} does not ask for HTTP/2 over TLS", ctx.channel().remoteAddress());
            ctx.close();
        }
    }

    @Override
    protected void handshakeFailure(ChannelHandlerContext ctx, Throwable cause) {
        LOG.debug("the handshake of {} has failed", ctx.channel().remoteAddress(), cause);
        ctx.close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOG.debug("the handshake of {} has failed", ctx.channel().remoteAddress(), cause);
        ctx.close();
    }
}
