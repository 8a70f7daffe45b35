package io.nereid.server.transport;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.FastThreadLocalThread;
import io.netty.util.concurrent.RejectedExecutionHandlers;

import java.nio.channels.spi.SelectorProvider;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The event loops of a front end. A loop looks at its sockets again after a few milliseconds of tasks: Netty's own
 * would do so after a second, and a stream of responses to one client, each of which is a task, would keep all others
 * waiting.
 */
public final class EventLoops extends MultiThreadIoEventLoopGroup {
    private static final long TASK_MILLIS = 2;

    private EventLoops(int threads, String name, IoHandlerFactory io) {
        super(threads, threadFactory(name), io);
    }

    /** Starts none yet: each thread, {@code <name>-<number>}, begins with the first work for it. */
    public static EventLoops of(int threads, String name) {
        return new EventLoops(threads, name, isEpoll() ? epoll() : NioIoHandler.newFactory());
    }

    /** What they use where they use epoll. */
    public static IoHandlerFactory epoll() {
        return EpollIo.newFactory();
    }

    /** Whether they use epoll; without it they make do with what every system has. */
    public static boolean isEpoll() {
        return Epoll.isAvailable();
    }

    /**
     * A new listening socket that goes with them, which is not bound yet.
     *
     * @param onlyIpv4 whether it is for IPv4 addresses only; otherwise it is for both, and {@code 0.0.0.0} means {@code
     *     ::}
     */
    static ServerChannel newServerChannel(boolean onlyIpv4) {
        if (!onlyIpv4) {
            return isEpoll() ? new EpollServerSocketChannel() : new NioServerSocketChannel();
        }
        return isEpoll() ? new EpollServerSocketChannel(SocketProtocolFamily.INET)
                : new NioServerSocketChannel(SelectorProvider.provider(), SocketProtocolFamily.INET);
    }

    @Override
    protected IoEventLoop newChild(Executor executor, IoHandlerFactory io, Object... args) {
        return new SingleThreadIoEventLoop(this, executor, io, Integer.MAX_VALUE, RejectedExecutionHandlers.reject(),
                TASK_MILLIS);
    }

    /** Netty keeps its buffers and recycled objects at hand only for threads of its own kind. */
    private static ThreadFactory threadFactory(String name) {
        AtomicInteger count = new AtomicInteger();
        return loop -> new FastThreadLocalThread(loop, name + "-" + count.getAndIncrement());
    }
}
