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
    /** Three bytes of length, one of type, one of flags, four with the stream. */
    private static final int HEADER_BYTES = 9;
    private static final int LENGTH_BYTES = 3;
    private static final byte DATA = 0;

    private volatile long payloadBytes;
    /**
     * Bytes of a frame's header that have been seen, the frame's length and type, and what is left of its payload.
     */
    private int headerSeen;
    private int length;
    private byte type;
    private int payloadLeft;

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
            if (payloadLeft == 0) {
                header(bytes.getByte(at));
                at++;
                continue;
            }
            int part = Math.min(payloadLeft, end - at);
            payloadLeft -= part;
            at += part;
            if (type == DATA) {
                payloadBytes += part;
            }
        }
    }

    private void header(byte next) {
        if (headerSeen < LENGTH_BYTES) {
            length = length << Byte.SIZE | Byte.toUnsignedInt(next);
        } else if (headerSeen == LENGTH_BYTES) {
            type = next;
        }
        headerSeen++;
        if (headerSeen == HEADER_BYTES) {
            payloadLeft = length;
            headerSeen = 0;
            length = 0;
        }
    }
}
