package io.nereid.perf.client;

/** A way to send some requests to a server. Thread-safe. */
public interface Transport {
    /** What makes the senders of a thread, and knows what they share. */
    interface Senders {
        /** Another one; on the thread. Whether the server can be reached shows with its first request. */
        Sender open();
    }

    /** How many different requests there are, from 1. */
    int requestCount();

    /** For the senders of that thread. */
    Senders on(LoadThread thread);
}
