package io.nereid.scheduler;

/** Hears of exceptions that no contract allows, for the log. Called on any thread; must not throw. */
@FunctionalInterface
public interface DefectLog {
    /** {@code defect} was thrown by what {@code culprit} names: an instance, or a listener of responses. */
    void unexpected(String culprit, Throwable defect);
}
