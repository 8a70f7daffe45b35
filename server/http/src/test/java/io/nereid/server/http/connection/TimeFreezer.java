package io.nereid.server.http.connection;

import io.netty.channel.ChannelHandlerAdapter;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.embedded.EmbeddedChannel;

/** The first handler of a channel: it holds the channel's time still before the others begin their timers. */
final class TimeFreezer extends ChannelHandlerAdapter {
    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        ((EmbeddedChannel) context.channel()).freezeTime();
    }
}
