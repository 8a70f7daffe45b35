package io.nereid.backend.worker.message;

/** How a worker answers one request: the first byte of an answer. */
public final class Answer {
    public static final int RESPONSE = 0;
    public static final int ERROR = 1;
    /** By its sender, maybe later. */
    public static final int BY_SENDER = 2;
    /** The model has returned nothing, and taken no sender. */
    public static final int NOTHING = 3;

    /** None yet: it goes back into its sequence, and runs again. */
    public static final int RESCHEDULED = 4;

    /** None: the execution of this request has failed. */
    public static final int FAILURE = 5;

    private Answer() {}
}
