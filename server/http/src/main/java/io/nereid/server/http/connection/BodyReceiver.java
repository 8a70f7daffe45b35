package io.nereid.server.http.connection;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Stands before the decoder and lets the socket write a body straight to its place.
 *
 * <p>A read goes into a small buffer as long as heads are expected. Once the connection names a {@link Destination},
 * the channel's next read is given the destination's own memory to write into, and what comes of it goes past the
 * decoder, which would only have counted the bytes.
 */
final class BodyReceiver extends ChannelInboundHandlerAdapter {
    /** One read before the destination is known: a head, and with it a small body as a whole. */
    private static final int READ_BYTES = 16 << 10;

    /** The head, the beginning of the body, the rest of it. */
    private static final int READS = 3;
    /** When no more than this has come of a body, more is read before the loop looks at its other sockets. */
    private static final int BEGINNING_BYTES = 128 << 10;

    private final Destination destination;
    /** The buffer that the read under way writes into, if it is the destination's. */
    private @Nullable ByteBuf direct;

    BodyReceiver(Destination destination) {
        this.destination = destination;
    }

    /** Where the bytes of a body belong. */
    interface Destination {
        /** Memory for the next bytes of the body, or null while a decoder must see them. */
        @Nullable
        ByteBuf space();

        /** Whether a body is arriving of which announced bytes are missing. */
        boolean isReceiving();

        /** {@code bytes} bytes have been written there. */
        void received(int bytes);

        /** So many bytes have come that the decoder will see. */
        void headBytes(int bytes);
    }

    /** The allocator to set on the channel this handler is in. */
    RecvByteBufAllocator allocator() {
        return new ReadAllocator();
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // the very buffer, not one with equal bytes
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        if (bytes != direct) {
            destination.headBytes(bytes.readableBytes());
            ctx.fireChannelRead(bytes);
            return;
        }
        direct = null;
        int count = bytes.readableBytes();
        bytes.release();
        destination.received(count);
    }

    private final class ReadAllocator extends DefaultMaxMessagesRecvByteBufAllocator {
        ReadAllocator() {
            super(READS);
        }

        @Override
        public ExtendedHandle newHandle() {
            return new MaxMessageHandle() {
                @Override
                public boolean continueReading(UncheckedBooleanSupplier mayHaveMore) {
                    // while a body has just begun: the first two reads are short, for little is known by then
                    return totalBytesRead() <= BEGINNING_BYTES && destination.isReceiving()
                            && super.continueReading(mayHaveMore);
                }

                @Override
                public int guess() {
                    return READ_BYTES;
                }

                @Override
                public ByteBuf allocate(ByteBufAllocator alloc) {
                    direct = destination.space();
                    return direct != null ? direct : alloc.directBuffer(READ_BYTES);
                }
            };
        }
    }
}
