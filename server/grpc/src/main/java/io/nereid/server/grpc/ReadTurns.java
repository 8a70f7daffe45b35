package io.nereid.server.grpc;

import io.nereid.inference.NanoClock;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;

import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/**
 * Lets the connections of an event loop take turns. One read may bring hundreds of calls, and gRPC handles all that a
 * read brought before the loop looks at another socket. So the frames of a connection are passed on a few at a time,
 * until its turn is over; the rest waits for its next turn, after all other sockets that have something, and the
 * socket is not read before that is done. A turn has one group of frames at least, and a message, however long, is not
 * copied. Stands between encryption and HTTP/2, from the first byte on; on the connection's event loop.
 */
final class ReadTurns extends ChannelDuplexHandler {
    /** How many frames are passed on together. */
    static final int GROUP_FRAMES = 8;
    /** After so long no other group is begun. */
    static final long TURN_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    /** What clients send before their first frame. */
    private static final int PREFACE_BYTES = 24;

    private final NanoClock clock;
    private final FrameCursor frames = new FrameCursor(PREFACE_BYTES);
    /** What was read and not passed on; each has bytes. */
    private final Queue<ByteBuf> waiting = new ArrayDeque<>();
    private boolean inTurn;
    private long turnEndNanos;
    /** Whether another turn is coming, and the socket is not read. */
    private boolean paused;

    ReadTurns(NanoClock clock) {
        this.clock = clock;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!(message instanceof ByteBuf bytes)) {
            ctx.fireChannelRead(message);
            return;
        }
        if (!bytes.isReadable()) {
            bytes.release();
            return;
        }
        waiting.add(bytes);
        if (!paused) {
            beginTurn();
            passOn(ctx);
        }
    }

    private void beginTurn() {
        if (!inTurn) {
            inTurn = true;
            turnEndNanos = clock.nanoTime() + TURN_NANOS;
        }
    }

    private void passOn(ChannelHandlerContext ctx) {
        while (!waiting.isEmpty()) {
            boolean cut = frames.isInFrame();
            ctx.fireChannelRead(nextGroup(cut ? 1 : GROUP_FRAMES));
            if (!cut && !waiting.isEmpty() && clock.nanoTime() - turnEndNanos >= 0) {
                pause(ctx);
                return;
            }
        }
    }

    /**
     * Of a frame that was cut the rest alone, so that not all that came with its end is put together with its beginning.
     */
    private ByteBuf nextGroup(int most) {
        ByteBuf first = Objects.requireNonNull(waiting.peek());
        int end = first.writerIndex();
        int at = first.readerIndex();
        for (int complete = 0; at < end && complete < most;) {
            at = frames.advance(first, at, end);
            complete += frames.isBetweenFrames() ? 1 : 0;
        }
        return at == end ? waiting.remove() : first.readRetainedSlice(at - first.readerIndex());
    }

    /** A task would run before the other sockets are looked at, and so would those that follow it; a timer does not. */
    private void pause(ChannelHandlerContext ctx) {
        paused = true;
        ctx.channel().config().setAutoRead(false);
        ctx.executor().schedule(() -> resume(ctx), 0, TimeUnit.NANOSECONDS);
    }

    private void resume(ChannelHandlerContext ctx) {
        paused = false;
        inTurn = false;
        beginTurn();
        passOn(ctx);
        channelReadComplete(ctx);
        if (!paused) {
            ctx.channel().config().setAutoRead(true);
        }
    }

    /** HTTP/2 reads on by itself where a socket does not. */
    @Override
    public void read(ChannelHandlerContext ctx) {
        if (!paused) {
            ctx.read();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        inTurn = false;
        ctx.fireChannelReadComplete();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        releaseWaiting();
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        releaseWaiting();
    }

    private void releaseWaiting() {
        waiting.forEach(ByteBuf::release);
        waiting.clear();
    }
}
