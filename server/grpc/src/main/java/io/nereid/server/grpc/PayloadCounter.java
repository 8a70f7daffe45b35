package io.nereid.server.grpc;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;

/**
 * Counts the payload that goes out on a connection: the bytes in its DATA frames, so that neither pings nor settings
 * nor a frame of no bytes looks like progress. Stands between HTTP/2 and encryption; frames may be cut into buffers
 * anywhere. Written on the connection's event loop, read on any thread.
 */
final class PayloadCounter extends ChannelOutboundHandlerAdapter {
    private final FrameCursor frames = new FrameCursor(0);
    private volatile long payloadBytes;

    /** Bytes of payload so far. */
    long payloadBytes() {
        return payloadBytes;
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message instanceof ByteBuf bytes) {
            count(bytes);
        }
        ctx.write(message, promise);
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // written on one thread
    private void count(ByteBuf bytes) {
        int end = bytes.writerIndex();
        for (int at = bytes.readerIndex(); at < end;) {
            boolean data = frames.isInData();
            int next = frames.advance(bytes, at, end);
            if (data) {
                payloadBytes += next - at;
            }
            at = next;
        }
    }
}
