package io.nereid.server.protocol;

import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.nereid.server.ledger.Account;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.ledger.Resource;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;

/**
 * Admits inference requests, as far as the limits of the {@link Ledger} allow, and knows how many are in flight over
 * all models and protocols. What the ledger refuses is answered at once, so that overload costs its callers a short
 * answer instead of costing everybody memory and time. Thread-safe; nothing waits here.
 *
 * <p>A request is in flight from its admission until its answer is written or dropped. It counts with the bytes of
 * its body while it waits and runs, and with those of its answer after that. These counts are for people; the limit
 * in bytes is the ledger's, which is charged for what is really held.
 */
public final class Admission {
    private static final AtomicLongFieldUpdater<Ticket> HELD = AtomicLongFieldUpdater.newUpdater(Ticket.class, "held");

    private final Ledger ledger;
    private final AtomicLong bytes = new AtomicLong();

    /** Nothing is in flight yet. */
    public Admission(Ledger ledger) {
        this.ledger = ledger;
    }

    /**
     * Admits a request whose body has {@code bodyBytes} bytes, which are charged already.
     *
     * @param client the account of its connection
     * @param ofModel where it is counted too
     * @return what the request holds; its owner releases it when the answer is written or dropped
     * @throws InferenceException UNAVAILABLE, with the advice to try again, if that would go past a limit
     */
    public Ticket admit(Account client, long bodyBytes, InFlight ofModel) throws InferenceException {
        Account account = client.request();
        try {
            account.charge(Resource.REQUESTS, 1);
            account.charge(Resource.HEAP, Ledger.REQUEST_HEAP_BYTES);
        } catch (InferenceException | RuntimeException | Error e) {
            account.close();
            throw e;
        }
        return new Ticket(account, bodyBytes, ofModel);
    }

    /**
     * Admits a request that is a part of one that was admitted, whatever the limits are: it is charged, and may be what
     * keeps others out.
     */
    public Ticket admitAlways(long bodyBytes, InFlight ofModel) {
        Account account = ledger.detached().request();
        Lease _ = account.chargeAnyway(Resource.REQUESTS, 1); // given back when the account is closed
        Lease _ = account.chargeAnyway(Resource.HEAP, Ledger.REQUEST_HEAP_BYTES);
        return new Ticket(account, bodyBytes, ofModel);
    }

    /** The ledger that requests are charged to. */
    public Ledger ledger() {
        return ledger;
    }

    /** The most requests in flight. */
    public long maxRequests() {
        return ledger.limit(Resource.REQUESTS);
    }

    /** The most bytes of native memory held for clients. */
    public long maxBytes() {
        return ledger.limit(Resource.NATIVE);
    }

    /** Requests in flight, with those of clients that have been ended and are not done yet. */
    public long requests() {
        return ledger.held(Resource.REQUESTS) + ledger.ending(Resource.REQUESTS);
    }

    /** Bytes of their bodies and answers together. */
    public long bytes() {
        return bytes.get();
    }

    /** One admitted request. Thread-safe. */
    public final class Ticket implements Lease {
        private static final long RELEASED = -1;

        private final Account account;
        /** Changed before the request is queued only. */
        private volatile InFlight ofModel;
        /** What it counts with. */
        private volatile long held;

        private Ticket(Account account, long bodyBytes, InFlight ofModel) {
            this.account = account;
            this.ofModel = ofModel;
            this.held = bodyBytes;
            bytes.addAndGet(bodyBytes);
            ofModel.add(1, bodyBytes);
        }

        /** What is held for the request is charged here; closed with the ticket. */
        public Account account() {
            return account;
        }

        /**
         * From here on it counts there instead. Before the request is queued, by the thread that reads it; without effect
         * once it has ended.
         */
        public void moveTo(InFlight other) {
            long now = held;
            if (now != RELEASED) {
                ofModel.add(-1, -now);
                ofModel = other;
                other.add(1, now);
            }
        }

        /** Says that the body is gone and an answer of {@code answerBytes} bytes takes its place. */
        public void answers(long answerBytes) {
            long before = held;
            while (before != RELEASED && !HELD.compareAndSet(this, before, answerBytes)) {
                before = held;
            }
            if (before != RELEASED) {
                bytes.addAndGet(answerBytes - before);
                ofModel.add(0, answerBytes - before);
            }
        }

        /** Ends the request, and closes its account. Once it has ended, calling this again does nothing. */
        @Override
        public void release() {
            long last = HELD.getAndSet(this, RELEASED);
            if (last != RELEASED) {
                bytes.addAndGet(-last);
                ofModel.add(-1, -last);
                account.close(); // last: where no request is in flight, no bytes are
            }
        }
    }
}
