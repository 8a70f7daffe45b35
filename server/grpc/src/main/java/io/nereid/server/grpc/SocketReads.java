package io.nereid.server.grpc;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;

/** How much of a connection is read before its event loop looks at the others. */
final class SocketReads {
    /** Of pieces of 64 KiB: some hundred microseconds where the memory is new. Netty's own are 16. */
    private static final int PIECES = 4;

    private SocketReads() {}

    /** Pieces as long as what comes, and few of them: two dozen long messages at once are not read a mebibyte each. */
    static RecvByteBufAllocator allocator() {
        return new AdaptiveRecvByteBufAllocator().maxMessagesPerRead(PIECES);
    }
}
