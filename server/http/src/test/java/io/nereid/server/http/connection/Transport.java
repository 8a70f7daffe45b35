package io.nereid.server.http.connection;

import io.nereid.server.transport.EventLoops;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;

import java.util.Arrays;
import java.util.stream.Stream;

/** The ways a connection may reach the network. */
enum Transport {
    NIO,
    EPOLL;

    /** Those that this machine has. */
    static Stream<Transport> available() {
        return Arrays.stream(values()).filter(transport -> transport != EPOLL || Epoll.isAvailable());
    }

    IoHandlerFactory io() {
        return this == EPOLL ? EventLoops.epoll() : NioIoHandler.newFactory();
    }

    Class<? extends ServerChannel> channel() {
        return this == EPOLL ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    }
}
