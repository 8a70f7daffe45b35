package io.nereid.server.http;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.util.concurrent.FastThreadLocalThread;
import io.netty.util.concurrent.RejectedExecutionHandlers;

import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The event loops of HTTP. A loop looks at its sockets again after a few milliseconds of tasks: Netty's own would do so
 * after a second, and a stream of responses to one client, each of which is a task, would keep all others waiting.
 */
final class EventLoops extends MultiThreadIoEventLoopGroup {
    private static final long TASK_MILLIS = 2;

    EventLoops(int threads, IoHandlerFactory io) {
        super(threads, threadFactory(), io);
    }

    @Override
    protected IoEventLoop newChild(Executor executor, IoHandlerFactory io, Object... args) {
        return new SingleThreadIoEventLoop(this, executor, io, Integer.MAX_VALUE, RejectedExecutionHandlers.reject(),
                TASK_MILLIS);
    }

    /** Netty keeps its buffers and recycled objects at hand only for threads of its own kind. */
    private static ThreadFactory threadFactory() {
        AtomicInteger count = new AtomicInteger();
        return loop -> new FastThreadLocalThread(loop, "http-" + count.getAndIncrement());
    }
}
