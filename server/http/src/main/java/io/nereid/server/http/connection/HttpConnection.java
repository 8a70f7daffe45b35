package io.nereid.server.http.connection;

import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.nereid.inference.TensorMemory;
import io.nereid.server.http.connection.ConnectionState.Answering;
import io.nereid.server.http.connection.ConnectionState.Receiving;
import io.nereid.server.http.connection.ConnectionState.Waiting;
import io.nereid.server.ledger.Account;
import io.nereid.server.ledger.Holder;
import io.nereid.server.ledger.Ledger;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.EventExecutor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;

/**
 * One client's connection: puts requests together, hands out one at a time, and keeps what was pipelined behind it,
 * at most one read's worth, until its reply is written. All of it runs on the connection's event loop.
 *
 * <p>It goes from one {@link ConnectionState} to the next, in three parts: bytes and messages in, replies out, and the
 * end. What a head leads to is said by {@link RequestHeads}, what is charged by {@link ConnectionCharges}; a body lies
 * in its {@link RequestBody}, replies are written by a {@link ReplyWriter}, and a {@link ConnectionTimer} looks for
 * clients that keep the server waiting.
 */
final class HttpConnection extends ChannelInboundHandlerAdapter
        implements
            BodyReceiver.Destination,
            ConnectionTimer.LateListener,
            Holder {
    private static final Logger LOG = LoggerFactory.getLogger(HttpConnection.class);

    private final RequestHeads heads;
    private final ConnectionLimits limits;
    private final HttpRequestDecoder decoder;
    private final BooleanSupplier askedToClose;
    private final Ledger ledger;
    private final ArrayDeque<Object> backlog = new ArrayDeque<>(0);

    private @Nullable ChannelHandlerContext context;
    private @Nullable ReplyWriter writer;
    private @Nullable ConnectionTimer timer;
    private @Nullable ConnectionCharges charges;
    private ConnectionState state = Waiting.FOR_A_REQUEST;
    private boolean workingOff;
    /** Whether the connection ends with the reply under way. */
    private boolean draining;
    /** Whether the client has said that it sends no more; it may still read. */
    private boolean inputEnded;

    /** @param askedToClose whether the connection is to end with a reply, as soon as that fails no request */
    HttpConnection(HttpHandler handler, TensorMemory memory, ConnectionLimits limits, HttpRequestDecoder decoder,
            BooleanSupplier askedToClose, Ledger ledger) {
        this.ledger = ledger;
        this.askedToClose = askedToClose;
        this.heads = new RequestHeads(handler, memory, limits.maxBodyBytes());
        this.limits = limits;
        this.decoder = decoder;
    }

    /** Sent through the pipeline to ask a connection to end as soon as nothing is under way on it. */
    enum Drain {
        NOW
    }

    EventExecutor executor() {
        return context().executor();
    }

    String clientAddress() {
        return context().channel().remoteAddress() instanceof InetSocketAddress address
                && address.getAddress() != null
                        ? address.getAddress().getHostAddress() + ":" + address.getPort()
                        : "";
    }

    ByteBufAllocator allocator() {
        return context().alloc();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        ReplyWriter replies = new ReplyWriter(ctx);
        Account opened = ledger.connection(this, limits.bodyTimeout());
        ctx.channel().closeFuture().addListener(_ -> opened.close());
        writer = replies;
        charges = new ConnectionCharges(opened);
        timer = new ConnectionTimer(ctx, limits, this, opened, replies);
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        timer().start();
    }

    // Bytes and messages in

    @Override
    public void headBytes(int bytes) {
        charges().arrived(bytes);
        if (state == Waiting.FOR_A_REQUEST && !mustWait()) {
            timer().headArriving();
        }
    }

    @Override
    public @Nullable ByteBuf space() {
        if (!(state instanceof Receiving request && request.isMissingBytes())) {
            return null;
        }
        try {
            return request.body().space();
        } catch (InferenceException e) {
            refuse(Refusal.of(e, allocator())); // what still comes goes to the decoder, and no further
            return null;
        }
    }

    @Override
    public boolean isReceiving() {
        return state instanceof Receiving request && request.isMissingBytes();
    }

    @Override
    public void received(int bytes) {
        if (!(state instanceof Receiving request)) {
            return; // it was cancelled while its bytes were on their way
        }
        request.body().advance(bytes);
        timer().bodyArriving(bytes);
        if (!request.isMissingBytes()) {
            decoder.reset();
            dispatch(request);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (state == Waiting.FOR_THE_END) {
            ReferenceCountUtil.release(message);
        } else if (mustWait()) {
            backlog.addLast(message);
            ctx.channel().config().setAutoRead(false);
        } else {
            take(message);
        }
    }

    /**
     * Whether what arrives belongs to a request whose turn has not come. A request that was begun always goes on:
     * once bytes of its body have passed the decoder by, the decoder could not see where it ends.
     */
    private boolean mustWait() {
        return state instanceof Answering || !backlog.isEmpty()
                || (state == Waiting.FOR_A_REQUEST && !context().channel().isWritable());
    }

    private void take(Object message) {
        try {
            if (message instanceof HttpRequest request) {
                begin(request);
            }
            if (message instanceof HttpContent content && state instanceof Receiving request) {
                proceed(request, content);
            }
        } catch (InferenceException e) {
            refuse(Refusal.of(e, allocator()));
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void begin(HttpRequest request) throws InferenceException {
        switch (heads.take(request, context(), charges())) {
            case Receiving begun -> {
                state = begun;
                timer().bodyExpected();
                if (HttpUtil.is100ContinueExpected(request)) {
                    context().writeAndFlush(ReplyHead.goOn(allocator()));
                }
            }
            case RequestHeads.Refused(HttpReply reply) -> refuse(reply);
        }
    }

    private void proceed(Receiving request, HttpContent content) throws InferenceException {
        HttpReply malformed = Refusal.ofContent(content, allocator());
        if (malformed != null) {
            refuse(malformed);
            return;
        }
        timer().bodyArriving(content.content().readableBytes());
        request.body().append(content.content());
        if (content instanceof LastHttpContent) {
            dispatch(request);
        }
    }

    private void dispatch(Receiving request) {
        HttpExchange exchange = new HttpExchange(this, request.head(), request.body().take(), request.arrivalNanos());
        state = new Answering(exchange);
        timer().answering();
        try {
            request.handler().handle(exchange);
        } catch (RuntimeException | Error e) { // an error too must not look as if the connection had been lost
            LOG.error("{} {} failed", exchange.method(), exchange.target(), e);
            reply(exchange, Refusal.of(InferenceException.ofInternalError(e), allocator()));
        }
    }

    // Replies out

    void reply(HttpExchange answered, HttpReply reply) {
        if (!isAnswering(answered)) {
            reply.release();
            return;
        }
        boolean close = endsWith(answered);
        writer().whole(answered, charges().charged(answered.completed(reply)), close);
        finished(close);
    }

    /**
     * Whether the connection ends with the reply to that request. What the client has sent behind it is still served.
     */
    private boolean endsWith(HttpExchange answered) {
        boolean wanted = inputEnded || askedToClose.getAsBoolean();
        return draining || !answered.keepAlive() || (wanted && backlog.isEmpty());
    }

    void startStream(HttpExchange answered, HttpReply head) {
        if (!isAnswering(answered)) {
            head.release();
            return;
        }
        draining |= endsWith(answered) || answered.isHttp10();
        writer().streamHead(answered, answered.completed(head), draining);
    }

    void send(HttpExchange answered, ByteBuf part, Lease held) {
        if (!isAnswering(answered)) {
            part.release();
            held.release();
            return;
        }
        writer().part(answered, part).addListener(_ -> held.release());
    }

    void endStream(HttpExchange answered, Lease held) {
        if (!isAnswering(answered)) {
            held.release();
            return;
        }
        writer().streamEnd(answered, held, draining);
        finished(draining);
    }

    /**
     * Whether that request still waits for the end of its reply; the answer to a client that has gone is for nobody.
     */
    @SuppressWarnings("ReferenceEquality") // the very request
    boolean isAnswering(HttpExchange asked) {
        return state instanceof Answering(HttpExchange exchange) && exchange == asked;
    }

    private void finished(boolean closed) {
        boolean goesOn = !closed && context().channel().isActive(); // else what was pipelined is for nobody
        state = goesOn ? Waiting.FOR_A_REQUEST : Waiting.FOR_THE_END;
        timer().idle();
        charges().releaseHead();
        workOff();
    }

    /** Goes on with what was pipelined. Replies may be given inside of it, so it does not call itself. */
    private void workOff() {
        if (workingOff) {
            return;
        }
        workingOff = true;
        while (mayGoOn() && !backlog.isEmpty()) {
            take(backlog.removeFirst());
        }
        workingOff = false;
        if (state == Waiting.FOR_THE_END) {
            ignoreTheRest();
        } else if (backlog.isEmpty()) { // while a request is answered too, or nobody would notice that its client goes
            readOn();
        }
        endIfNothingComes();
    }

    private boolean mayGoOn() {
        return state instanceof Receiving
                || (state == Waiting.FOR_A_REQUEST && context().channel().isWritable());
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        workOff();
    }

    /**
     * Answers what cannot be read any further, and ends the connection in a way that lets the client read the answer.
     */
    private void refuse(HttpReply reply) {
        timer().answering();
        ignoreTheRest();
        writer().last(reply);
    }

    /** Drops what has arrived and reads on, so that the end of the connection is noticed. */
    private void ignoreTheRest() {
        waitForTheEnd();
        readOn();
    }

    private void readOn() {
        if (!inputEnded) {
            context().channel().config().setAutoRead(true);
        }
    }

    // The end

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == Drain.NOW) {
            draining = true;
            timer().hurry();
            endIfIdle();
        } else if (event instanceof ChannelInputShutdownEvent || event instanceof SslCloseCompletionEvent) {
            endInput();
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    private void endInput() {
        inputEnded = true;
        if (state instanceof Answering(HttpExchange exchange) && exchange.needsItsClient()) {
            context().close();
        } else {
            endIfNothingComes();
        }
    }

    /** Where the client sends no more and has all its answers, the connection has had its use. */
    private void endIfNothingComes() {
        if (inputEnded && backlog.isEmpty() && state instanceof Receiving) {
            refuse(Refusal.cutShort(allocator()));
        } else if (inputEnded) {
            endIfIdle();
        }
    }

    private void endIfIdle() {
        if (state instanceof Waiting && backlog.isEmpty()) {
            state = Waiting.FOR_THE_END;
            writer().closeWhenSent();
        }
    }

    /** Gives the request that is being answered up if its client sends no more. */
    void cancelIfInputEnded() {
        if (inputEnded) {
            context().close();
        }
    }

    @Override
    public void clientAbsent() {
        context().close();
    }

    @Override
    public void requestTooSlow() {
        refuse(Refusal.timeout("the request did not arrive in time", allocator()));
    }

    /** The ledger needs what this connection holds. */
    @Override
    public void end(InferenceException reason) {
        try {
            executor().execute(() -> endFor(reason));
        } catch (RejectedExecutionException e) {
            LOG.debug("the server has ended, and the connection with it", e);
        }
    }

    @Override
    public String client() {
        return clientAddress();
    }

    private void endFor(InferenceException reason) {
        if (state instanceof Receiving) {
            refuse(Refusal.of(reason, allocator()));
        } else {
            context().close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        ConnectionState last = state;
        timer().stop();
        waitForTheEnd();
        if (last instanceof Answering(HttpExchange exchange)) {
            exchange.abandon();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOG.debug("connection {} failed", ctx.channel(), cause);
        ctx.close();
    }

    private void waitForTheEnd() {
        if (state instanceof Receiving request) {
            request.body().release();
        }
        charges().releaseHead();
        state = Waiting.FOR_THE_END;
        for (Object message = backlog.pollFirst(); message != null; message = backlog.pollFirst()) {
            ReferenceCountUtil.release(message);
        }
    }

    private ChannelHandlerContext context() {
        return Objects.requireNonNull(context);
    }

    /** The connection's account, to which its requests belong. */
    Account account() {
        return charges().account();
    }

    private ConnectionCharges charges() {
        return Objects.requireNonNull(charges);
    }

    private ReplyWriter writer() {
        return Objects.requireNonNull(writer);
    }

    private ConnectionTimer timer() {
        return Objects.requireNonNull(timer);
    }
}
