import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.util.ReferenceCountUtil;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** One call of gRPC. Sent and awaited by one thread; what comes is taken by its connection's event loop. */
final class GrpcCall extends ChannelInboundHandlerAdapter {
    private static final int PATIENCE_SECONDS = 30;
    private static final int PREFIX_BYTES = 5;
    private static final String OK = "0";

    private final BlockingQueue<byte[]> answers = new LinkedBlockingQueue<>();
    private final CompletableFuture<String> status = new CompletableFuture<>();
    /** Of the event loop: what came and is not yet a whole message. */
    private final ByteBuf received = Unpooled.buffer();
    private Channel stream;

    void begin(Channel opened, Http2Headers headers) {
        this.stream = opened;
        opened.writeAndFlush(new DefaultHttp2HeadersFrame(headers));
    }

    void send(byte[] message, boolean last) {
        ByteBuf framed = stream.alloc().directBuffer(PREFIX_BYTES + message.length);
        framed.writeByte(0).writeInt(message.length).writeBytes(message);
        stream.writeAndFlush(new DefaultHttp2DataFrame(framed, last));
    }

    /** Nothing more is sent. */
    void finish() {
        stream.writeAndFlush(new DefaultHttp2DataFrame(true));
    }

    void cancel() {
        stream.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.CANCEL));
    }

    /** Waits for the next answer. */
    byte[] next() throws InterruptedException {
        byte[] answer = answers.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (answer == null) {
            throw new IllegalStateException("no answer; status " + status.getNow("unknown"));
        }
        return answer;
    }

    /** Waits for the end and returns its status. */
    String end() {
        return status.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    }

    /** Waits for the end, which must be a good or a bad one. */
    void expect(boolean good) {
        String ended = end();
        if (OK.equals(ended) != good) {
            throw new IllegalStateException("ended with status " + ended);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object frame) {
        try {
            switch (frame) {
                case Http2DataFrame data -> add(data.content());
                case Http2HeadersFrame headers when headers.isEndStream() ->
                    status.complete(String.valueOf(headers.headers().get("grpc-status")));
                default -> {
                    // the head of an answer
                }
            }
        } finally {
            ReferenceCountUtil.release(frame);
        }
    }

    private void add(ByteBuf bytes) {
        received.writeBytes(bytes);
        while (received.readableBytes() >= PREFIX_BYTES
                && received.readableBytes() - PREFIX_BYTES >= received.getInt(received.readerIndex() + 1)) {
            received.skipBytes(1);
            answers.add(ByteBufUtil.getBytes(received.readSlice(received.readInt())));
        }
        received.discardReadBytes();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        status.complete("closed");
    }
}
