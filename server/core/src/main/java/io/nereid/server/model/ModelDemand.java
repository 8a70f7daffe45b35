package io.nereid.server.model;

import io.nereid.inference.Cancellation;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.protocol.InFlight;

/** Models that are loaded when a request asks for them. Thread-safe; no method blocks. */
public interface ModelDemand {
    /** Notes that a model is asked now, which is what keeps it loaded. */
    void asked(String model);

    /** Whether a model of that name is loaded when it is asked for; it may be loaded already. */
    boolean knows(String model);

    /**
     * Has a request wait until its model is loaded, which begins as soon as there is room.
     *
     * @param version its number in decimal digits; empty for the highest
     * @param waiter told once what came of it
     */
    void await(String model, String version, Waiter waiter);

    /** The requests that wait. */
    InFlight waiting();

    /** A request that waits for its model. */
    interface Waiter {
        /** Whose request it is: clients take turns. Empty for one of a program or model in this server. */
        default String client() {
            return "";
        }

        /** Receives what ends the wait, before anything else; the waiter is then {@link #refused} as cancelled. */
        void waits(Cancellation cancellation);

        /**
         * The model is loaded. Called on a virtual thread, at most once, and instead of {@link #refused}.
         *
         * @param held a reference that is the waiter's from here on
         */
        void loaded(ModelHandle<ServedModel> held);

        /**
         * The model is not loaded: there was no room in time, or its load has failed. Called on any thread, and not
         * before {@link #await} was called.
         */
        void refused(InferenceException error);
    }
}
