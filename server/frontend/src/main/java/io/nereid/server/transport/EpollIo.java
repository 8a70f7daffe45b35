package io.nereid.server.transport;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;

/**
 * Netty's epoll, but that sockets stay in it for as long as they are open. Netty (4.2.18) takes one out when it waits for
 * no event of it, as of a client that sends no more, and fails when it then has to wait until that client has read.
 * Runs on the event loop that it is of.
 */
final class EpollIo implements IoHandler {
    private final IoHandler epoll;

    private EpollIo(IoHandler epoll) {
        this.epoll = epoll;
    }

    static IoHandlerFactory newFactory() {
        IoHandlerFactory epoll = EpollIoHandler.newFactory();
        return executor -> new EpollIo(epoll.newHandler(executor));
    }

    @Override
    public IoRegistration register(IoHandle handle) throws Exception {
        return new Registration(epoll.register(handle));
    }

    /** Of one socket. */
    private record Registration(IoRegistration registration) implements IoRegistration {
        /** Edge-triggered, an error of the socket is reported once, and nothing else is asked for. */
        @Override
        public long submit(IoOps ops) {
            return registration.submit(ops instanceof EpollIoOps asked && asked.equals(EpollIoOps.NONE)
                    ? EpollIoOps.EPOLLET
                    : ops);
        }

        @Override
        @SuppressWarnings("TypeParameterUnusedInFormals") // as it is in the interface
        public <T> T attachment() {
            return registration.attachment();
        }

        @Override
        public boolean isValid() {
            return registration.isValid();
        }

        @Override
        public boolean cancel() {
            return registration.cancel();
        }
    }

    @Override
    public void initialize() {
        epoll.initialize();
    }

    @Override
    public int run(IoHandlerContext context) {
        return epoll.run(context);
    }

    @Override
    public void prepareToDestroy() {
        epoll.prepareToDestroy();
    }

    @Override
    public void destroy() {
        epoll.destroy();
    }

    @Override
    public void wakeup() {
        epoll.wakeup();
    }

    @Override
    public boolean isCompatible(Class<? extends IoHandle> handleType) {
        return epoll.isCompatible(handleType);
    }
}
