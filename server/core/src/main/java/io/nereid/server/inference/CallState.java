package io.nereid.server.inference;

/**
 * Where an inference call is, and how it gets from there to its end.
 *
 * <pre>
 *   RECEIVED --ADMIT--> ADMITTED --READ--> READ --QUEUE--> QUEUED --ANSWER--> RESPONDING --CLOSE--> ENDED
 *      |                   |                |               |  ^                  ^                   ^
 *      |                   |                |               |  +-RESPONSE         |                   |
 *      +-------------------+----------------+--ANSWER (an error)------------------+                   |
 *      +-------------------+----------------+---------------+--CLOSE--> CANCELLED --ANSWER------------+
 * </pre>
 *
 * <p>Everything a call holds is given back on two transitions, each of which happens once: {@link Event#ANSWER} gives
 * back what only the model needs, and the transition to {@link #ENDED} the rest.
 */
enum CallState {
    /** The message is here, or its head; nothing is held but that. */
    RECEIVED,
    /** The model is held, and the request counts as in flight. */
    ADMITTED,
    /** The request and its tensors are read, and are the call's. */
    READ,
    /** The request is the scheduler's: it waits, runs, or has given some of its responses. */
    QUEUED,
    /** The last response or an error is made, the model is given back; the client has not taken all of it. */
    RESPONDING,
    /** The client has gone; whoever works on the call drops what is there, and ends it. */
    CANCELLED,
    /** Nothing is held any more. */
    ENDED;

    /** What happens to a call. */
    enum Event {
        /** The model was found and the request admitted. */
        ADMIT,
        /** The message was read to its end. */
        READ,
        /** The request is valid and is handed to the scheduler. */
        QUEUE,
        /** The model gave a response that is not the last. */
        RESPONSE,
        /** Nothing more will come: the last response, or an error at whatever step. */
        ANSWER,
        /** The client has all of the answer, or has gone. */
        CLOSE
    }

    /**
     * The state after that event.
     *
     * @throws IllegalStateException if the event cannot happen in this state
     */
    CallState on(Event event) {
        return switch (event) {
            case ADMIT -> step(event, RECEIVED, ADMITTED);
            case READ -> step(event, ADMITTED, READ);
            case QUEUE -> step(event, READ, QUEUED);
            case RESPONSE -> step(event, QUEUED, QUEUED);
            case ANSWER -> switch (this) {
                case RECEIVED, ADMITTED, READ, QUEUED -> RESPONDING;
                case CANCELLED -> ENDED;
                case RESPONDING, ENDED -> throw illegal(event);
            };
            case CLOSE -> switch (this) {
                case RECEIVED, ADMITTED, READ, QUEUED, CANCELLED -> CANCELLED;
                case RESPONDING, ENDED -> ENDED;
            };
        };
    }

    /** A step of the one thread that works on the call; a call that was cancelled stays so until it is answered. */
    private CallState step(Event event, CallState from, CallState to) {
        if (this == from) {
            return to;
        }
        if (this == CANCELLED) {
            return CANCELLED;
        }
        throw illegal(event);
    }

    private IllegalStateException illegal(Event event) {
        return new IllegalStateException(event + " of a call that is " + this);
    }
}
