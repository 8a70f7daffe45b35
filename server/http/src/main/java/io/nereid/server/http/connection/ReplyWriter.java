package io.nereid.server.http.connection;

import io.nereid.inference.Lease;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.concurrent.Future;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** Writes the replies of one connection, each with one system call. Runs on the connection's event loop. */
final class ReplyWriter {
    /** How long a client that sends what nobody wants may take to read why. */
    private static final long LINGER_MILLIS = 2_000;
    private static final long MAX_PIECE = 1 << 30;
    /** Up to this length copying a reply behind its head costs less than letting the socket gather the pieces. */
    private static final int MOST_COPIED = 4 << 10;
    /** Buffers of more are not freed on the event loop: the kernel takes a millisecond for some ten megabytes. */
    private static final int FREED_AT_ONCE = 4 << 20;
    /** What a chunk has around its data, at most. */
    private static final int CHUNK_FRAME_BYTES = 16;
    private static final byte[] CRLF = {'\r', '\n'};
    private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final ChannelHandlerContext context;
    private long bytesWritten;

    ReplyWriter(ChannelHandlerContext context) {
        this.context = context;
    }

    void whole(HttpExchange exchange, HttpReply reply, boolean close) {
        if (exchange.isHead()) {
            ByteBuf head = ReplyHead.sized(context.alloc(), reply, reply.contentLength(), 0, close,
                    exchange.isHttp10());
            reply.release();
            end(writeAndFlush(head), close);
        } else {
            end(send(reply, close, exchange.isHttp10()), close);
        }
    }

    /** Sends a reply after which the client's further bytes are thrown away until it hangs up. */
    void last(HttpReply reply) {
        send(reply, true, false).addListener(_ -> linger(context.channel()));
    }

    void streamHead(HttpExchange exchange, HttpReply reply, boolean close) {
        write(ReplyHead.streamed(context.alloc(), reply, !exchange.isHttp10(), close));
        part(exchange, reply.body()).addListener(_ -> reply.lease().release());
    }

    /** The future is done when the part is sent, or can no longer be. */
    ChannelFuture part(HttpExchange exchange, ByteBuf part) {
        if (exchange.isHead() || !part.isReadable()) {
            part.release();
            context.flush();
            return context.newSucceededFuture();
        }
        if (exchange.isHttp10()) {
            ChannelFuture written = writeReply(part);
            context.flush();
            return written;
        }
        int length = part.readableBytes();
        boolean small = length <= MOST_COPIED;
        ByteBuf chunk = context.alloc().directBuffer(CHUNK_FRAME_BYTES + (small ? length : 0));
        chunk.writeCharSequence(Integer.toHexString(length), StandardCharsets.US_ASCII);
        chunk.writeBytes(CRLF);
        if (small) {
            chunk.writeBytes(part).writeBytes(CRLF);
            part.release();
            return writeAndFlush(chunk);
        }
        write(chunk);
        writeReply(part);
        return writeAndFlush(Unpooled.wrappedBuffer(CRLF));
    }

    void streamEnd(HttpExchange exchange, Lease held, boolean close) {
        boolean chunked = !exchange.isHttp10() && !exchange.isHead();
        ChannelFuture sent = writeAndFlush(chunked ? Unpooled.wrappedBuffer(LAST_CHUNK) : Unpooled.EMPTY_BUFFER);
        sent.addListener(_ -> held.release());
        end(sent, close);
    }

    /** Closes as soon as what was written before is sent. */
    void closeWhenSent() {
        writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    private ChannelFuture send(HttpReply reply, boolean close, boolean sayKeepAlive) {
        long length = reply.contentLength();
        boolean small = length <= MOST_COPIED;
        ByteBuf head = ReplyHead.sized(context.alloc(), reply, length, small ? (int) length : 0, close, sayKeepAlive);
        return small ? sendCopied(head, reply) : sendGathered(head, reply);
    }

    private ChannelFuture sendCopied(ByteBuf head, HttpReply reply) {
        head.writeBytes(reply.body());
        for (MemorySegment segment : reply.tail()) {
            head.writeBytes(segment.asByteBuffer());
        }
        reply.release();
        return writeAndFlush(head);
    }

    private ChannelFuture sendGathered(ByteBuf head, HttpReply reply) {
        write(head);
        ChannelFuture written = writeReply(reply.body());
        for (MemorySegment segment : reply.tail()) {
            written = write(segment);
        }
        written.addListener(_ -> reply.lease().release());
        context.flush();
        return written;
    }

    /** Writes native memory in pieces that a buffer can name. */
    private ChannelFuture write(MemorySegment segment) {
        long offset = 0;
        for (; segment.byteSize() - offset > MAX_PIECE; offset += MAX_PIECE) {
            write(Unpooled.wrappedBuffer(segment.asSlice(offset, MAX_PIECE).asByteBuffer()));
        }
        return write(Unpooled.wrappedBuffer(segment.asSlice(offset).asByteBuffer()));
    }

    /** Bytes of all replies so far, whether or not the socket has taken them. */
    long bytesWritten() {
        return bytesWritten;
    }

    private ChannelFuture write(ByteBuf bytes) {
        bytesWritten += bytes.readableBytes();
        return context.write(bytes);
    }

    private ChannelFuture writeAndFlush(ByteBuf bytes) {
        bytesWritten += bytes.readableBytes();
        return context.writeAndFlush(bytes);
    }

    /** Writes a buffer that may be the whole of a long reply, and sees to it that the loop does not free that. */
    private ChannelFuture writeReply(ByteBuf bytes) {
        if (bytes.capacity() <= FREED_AT_ONCE) {
            return write(bytes);
        }
        return write(bytes.retain()).addListener(_ -> Thread.startVirtualThread(bytes::release));
    }

    private static void end(ChannelFuture sent, boolean close) {
        if (close) {
            sent.addListener(_ -> linger(sent.channel()));
        }
    }

    /**
     * Closing with unread bytes in the socket would reset the connection, and the client might lose the answer with
     * it: so only our side is closed at first, and what the client still sends is thrown away for a while.
     */
    private static void linger(Channel channel) {
        if (channel instanceof DuplexChannel duplex && channel.isActive() && !duplex.isInputShutdown()) {
            duplex.shutdownOutput();
            Future<?> end = channel.eventLoop().schedule(() -> channel.close(), LINGER_MILLIS, TimeUnit.MILLISECONDS);
            channel.closeFuture().addListener(_ -> end.cancel(false));
        } else {
            channel.close();
        }
    }
}
