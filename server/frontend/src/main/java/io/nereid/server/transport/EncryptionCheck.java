package io.nereid.server.transport;

import io.nereid.inference.NanoClock;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.charset.StandardCharsets;

/**
 * Looks at the first byte of each connection of a port. Who speaks in the clear where TLS is expected, or TLS where it
 * is not, gets an answer that its library shows, and the connection ends; otherwise all goes on as if this were not
 * there. One for all connections of a port; runs on their event loops.
 */
@ChannelHandler.Sharable
public final class EncryptionCheck extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(EncryptionCheck.class);

    /** What a TLS connection begins with: a record of the handshake. */
    private static final int HANDSHAKE_RECORD = 22;
    /** A record of TLS 1.2 with an alert in it: fatal, the handshake has failed. */
    private static final byte[] HANDSHAKE_FAILURE = {21, 3, 3, 0, 2, 2, 40};

    private final boolean encrypted;
    private final String service;
    private final String inTheClear;
    private final OncePerMinute log;

    /**
     * A check for one port.
     *
     * @param encrypted whether TLS is expected
     * @param service the front end in Triton's words, {@code HTTP}
     * @param inTheClear what to say to the operator of a port that is not encrypted
     */
    public EncryptionCheck(boolean encrypted, String service, String inTheClear, NanoClock clock) {
        this.encrypted = encrypted;
        this.service = service;
        this.inTheClear = inTheClear;
        this.log = new OncePerMinute(clock);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!(message instanceof ByteBuf bytes) || !bytes.isReadable()) {
            ctx.fireChannelRead(message);
            return;
        }
        int first = bytes.getUnsignedByte(bytes.readerIndex());
        if (encrypted ? !isUpperCaseLetter(first) : first != HANDSHAKE_RECORD) {
            ctx.pipeline().remove(this);
            ctx.fireChannelRead(message);
            return;
        }
        ReferenceCountUtil.release(message);
        refuse(ctx);
    }

    /** What HTTP begins with, in either version. */
    private static boolean isUpperCaseLetter(int first) {
        return first >= 'A' && first <= 'Z';
    }

    private void refuse(ChannelHandlerContext ctx) {
        if (log.isDue()) {
            LOG.warn("a client at {} {} on the {} port: {}", ctx.channel().remoteAddress(),
                    encrypted ? "speaks without encryption" : "speaks TLS", service,
                    encrypted ? "this port takes TLS only" : inTheClear);
        }
        ctx.channel().config().setAutoRead(false); // what else it has sent is of no interest
        ctx.writeAndFlush(encrypted ? badRequest() : Unpooled.wrappedBuffer(HANDSHAKE_FAILURE))
                .addListener(ChannelFutureListener.CLOSE);
    }

    /**
     * For HTTP/2 as well: gRPC's clients say of it that they have met a server of HTTP/1.1, and try again later; after
     * a GOAWAY they would at once, for ever.
     */
    private static ByteBuf badRequest() {
        String body = "{\"error\":\"this port takes TLS only: connect with https:// or a secure channel\"}";
        return Unpooled.copiedBuffer("HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: "
                + body.length() + "\r\nConnection: close\r\n\r\n" + body, StandardCharsets.US_ASCII);
    }
}
