package io.nereid.perf.client;

/** How a request failed. */
public sealed interface Failure {
    /** No answer came within the time that a client waits. */
    Failure TIMED_OUT = new TimedOut("no answer in time");

    /** What went wrong, in a line. */
    String text();

    /**
     * The server answered with an error.
     *
     * @param status of the protocol, such as {@code HTTP 503} or {@code UNAVAILABLE}
     */
    record Refused(String status, String text) implements Failure {}

    /** There was no answer: no connection could be opened, or it ended, or what came was none. */
    record Broken(String text) implements Failure {}

    /** The client waited as long as it is to wait, and gave the request up. */
    record TimedOut(String text) implements Failure {}
}
