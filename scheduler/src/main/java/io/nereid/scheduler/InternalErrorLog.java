package io.nereid.scheduler;

/** Receives exceptions that no contract allows, for the log. Called on any thread; must not throw. */
@FunctionalInterface
public interface InternalErrorLog {
    /** {@code error} was thrown by what {@code source} names: an instance, or a listener of responses. */
    void unexpected(String source, Throwable error);
}
