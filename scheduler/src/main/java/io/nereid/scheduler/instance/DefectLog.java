package io.nereid.scheduler.instance;

/** Hears of exceptions that no contract allows, for the log. Called on instance threads; must not throw. */
@FunctionalInterface
public interface DefectLog {
    /** The named instance threw {@code defect} while it executed a batch. */
    void unexpected(String instance, Throwable defect);
}
