package io.nereid.server.http.connection;

import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.nereid.server.ledger.Account;
import io.nereid.server.ledger.Resource;
import io.netty.handler.codec.http.HttpRequest;

import java.util.Iterator;
import java.util.Map;

/**
 * What one connection is charged with beside its requests' bodies: a long head, as long as its request is under way, and
 * a long reply that no request of inference pays for, until it is sent. Used on the connection's event loop only.
 */
final class ConnectionCharges {
    /** Of a head and of a reply without a model: what every connection has been charged with. */
    static final int FREE_BYTES = 4 << 10;
    /** Bytes of heap that a byte of a head takes once it is parsed, in many short lines. */
    private static final int HEAP_PER_HEAD_BYTE = 4;

    private final Account account;
    /** Bytes that the decoder has been given since the last head: no head is longer. */
    private long undecodedBytes;
    private Lease head = Lease.NONE;

    /** @param account the connection's; the caller closes it */
    ConnectionCharges(Account account) {
        this.account = account;
    }

    /** The connection's account, to which its requests belong. */
    Account account() {
        return account;
    }

    /** So many bytes have come that the decoder will see. */
    void arrived(int bytes) {
        undecodedBytes += bytes;
    }

    /**
     * Charges a head until {@link #releaseHead}. Heads are short: only where more has come than a short one is it
     * measured.
     *
     * @throws InferenceException UNAVAILABLE if there is no memory for it: nothing is charged
     */
    void chargeHead(HttpRequest request) throws InferenceException {
        long most = undecodedBytes;
        undecodedBytes = 0;
        if (most <= FREE_BYTES) {
            return;
        }
        long bytes = length(request);
        if (bytes > FREE_BYTES) {
            long heap = bytes * HEAP_PER_HEAD_BYTE;
            account.charge(Resource.HEAP, heap);
            head = () -> account.release(Resource.HEAP, heap);
        }
    }

    private static long length(HttpRequest request) {
        long bytes = request.uri().length();
        Iterator<Map.Entry<CharSequence, CharSequence>> headers = request.headers().iteratorCharSequence();
        while (headers.hasNext()) {
            Map.Entry<CharSequence, CharSequence> header = headers.next();
            bytes += header.getKey().length() + header.getValue().length();
        }
        return bytes;
    }

    /** The request is over. Without effect where no head is charged. */
    void releaseHead() {
        head.release();
        head = Lease.NONE;
    }

    /** The reply with its charge, which is released with it. It is not refused: it is there, and about to be sent. */
    HttpReply charged(HttpReply reply) {
        return reply.lease().equals(Lease.NONE) && reply.bytesHeld() > FREE_BYTES
                ? reply.with(account.chargeAnyway(Resource.NATIVE, reply.bytesHeld()))
                : reply;
    }
}
