package io.nereid.backend.python;

/** How a worker answers one request. */
final class Answer {
    static final int RESPONSE = 0;
    static final int ERROR = 1;
    /** By its sender, maybe later. */
    static final int BY_SENDER = 2;
    /** The model has returned nothing, and taken no sender. */
    static final int NOTHING = 3;

    /** None yet: it goes back into its sequence, and runs again. */
    static final int RESCHEDULED = 4;

    private Answer() {}
}
