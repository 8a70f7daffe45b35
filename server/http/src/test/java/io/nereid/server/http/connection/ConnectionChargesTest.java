package io.nereid.server.http.connection;

import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.nereid.inference.NanoClock;
import io.nereid.server.ledger.Account;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.ledger.LedgerLimits;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;

import static io.nereid.server.ledger.Resource.HEAP;
import static io.nereid.server.ledger.Resource.NATIVE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What of a head and of a reply a connection is charged with, and for how long. */
class ConnectionChargesTest {
    private static final int LONG = 2 * ConnectionCharges.FREE_BYTES;

    private final Ledger ledger = new Ledger(LedgerLimits.DEFAULT, NanoClock.SYSTEM);
    private final Account account = ledger.connection(_ -> {
    }, Duration.ofSeconds(60));
    private final ConnectionCharges charges = new ConnectionCharges(account);
    private final long heapBefore = account.held(HEAP);
    private final long nativeBefore = account.held(NATIVE);

    @AfterEach
    void everythingIsGivenBack() {
        assertThat(account.held(HEAP)).isEqualTo(heapBefore);
        assertThat(account.held(NATIVE)).isEqualTo(nativeBefore);
        account.close();
    }

    private static HttpRequest head(int bytes) {
        HttpRequest request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");
        request.headers().set("x", "v".repeat(bytes - 2));
        return request;
    }

    @Test
    void chargeHead_shortHead_isFree() throws InferenceException {
        charges.arrived(ConnectionCharges.FREE_BYTES);
        charges.chargeHead(head(ConnectionCharges.FREE_BYTES));
        assertThat(account.held(HEAP)).isEqualTo(heapBefore);
    }

    @Test
    void chargeHead_shortHeadBehindManyBytes_isFree() throws InferenceException {
        charges.arrived(LONG); // of a body before it
        charges.chargeHead(head(100));
        assertThat(account.held(HEAP)).isEqualTo(heapBefore);
    }

    @Test
    void chargeHead_longHead_isChargedUntilItsRequestIsOver() throws InferenceException {
        charges.arrived(LONG);
        charges.chargeHead(head(LONG));
        assertThat(account.held(HEAP)).isGreaterThanOrEqualTo(heapBefore + LONG);
        charges.releaseHead();
        assertThat(account.held(HEAP)).isEqualTo(heapBefore);
        charges.releaseHead(); // once is enough
    }

    @Test
    void chargeHead_secondHead_countsWhatCameSinceTheFirst() throws InferenceException {
        charges.arrived(LONG);
        charges.chargeHead(head(100));
        charges.chargeHead(head(LONG)); // nothing has come since: it cannot be that long
        assertThat(account.held(HEAP)).isEqualTo(heapBefore);
    }

    @Test
    void chargeHead_noMemory_throwsAndChargesNothing() {
        Ledger small = new Ledger(new LedgerLimits(1 << 20, 1 << 20, 100, 64 << 10), NanoClock.SYSTEM);
        Account poor = small.connection(_ -> {
        }, Duration.ofSeconds(60));
        long before = poor.held(HEAP);
        ConnectionCharges denied = new ConnectionCharges(poor);
        denied.arrived(1 << 20);
        assertThatThrownBy(() -> denied.chargeHead(head(1 << 20))).isInstanceOf(InferenceException.class);
        denied.releaseHead();
        assertThat(poor.held(HEAP)).isEqualTo(before);
        poor.close();
    }

    @Test
    void charged_longReply_isChargedUntilItIsReleased() {
        HttpReply reply = HttpReply.of(HttpResponseStatus.OK, HttpReply.JSON, Unpooled.directBuffer(LONG));
        HttpReply charged = charges.charged(reply);
        assertThat(account.held(NATIVE)).isGreaterThanOrEqualTo(nativeBefore + LONG);
        charged.release();
    }

    @Test
    void charged_shortReplyOrOneThatIsPaidFor_staysAsItIs() {
        HttpReply shortOne = HttpReply.of(HttpResponseStatus.OK, HttpReply.JSON, Unpooled.directBuffer(100));
        Lease payment = () -> {
        };
        HttpReply paid = HttpReply.of(HttpResponseStatus.OK, HttpReply.JSON, Unpooled.directBuffer(LONG)).with(payment);
        assertThat(charges.charged(shortOne)).isSameAs(shortOne);
        assertThat(charges.charged(paid)).isSameAs(paid);
        assertThat(account.held(NATIVE)).isEqualTo(nativeBefore);
        shortOne.release();
        paid.release();
    }
}
