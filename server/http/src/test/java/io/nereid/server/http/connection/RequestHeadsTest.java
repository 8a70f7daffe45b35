package io.nereid.server.http.connection;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.NanoClock;
import io.nereid.inference.TensorAllocator;
import io.nereid.inference.TensorMemory;
import io.nereid.server.ledger.Account;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.ledger.LedgerLimits;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What a head alone leads to: a body that is waited for, or a refusal. */
class RequestHeadsTest {
    private static final long MOST = 1 << 20;

    private final ChannelInboundHandlerAdapter stage = new ChannelInboundHandlerAdapter();
    private final EmbeddedChannel channel = new EmbeddedChannel(stage);
    private final ChannelHandlerContext context = channel.pipeline().context(stage);
    private final TensorMemory memory = new TensorMemory(1L << 30, 0);
    private final TensorMemory ofModel = new TensorMemory(1L << 30, 0);
    private final Ledger ledger = new Ledger(LedgerLimits.DEFAULT, NanoClock.SYSTEM);
    private final Account account = ledger.connection(_ -> {
    }, Duration.ofSeconds(60));
    private final ConnectionCharges charges = new ConnectionCharges(account);
    private final Routed handler = new Routed();
    private final RequestHeads heads = new RequestHeads(handler, memory, MOST);

    /** A handler whose refusal and clock the test sets. */
    private final class Routed implements HttpHandler {
        private boolean wantsTimes;
        private @Nullable HttpReply refusal;

        @Override
        public void handle(HttpExchange exchange) {
            throw new IllegalStateException("a head alone is no request");
        }

        @Override
        public boolean wantsTimes() {
            return wantsTimes;
        }

        @Override
        public @Nullable HttpReply refusal(ByteBufAllocator allocator) {
            return refusal;
        }

        @Override
        public TensorAllocator bodyMemory(TensorAllocator otherwise) {
            return ofModel;
        }
    }

    @AfterEach
    void everythingIsGivenBack() {
        account.close();
        channel.close();
        assertThat(memory.bytesInUse()).isZero();
        assertThat(ofModel.bytesInUse()).isZero();
    }

    private static HttpRequest post(String header, Object value) {
        HttpRequest request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/v2/models/m/infer");
        request.headers().set(header, value);
        return request;
    }

    private ConnectionState.Receiving begun(HttpRequest request) throws InferenceException {
        return (ConnectionState.Receiving) heads.take(request, context, charges);
    }

    private HttpResponseStatus refused(HttpRequest request) throws InferenceException {
        RequestHeads.Refused refused = (RequestHeads.Refused) heads.take(request, context, charges);
        refused.reply().release();
        return refused.reply().status();
    }

    @Test
    void take_announcedLength_waitsForIt() throws InferenceException {
        ConnectionState.Receiving request = begun(post("content-length", 100));
        assertThat(request.isMissingBytes()).isTrue();
        assertThat(request.body().missing()).isEqualTo(100);
        assertThat(request.handler()).isSameAs(handler);
        assertThat(request.arrivalNanos()).isZero();
        request.body().release();
    }

    @Test
    void take_chunkedBody_leavesItsEndToTheDecoder() throws InferenceException {
        ConnectionState.Receiving request = begun(post("transfer-encoding", "chunked"));
        assertThat(request.isMissingBytes()).isFalse();
        request.body().release();
    }

    @Test
    void take_largeBody_liesWhereTheModelWantsIt() throws InferenceException {
        ConnectionState.Receiving small = begun(post("content-length", RequestBody.TRUSTED_BYTES));
        assertThat(ofModel.bytesInUse()).isZero();
        ConnectionState.Receiving large = begun(post("content-length", RequestBody.TRUSTED_BYTES + 1));
        assertThat(ofModel.bytesInUse()).isPositive();
        small.body().release();
        large.body().release();
    }

    @Test
    void take_timesWanted_saysWhenItArrived() throws InferenceException {
        handler.wantsTimes = true;
        ConnectionState.Receiving request = begun(post("content-length", 1));
        assertThat(request.arrivalNanos()).isNotZero();
        request.body().release();
    }

    @Test
    void take_unknownExpectation_isRefused() throws InferenceException {
        assertThat(refused(post("expect", "miracles"))).isEqualTo(HttpResponseStatus.EXPECTATION_FAILED);
        assertThat(memory.bytesInUse()).isZero();
    }

    @Test
    void take_twoHosts_isRefused() throws InferenceException {
        HttpRequest request = post("host", "a.example");
        request.headers().add("Host", "b.example");
        assertThat(refused(request)).isEqualTo(HttpResponseStatus.BAD_REQUEST);
    }

    @Test
    void take_handlerThatRefuses_takesNoBody() throws InferenceException {
        handler.refusal = HttpReply.empty(HttpResponseStatus.FORBIDDEN, HttpReply.JSON);
        assertThat(refused(post("content-length", 100))).isEqualTo(HttpResponseStatus.FORBIDDEN);
        assertThat(memory.bytesInUse()).isZero();
    }

    @Test
    void take_bodyOverTheLimit_throws() {
        assertThatThrownBy(() -> heads.take(post("content-length", MOST + 1), context, charges))
                .isInstanceOfSatisfying(InferenceException.class,
                        error -> assertThat(error.code()).isEqualTo(ErrorCode.INVALID_ARG));
    }
}
