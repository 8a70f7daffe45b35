package io.nereid.scheduler.instance;

/** Hears of exceptions that no contract allows, for the log. Called on instance threads; must not throw. */
@FunctionalInterface
public interface DefectLog {
    /** While the named instance executed a batch or its answers were handed on, {@code defect} was thrown. */
    void unexpected(String instance, Throwable defect);
}
